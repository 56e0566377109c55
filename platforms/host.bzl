"""The platform for static programs that run on the build machine."""

load("@platforms//host:constraints.bzl", "HOST_CONSTRAINTS")
load(":musl.bzl", "MUSL_CPUS")

def _musl_triple():
    """Returns the musl target triple of the host's CPU."""
    for triple, cpu in MUSL_CPUS.items():
        if any([constraint.endswith("//cpu:" + cpu) for constraint in HOST_CONSTRAINTS]):
            return triple
    fail("host: no musl target for {}; see //platforms:musl.bzl".format(HOST_CONSTRAINTS))

# The musl platform of the host's CPU, for programs that run on any Linux. Not a select, which would use the target's CPU.
HOST_MUSL = "//platforms:" + _musl_triple()
