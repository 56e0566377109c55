"""The targets and compiler flags of the stage0 artifacts."""

# The targets of a release (docs/stage0-distribution.md). riscv64gc-unknown-linux-musl has a platform, but no artifact yet: toolchains/README.md.
TARGETS = [
    "aarch64-unknown-linux-musl",
    "armv7-unknown-linux-musleabihf",
    "x86_64-unknown-linux-musl",
]

# `[profile.release]` of Cargo.toml as rustc flags; //tests/parity:stage0_profile_test compares them.
RELEASE_FLAGS = [
    "-Ccodegen-units=1",
    "-Clto=fat",
    "-Copt-level=z",
    "-Cpanic=abort",
    "-Cstrip=symbols",
]

def asset_name(target):
    """Returns the name of the release asset, which is also the target's name in //stage0.

    Args:
        target: the target triple.
    """
    return "fastboop-stage0-" + target
