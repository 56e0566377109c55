//! Tests mode 2: the result of a nested build of the source in the checkout.

use std::fs;

use fastboop_files::Sha256Digest;
use stage0_artifact::Target;
use stage0_artifact::checks::{self, Finding, Requirements};

use crate::tree::{Embedded, Tree, assert_embeds, assert_fails, output_text};

/// Creates a checkout whose stage0 has a path dependency `part`, with bytes that are linked into
/// stage0.
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
    let main = fs::read_to_string(tree.path("stage0/src/main.rs")).unwrap();
    let uses = "\n#[used]\nstatic PART: [u8; 8] = part::PART;\n";
    tree.write("stage0/src/main.rs", main + uses);
    let update = tree
        .command("cargo")
        .args(["update", "--offline", "--workspace"])
        .args(["--manifest-path", "stage0/Cargo.toml"])
        .output()
        .unwrap();
    assert!(update.status.success(), "{}", output_text(&update));
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
fn tracks_every_input() {
    let tree = make_tree_with_part("tracked");
    let first = assert_embeds(&mut tree.cargo(), Target::Aarch64);
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
    assert_embeds(&mut tree.cargo(), Target::Aarch64);
    assert_eq!(modified(), before, "the build ran although nothing changed");

    write_part(&tree, "part two");
    let second = assert_embeds(&mut tree.cargo(), Target::Aarch64);
    assert!(
        has_part(&second, b"part two"),
        "the changed path dependency is not in stage0"
    );

    tree.write("stage0/part/src/lib.rs", "nonsense");
    assert_fails(
        &mut tree.cargo(),
        &["error: expected one of", "stage0-build.log"],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_the_path_dependencies_of_each_checkout() {
    // Both are older than any build, so only their paths tell the nested Cargo that they differ.
    let trees = [("each-1", "part one"), ("each-2", "part two")].map(|(name, text)| {
        let tree = make_tree_with_part(name);
        write_part(&tree, text);
        (tree, text)
    });
    for index in [0, 1, 0] {
        let (tree, text) = &trees[index];
        let embedded = assert_embeds(&mut tree.cargo(), Target::Aarch64);
        assert!(has_part(&embedded, text.as_bytes()), "{text}");
    }
}

#[test]
#[ignore = "runs cargo for minutes"]
fn suggests_the_command_for_a_missing_target() {
    // The Debian root has no std for RISC-V.
    let mut cargo = Tree::new("riscv").cargo();
    cargo.env("FASTBOOP_STAGE0_TARGET", "riscv64gc-unknown-linux-musl");
    assert_fails(
        &mut cargo,
        &[
            "rustup target add riscv64gc-unknown-linux-musl",
            "stage0-build.log",
        ],
    );
}

#[test]
#[ignore = "runs cargo for minutes"]
fn rejects_invalid_variables() {
    let tree = Tree::new("nonsense");
    for (variable, value, words) in [
        ("FASTBOOP_STAGE0_TARGET", "aarch64", "\"aarch64\" is not"),
        ("FASTBOOP_STAGE0_TARGET", "", "set but empty"),
        (
            "FASTBOOP_STAGE0_CARGO",
            "/no/such/cargo",
            "cannot start the nested build",
        ),
        ("FASTBOOP_STAGE0_CARGO", "", "set but empty"),
        ("FASTBOOP_STAGE0_PREFER", "source", "\"source\" is not"),
        ("FASTBOOP_STAGE0_PREFER", "", "set but empty"),
    ] {
        assert_fails(tree.cargo().env(variable, value), &[variable, words]);
    }
}

#[test]
#[ignore = "runs cargo for minutes"]
fn builds_the_same_release_artifact_in_any_checkout() {
    let [here, there] = ["here", "over/there"].map(|name| {
        let tree = Tree::new(name);
        let embedded = assert_embeds(&mut tree.cargo(), Target::Aarch64);
        let forbidden = vec![tree.path("").to_str().unwrap().to_owned()];
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
