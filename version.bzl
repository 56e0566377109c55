"""The version of everything here, and the Rust edition: what Cargo.toml says to Cargo, said to Bazel.

//tests/parity:test fails where the two differ.
"""

VERSION = "0.1.0"

EDITION = "2024"
