"""The musl target triples that this project builds for, and the CPU constraint of each.

The platforms and both sets of musl toolchains are generated from this table.
"""

# Maps each target triple to the constraint value in @platforms//cpu.
MUSL_CPUS = {
    "aarch64-unknown-linux-musl": "aarch64",
    "armv7-unknown-linux-musleabihf": "armv7",
    "riscv64gc-unknown-linux-musl": "riscv64",
    "x86_64-unknown-linux-musl": "x86_64",
}

def musl_constraints(triple):
    """Returns the constraint values of a musl target.

    Args:
        triple: a key of MUSL_CPUS.

    Returns:
        A list of constraint value labels: CPU, operating system, C library.
    """
    return [
        Label("@platforms//cpu:" + MUSL_CPUS[triple]),
        Label("@platforms//os:linux"),
        Label("//platforms:musl"),
    ]
