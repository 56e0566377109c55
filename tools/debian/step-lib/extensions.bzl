"""The name that crate_universe's extension has in newer versions of rules_rust, for the Debian root's."""

load("//crate_universe:extension.bzl", _crate = "crate")

crate = _crate
