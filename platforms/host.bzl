"""The machine that builds, in this project's words."""

load("@platforms//host:constraints.bzl", "HOST_CONSTRAINTS")
load(":musl.bzl", "MUSL_CPUS")

def _musl_triple():
    """Returns the musl target triple of the host's CPU."""
    for triple, cpu in MUSL_CPUS.items():
        if any([constraint.endswith("//cpu:" + cpu) for constraint in HOST_CONSTRAINTS]):
            return triple
    fail("there is no musl target for this machine: {}; see //platforms:musl.bzl".format(HOST_CONSTRAINTS))

# The platform of programs that run on any Linux of the host's CPU. Not a select: that would see the CPU that is built for.
HOST_MUSL = "//platforms:" + _musl_triple()
