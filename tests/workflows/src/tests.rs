//! Workflows without an error, and for each rule a change that breaks it.

use std::fs;

use super::*;

const RELEASE: &str = "
jobs:
  gate: {timeout-minutes: 1}
  stage0-static: {needs: gate, timeout-minutes: 1, steps: [{run: 'tools/bazel build --config=release //:stage0'}]}
  stage0-preflight: {needs: [stage0-static], timeout-minutes: 1}
  debian: {needs: stage0-preflight, uses: ./.github/workflows/debian.yml}
  rpm: {needs: stage0-preflight, uses: ./.github/workflows/rpm.yml}
  alpine: {needs: stage0-preflight, uses: ./.github/workflows/alpine.yml}
  assets:
    needs: [debian, rpm, alpine]
    timeout-minutes: 1
    steps:
      - uses: sigstore/cosign-installer@1
      - run: |
          cargo run --locked --package release -- assemble \\
            --out dist
          cargo run --locked --package release -- verify dist
      - run: .ci/github/verify-signature refs/heads/a dist
      - uses: actions/attest@1
      - uses: actions/upload-artifact@1
  draft:
    if: needs.gate.outputs.mode == 'tag'
    needs: [gate, assets]
    timeout-minutes: 1
    steps:
      - uses: sigstore/cosign-installer@1
      - run: .ci/github/verify-signature refs/tags/v1.2.3 dist
      - run: .ci/github/publish draft 1.2.3 dist
  publish: {needs: draft, timeout-minutes: 1}
  crates:
    needs: publish
    timeout-minutes: 1
    steps:
      - uses: sigstore/cosign-installer@1
      - run: .ci/github/await-assets 1.2.3 assets
      - run: .ci/github/crates unpack 1.2.3 assets sources
      - uses: rust-lang/crates-io-auth-action@1
      - run: cargo run --quiet --locked --package stage0-checksums -- inputs a >b
      - run: cargo run --locked --package stage0-checksums -- write-sidecar --artifact a
      - run: .ci/github/crates compare 1.2.3 assets sources
      - run: cargo publish --locked
  all-green:
    if: always()
    needs: [gate, stage0-static, stage0-preflight, debian, rpm, alpine, assets, draft, publish, crates]
    timeout-minutes: 1
";

const CI: &str = "
jobs:
  stage0-static: {timeout-minutes: 1, steps: [{run: 'tools/bazel build --config=cache //:stage0'}]}
  debian: {needs: stage0-static, uses: ./.github/workflows/debian.yml}
  rpm: {needs: stage0-static, uses: ./.github/workflows/rpm.yml}
  alpine: {needs: stage0-static, uses: ./.github/workflows/alpine.yml}
  all-green: {if: always(), needs: [stage0-static, debian, rpm, alpine], timeout-minutes: 1}
";

const PACKAGE: &str = "
jobs:
  package:
    timeout-minutes: 1
    steps:
      - uses: actions/download-artifact@1
      - run: packaging/build deb
      - run: packaging/check dist/a.deb
      - uses: actions/upload-artifact@1
";

/// Reads these workflows with `from` replaced by `to` in all of them.
fn workflows(from: &str, to: &str) -> anyhow::Result<Vec<Workflow>> {
    let top = tempfile::tempdir().unwrap();
    let directory = top.path().join(".github/workflows");
    fs::create_dir_all(&directory).unwrap();
    assert!([RELEASE, CI, PACKAGE].concat().contains(from), "{from}");
    let check = "- run: packaging/check";
    let alpine = PACKAGE.replace(
        check,
        &format!("- run: packaging/alpine/build dist\n      {check}"),
    );
    for (name, text) in [
        ("alpine.yml", alpine.as_str()),
        ("ci.yml", CI),
        ("debian.yml", PACKAGE),
        ("release.yml", RELEASE),
        ("rpm.yml", PACKAGE),
    ] {
        fs::write(directory.join(name), text.replace(from, to)).unwrap();
    }
    Workflow::read_all(top.path())
}

/// What is replaced by what, and the error that follows.
#[rustfmt::skip]
const VIOLATIONS: &[(&str, &str, &str)] = &[
    ("debian: {needs: stage0-preflight,", "debian: {needs: stage0-static,", "release.yml: debian: can start before stage0-preflight"),
    ("needs: [debian, rpm, alpine]", "needs: [debian, rpm]", "release.yml: assets: can start before alpine"),
    ("crates:\n    needs: publish", "crates:\n    needs: draft", "release.yml: crates: can start before publish"),
    ("publish: {needs: draft", "publish: {needs: assets", "release.yml: publish: can start before draft"),
    ("{needs: gate,", "{", "release.yml: stage0-static: can start before gate"),
    ("  draft:", "  draught:", "release.yml: draft: can start before"),
    ("debian: {needs: stage0-static, ", "debian: {", "ci.yml: debian: can start before stage0-static"),
    ("      - run: cargo publish", "      - run: test 1\n      - run: cargo publish", "release.yml: crates: its last steps"),
    ("      - run: .ci/github/crates compare 1.2.3 assets sources\n", "", "release.yml: crates: its last steps"),
    (".ci/github/await-assets", ".github/wait", "release.yml: crates: its last steps"),
    ("      - run: .ci/github/verify-signature refs/tags/v1.2.3 dist\n", "", "release.yml: draft: its last steps"),
    ("      - run: .ci/github/verify-signature refs/heads/a dist\n", "", "release.yml: assets: its last steps"),
    ("release -- verify dist", "release -- plan dist", "release.yml: assets: its last steps"),
    ("sigstore/cosign-installer@1", "actions/checkout@1", "release.yml: draft: its last steps"),
    ("packaging/check", "packaging/built", "rpm.yml: package: its last steps"),
    ("mode == 'tag'", "mode != ''", "draft: `if: needs.gate.outputs.mode != ''` could publish without a tag"),
    ("publish: {needs", "publish: {if: always(), needs", "publish: `if: always()` could publish"),
    ("gate: {timeout-minutes: 1}", "gate: {}", "release.yml: gate: missing timeout-minutes"),
    ("--config=release ", "", "stage0-static: Bazel without --config=release"),
    ("  all-green: {if", "  green: {if", "ci.yml: missing job all-green"),
    ("  all-green: {if: always(),", "  all-green: {", "ci.yml: all-green: missing `if: always()`"),
    ("jobs:\n  gate", "jobs:\n  other: {timeout-minutes: 1}\n  gate", "all-green: does not need other"),
];

#[test]
fn accepts_the_release_order() {
    assert_eq!(order::check(&workflows("gate", "gate").unwrap()), [""; 0]);
    // A cycle of needs, which actionlint rejects, ends.
    order::check(&workflows("  gate: {", "  gate: {needs: crates, ").unwrap());
}

#[test]
fn rejects_each_violation() {
    for (from, to, expected) in VIOLATIONS {
        let errors = order::check(&workflows(from, to).unwrap());
        assert!(
            errors.iter().any(|error| error.contains(expected)),
            "{to}: {errors:?}"
        );
    }
}

#[test]
fn names_missing_and_invalid_workflows() {
    assert!(order::check(&[]).contains(&"release.yml: missing".to_owned()));
    let error = workflows("jobs:\n  package:", "jobs: 3\nx:").unwrap_err();
    assert!(format!("{error:#}").contains("yml: "), "{error:#}");
}
