//! Mode 2: what a build of the source in the checkout makes.

use std::fs;

use fastboop_files::Sha256Digest;
use stage0_artifact::Target;
use stage0_artifact::checks::{self, Finding, Requirements};

use crate::tree::{Embedded, Tree, fails, succeeds, text};

/// A checkout whose stage0 has a path dependency, `part`, with bytes that end up in stage0.
fn make_tree_with_part(name: &str) -> Tree {
    let tree = Tree::new(name);
    tree.write(
        "stage0/part/Cargo.toml",
        "[package]\nname = \"part\"\nversion = \"0.0.0\"\nedition = \"2024\"\n",
    );
    write_part(&tree, "part one");
    tree.edit(
        "stage0/Cargo.toml",
        "[dependencies]",
        "[dependencies]\npart = { path = \"part\" }",
    );
    let main = fs::read_to_string(tree.at("stage0/src/main.rs")).unwrap();
    let uses = "\n#[used]\nstatic PART: [u8; 8] = part::PART;\n";
    tree.write("stage0/src/main.rs", main + uses);
    let update = tree
        .command("cargo")
        .args(["update", "--offline", "--workspace"])
        .args(["--manifest-path", "stage0/Cargo.toml"])
        .output()
        .unwrap();
    assert!(update.status.success(), "{}", text(&update));
    tree
}

fn write_part(tree: &Tree, text: &str) {
    let source = format!("pub static PART: [u8; 8] = *b\"{text}\";\n");
    tree.write("stage0/part/src/lib.rs", source);
}

fn has_part(embedded: &Embedded, text: &[u8]) -> bool {
    embedded.bytes().windows(8).any(|window| window == text)
}

#[test]
#[ignore = "runs cargo for minutes"]
fn every_input_is_tracked() {
    let tree = make_tree_with_part("tracked");
    let first = succeeds(&mut tree.cargo(), Target::Aarch64);
    assert_eq!(first.mode, "source");
    assert!(has_part(&first, b"part one"));
    let log = first.out_dir.join("stage0-build.log");
    assert!(
        first.output.contains(log.to_str().unwrap()),
        "{}",
        first.output
    );
    let modified = || fs::metadata(&log).unwrap().modified().unwrap();
    let before = modified();
    succeeds(&mut tree.cargo(), Target::Aarch64);
    assert_eq!(
        modified(),
        before,
        "nothing has changed, so nothing is built"
    );

    write_part(&tree, "part two");
    let second = succeeds(&mut tree.cargo(), Target::Aarch64);
    assert!(has_part(&second, b"part two"), "an edited path dependency");

    tree.write("stage0/part/src/lib.rs", "nonsense");
    fails(
        &mut tree.cargo(),
        &["error: expected one of", "stage0-build.log"],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn suggests_the_command_for_a_missing_target() {
    // The Debian root has no std for RISC-V.
    let mut cargo = Tree::new("riscv").cargo();
    cargo.env("FASTBOOP_STAGE0_TARGET", "riscv64gc-unknown-linux-musl");
    fails(
        &mut cargo,
        &[
            "rustup target add riscv64gc-unknown-linux-musl",
            "stage0-build.log",
        ],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn names_an_invalid_target_or_cargo() {
    let tree = Tree::new("nonsense");
    for (variable, value, words) in [
        ("FASTBOOP_STAGE0_TARGET", "aarch64", "\"aarch64\" is not"),
        ("FASTBOOP_STAGE0_TARGET", "", "is set but empty"),
        ("FASTBOOP_STAGE0_CARGO", "/no/such/cargo", "cannot start it"),
        ("FASTBOOP_STAGE0_CARGO", "", "is set but empty"),
        ("FASTBOOP_STAGE0_PREFER", "source", "\"source\" is not"),
        ("FASTBOOP_STAGE0_PREFER", "", "is set but empty"),
    ] {
        fails(tree.cargo().env(variable, value), &[variable, words]);
    }
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_the_same_release_artifact_in_any_checkout() {
    let [here, there] = ["here", "over/there"].map(|name| {
        let tree = Tree::new(name);
        let embedded = succeeds(&mut tree.cargo(), Target::Aarch64);
        let forbidden = vec![tree.at("").to_str().unwrap().to_owned()];
        let requirements = Requirements {
            forbidden,
            ..Requirements::default()
        };
        let findings = checks::run(&embedded.bytes(), Target::Aarch64, &requirements);
        let errors: Vec<_> = findings
            .iter()
            .filter(|one| Finding::is_error(one))
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        Sha256Digest::compute(&embedded.bytes())
    });
    assert_eq!(here, there);
}
