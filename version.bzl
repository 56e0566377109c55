"""The version of everything here, and the Rust edition: what Cargo.toml declares for Cargo, for Bazel.

//tests/parity:test fails where the two differ.
"""

VERSION = "0.1.0"

EDITION = "2024"
