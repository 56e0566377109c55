//! Tests that mode 2 builds a static stage0 for the right target, however the outer build is configured.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

use stage0_artifact::Target;

use crate::tree::{Tree, assert_embeds, shared_target};

/// A checkout for the tests that do not change its source.
static CHECKOUT: LazyLock<Tree> = LazyLock::new(|| Tree::new("checkout"));

#[test]
#[ignore = "runs cargo for minutes"]
fn ignores_rustflags_of_the_outer_build() {
    let mut cargo = CHECKOUT.cargo();
    cargo.env("RUSTFLAGS", "-Ctarget-feature=-crt-static -Cdebuginfo=0");
    assert_eq!(assert_embeds(&mut cargo, Target::Aarch64).mode, "source");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn ignores_rustflags_of_a_configuration_file() {
    let tree = Tree::new("configured");
    // Cargo reads this file for stage0 too. In the outer build, `RUSTFLAGS` overrides it, with the
    // value of the test above so that the shared target directory can be used.
    tree.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"-Clink-arg=--no-such-flag\"]\n",
    );
    let mut cargo = tree.cargo();
    cargo.env("RUSTFLAGS", "-Ctarget-feature=-crt-static -Cdebuginfo=0");
    assert_eq!(assert_embeds(&mut cargo, Target::Aarch64).mode, "source");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_under_clippy() {
    let mut clippy = CHECKOUT.wrapped_cargo(&[], "clippy");
    clippy.env("FASTBOOP_STAGE0_TARGET", "armv7-unknown-linux-musleabihf");
    assert_eq!(assert_embeds(&mut clippy, Target::Armv7).mode, "source");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_in_a_shared_build_directory() {
    let tree = Tree::new("shared");
    let build_dir = shared_target();
    tree.write(
        ".cargo/config.toml",
        format!("[build]\nbuild-dir = {build_dir:?}\n"),
    );
    let mut cargo = tree.cargo();
    // Cargo locks per profile, and stage0 is built with the release profile.
    cargo.arg("--release");
    cargo.env("CARGO_TARGET_DIR", tree.path("target"));
    let embedded = assert_embeds(&mut cargo, Target::Aarch64);
    assert_eq!(embedded.mode, "source");
    assert!(embedded.out_dir.starts_with(build_dir));
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_with_a_custom_profile() {
    let mut cargo = CHECKOUT.cargo();
    cargo
        .args(["--profile", "custom"])
        .args(["--config", "profile.custom.inherits=\"release\""])
        .args(["--config", "profile.custom.panic=\"abort\""]);
    assert_eq!(assert_embeds(&mut cargo, Target::Aarch64).mode, "source");
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_with_a_wrapper_script() {
    let tree = &*CHECKOUT;
    // The script records the variables that it receives.
    let script = "#!/bin/sh\nenv >\"$(dirname \"$0\")/variables\"\nexec cargo \"$@\"\n";
    let wrapper = tree.write("wrapper", script);
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let mut cargo = tree.cargo();
    cargo
        .env("CARGO_PROFILE_RELEASE_STRIP", "false")
        .env("FASTBOOP_STAGE0_TARGET", "x86_64-unknown-linux-musl")
        .env("FASTBOOP_STAGE0_CARGO", &wrapper);
    assert_eq!(assert_embeds(&mut cargo, Target::X86_64).mode, "source");

    let variables = fs::read_to_string(tree.path("variables")).unwrap();
    let is_set = |name: &str| {
        let start = format!("{name}=");
        variables.lines().any(|line| line.starts_with(&start))
    };
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC",
        "CARGO_PKG_NAME",
        "OUT_DIR",
        "CARGO_PROFILE_RELEASE_STRIP",
    ] {
        assert!(!is_set(name), "{name}: {variables}");
    }
    assert!(
        is_set("CARGO_MAKEFLAGS") && variables.contains("--jobserver"),
        "{variables}"
    );

    // The script is a tracked input too.
    fs::remove_file(tree.path("variables")).unwrap();
    tree.write("wrapper", format!("{script}# changed\n"));
    assert_embeds(&mut cargo, Target::X86_64);
    assert!(tree.path("variables").exists());
}
