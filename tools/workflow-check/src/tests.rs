//! A set of workflows in which all holds, and for each check one in which it does not.

use std::fs;

use tempfile::TempDir;

use super::*;

const PIN: &str = "0123456789012345678901234567890123456789";

/// release.yml, cut down to what is checked.
const RELEASE: &str = "
on: push
permissions: {}
concurrency: release
jobs:
  gate: {permissions: {}, timeout-minutes: 1, steps: [{run: 'packaging/build deb'}]}
  stage0-static:
    {needs: gate, permissions: {}, timeout-minutes: 1, steps: [{run: 'tools/bazel build --config=release //:stage0'}]}
  stage0-preflight: {needs: [stage0-static], permissions: {}, timeout-minutes: 1}
  debian: {needs: stage0-preflight, permissions: {contents: read}, uses: ./.github/workflows/debian.yml}
  rpm: {needs: stage0-preflight, permissions: {}, uses: ./.github/workflows/rpm.yml}
  alpine: {needs: stage0-preflight, permissions: {}, uses: ./.github/workflows/alpine.yml}
  assets:
    needs: [debian, rpm, alpine]
    permissions: {id-token: write, attestations: write}
    timeout-minutes: 1
    steps:
      - uses: actions/checkout@PIN # v1.0.0
        with: {persist-credentials: false}
      - uses: sigstore/cosign-installer@PIN # v1.0.0
      - run: cargo run --locked --package release -- assemble --keyless --out dist
      - run: cargo run --locked --package release -- verify dist
      - run: .github/verify-signature refs/heads/a dist
  draft:
    if: needs.gate.outputs.mode == 'tag'
    needs: [gate, assets]
    permissions: {contents: write}
    timeout-minutes: 1
    steps:
      - uses: sigstore/cosign-installer@PIN # v1.0.0
      - run: .github/verify-signature refs/tags/v1.2.3 dist
      - run: .github/publish draft 1.2.3 dist
  publish: {needs: draft, permissions: {contents: write}, timeout-minutes: 1}
  crates:
    needs: publish
    permissions: {id-token: write}
    timeout-minutes: 1
    steps:
      - uses: sigstore/cosign-installer@PIN # v1.0.0
      - run: .github/await-assets 1.2.3 assets
      - run: .github/crates unpack 1.2.3 assets sources
      - run: cargo run --locked --package stage0-checksums -- write-sidecar --artifact a
      - run: .github/crates compare 1.2.3 assets sources
      - run: cargo publish --locked
  all-green:
    if: always()
    needs: [gate, stage0-static, stage0-preflight, debian, rpm, alpine, assets, draft, publish, crates]
    permissions: {}
    timeout-minutes: 1
";

const CI: &str = "
on: push
permissions: {}
concurrency: ci
jobs:
  stage0-static: {permissions: {}, timeout-minutes: 1, strategy: {matrix: {target: [a]}}}
  debian: {needs: stage0-static, permissions: {}, uses: ./.github/workflows/debian.yml}
  rpm: {needs: stage0-static, permissions: {}, uses: ./.github/workflows/rpm.yml}
  alpine: {needs: stage0-static, permissions: {}, uses: ./.github/workflows/alpine.yml}
  all-green: {if: always(), needs: [stage0-static, debian, rpm, alpine], permissions: {}, timeout-minutes: 1}
";

const PACKAGE: &str = "
on: workflow_call
permissions: {}
concurrency: package
jobs:
  package:
    permissions: {}
    timeout-minutes: 1
    env: {FASTBOOP_STAGE0_EMBED_PATH: in/stage0}
    steps:
      - uses: actions/download-artifact@PIN # v1.0.0
        with: {name: fastboop-stage0-aarch64-unknown-linux-musl}
      - run: packaging/check dist/a.deb \"$FASTBOOP_STAGE0_EMBED_PATH\"
";

/// A checkout with all that the workflows call.
fn checkout() -> TempDir {
    let top = tempfile::tempdir().unwrap();
    for directory in [
        ".github",
        ".ci/checks",
        "packaging",
        "tools/release",
        "tools/stage0-checksums",
    ] {
        fs::create_dir_all(top.path().join(directory)).unwrap();
    }
    for program in [
        ".github/await-assets",
        ".github/crates",
        ".github/publish",
        ".github/verify-signature",
        "packaging/build",
        "packaging/check",
        ".ci/run",
    ] {
        script(
            &top,
            program,
            "#!/bin/sh\n[ \"$DRY_RUN\" = 1 ] && [ \"$1\" != --wrong ]\n",
            0o755,
        );
    }
    for manifest in [
        "tools/release/Cargo.toml",
        "tools/stage0-checksums/Cargo.toml",
        ".ci/checks/82-workflows",
    ] {
        fs::write(top.path().join(manifest), "").unwrap();
    }
    top
}

fn script(top: &TempDir, path: &str, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let path = top.path().join(path);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What is found where, in all files, `from` is `to`.
fn faults(from: &str, to: &str) -> Vec<String> {
    let all = [RELEASE, CI, PACKAGE].concat();
    assert!(all.contains(from), "{from}");
    let files = [
        ("alpine.yml", PACKAGE),
        ("ci.yml", CI),
        ("debian.yml", PACKAGE),
        ("release.yml", RELEASE),
        ("rpm.yml", PACKAGE),
    ];
    let parse = |(file, text): (&str, &str)| {
        Workflow::parse(file, &text.replace(from, to).replace("PIN", PIN)).unwrap()
    };
    let workflows: Vec<Workflow> = files.into_iter().map(parse).collect();
    check(&workflows, checkout().path())
}

#[test]
fn the_good_workflows_hold() {
    assert_eq!(faults("PIN", "PIN"), Vec::<String>::new());
}

#[test]
fn each_bad_workflow_is_named() {
    let same = "  same: {permissions: {}, timeout-minutes: 1}\n";
    for (from, to, expected) in [
        // The order of a release.
        (
            "debian: {needs: stage0-preflight,",
            "debian: {needs: stage0-static,",
            "release.yml: debian: can start before stage0-preflight",
        ),
        (
            "needs: [debian, rpm, alpine]",
            "needs: [debian, rpm]",
            "release.yml: assets: can start before alpine",
        ),
        (
            "crates:\n    needs: publish",
            "crates:\n    needs: draft",
            "release.yml: crates: can start before publish",
        ),
        (
            "publish: {needs: draft",
            "publish: {needs: assets",
            "release.yml: publish: can start before draft",
        ),
        (
            "stage0-preflight: {needs: [stage0-static]",
            "stage0-preflight: {needs: [gate]",
            "can start before stage0-static",
        ),
        ("  draft:", "  draught:", "release.yml: has no job draft"),
        (
            "uses: ./.github/workflows/rpm.yml",
            "uses: ./.github/workflows/deb.yml",
            "no job uses ./.github/workflows/rpm.yml",
        ),
        (
            "      - run: cargo publish --locked\n",
            "      - run: test 1\n      - run: cargo publish --locked\n",
            "not written immediately before",
        ),
        (
            ".github/await-assets",
            ".github/wait",
            "crates: no `.github/await-assets` in its place",
        ),
        (
            "      - run: .github/crates compare 1.2.3 assets sources\n",
            "",
            "crates: no `.github/crates compare` in its place",
        ),
        (
            "      - run: .github/verify-signature refs/tags/v1.2.3 dist\n",
            "",
            "draft: no `.github/verify-signature` in its place",
        ),
        (
            "      - run: .github/verify-signature refs/heads/a dist\n",
            "",
            "assets: no `.github/verify-signature` in its place",
        ),
        (
            "      - uses: sigstore/cosign-installer@PIN # v1.0.0\n      - run: .github/await-assets",
            "      - run: .github/await-assets",
            "`.github/await-assets 1.2.3 assets`: cosign is not installed before",
        ),
        (
            "      - uses: sigstore/cosign-installer@PIN # v1.0.0\n      - run: cargo run",
            "      - run: cargo run",
            "--keyless --out dist`: cosign is not installed before",
        ),
        (
            "release -- verify dist",
            "release -- plan dist",
            "assets: no `release -- verify`",
        ),
        (
            "mode == 'tag'",
            "mode != ''",
            "could publish what is no tag",
        ),
        (
            "publish: {needs",
            "publish: {if: always(), needs",
            "publish: `if: always()` could publish",
        ),
        (
            "strategy: {matrix: {target: [a]}}",
            "strategy: {}",
            "no job stage0-static with a matrix",
        ),
        (
            "needs: stage0-static, permissions: {}, uses",
            "permissions: {}, uses",
            "ci.yml: debian: can start before stage0-static",
        ),
        (
            "env: {FASTBOOP_STAGE0_EMBED_PATH: in/stage0}",
            "env: {}",
            "does not export FASTBOOP_STAGE0_EMBED_PATH",
        ),
        (
            "{name: fastboop-stage0-aarch64",
            "{name: fastboop-stage0-x86_64",
            "does not take the stage0 artifact",
        ),
        (
            "packaging/check",
            "packaging/build",
            "does not check the finished package",
        ),
        // The rules for all.
        (
            "on: push\npermissions: {}",
            "on: push\npermissions: {contents: read}",
            "at the top are not {}",
        ),
        ("concurrency: ci\n", "", "ci.yml: no concurrency group"),
        (
            "gate: {permissions: {},",
            "gate: {permissions: {contents: write},",
            "gate: may write contents",
        ),
        (
            "gate: {permissions: {},",
            "gate: {permissions: write-all,",
            "gate: permissions are not a list",
        ),
        (
            "gate: {permissions: {},",
            "gate: {",
            "gate: no permissions of its own",
        ),
        (
            "gate: {permissions: {}, timeout-minutes: 1,",
            "gate: {permissions: {},",
            "gate: no timeout-minutes",
        ),
        ("PIN # v1.0.0", "v1 # v1.0.0", "not pinned by a commit"),
        ("PIN # v1.0.0", "PIN", "does not say its version"),
        (
            "persist-credentials: false",
            "persist-credentials: true",
            "keeps its credentials",
        ),
        (
            "--config=release //",
            "--config=release --disk_cache=x //",
            "a cache in a release",
        ),
        (
            "{persist-credentials: false}",
            "{persist-credentials: false, cache: true}",
            "a cache in a release",
        ),
        ("--config=release ", "", "without --config=release"),
        (
            "deb'}",
            "${{ github.head_ref }}'}",
            "an expression in a command",
        ),
        (
            "  all-green: {if",
            "  green: {if",
            "ci.yml: has no job all-green",
        ),
        (
            "  all-green: {if: always(),",
            "  all-green: {",
            "all-green: not `if: always()`",
        ),
        (
            "jobs:\n  gate",
            &format!("jobs:\n{same}  gate"),
            "all-green: does not need same",
        ),
        (
            "needs: [stage0-static, debian",
            "needs: [stage0, debian",
            "needs stage0, which is no job",
        ),
        // The commands.
        (
            "packaging/build deb",
            "packaging/built deb",
            "packaging/built: No such file",
        ),
        (
            "packaging/build deb",
            ".ci/run 99",
            ".ci/run 99: no such check",
        ),
        (
            "packaging/build deb",
            "packaging/build deb | tee x",
            "more than one plain command",
        ),
        (
            "packaging/build deb",
            "curl x",
            "curl is neither a command of this checkout",
        ),
        (
            "packaging/build deb",
            "packaging/build $NAME",
            "$NAME is not set in env",
        ),
        (
            "packaging/build deb",
            "cargo run --locked --package none -- x",
            "no package none",
        ),
        ("cargo publish --locked", "cargo publish", "not --locked"),
    ] {
        let faults = faults(from, to);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{to}: {faults:?}"
        );
    }
}

#[test]
fn a_missing_workflow_is_named() {
    let faults = check(&[], checkout().path());
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn a_dry_run_asks_the_command_itself() {
    let top = checkout();
    let call = |argument: &str| Call::Ours("packaging/build".to_owned(), vec![argument.to_owned()]);
    assert_eq!(command::dry_run(top.path(), &call("right")), None);
    let fault = command::dry_run(top.path(), &call("--wrong")).unwrap();
    assert!(fault.contains("exit status: 1"), "{fault}");
}

#[test]
fn a_file_that_cannot_be_run_is_no_command() {
    let top = checkout();
    script(&top, "packaging/build", "", 0o644);
    let call = Call::Ours("packaging/build".to_owned(), Vec::new());
    assert!(
        command::check(top.path(), &call)
            .unwrap()
            .contains("chmod +x")
    );
}

#[test]
fn arguments_of_bazel_are_collected_once() {
    let calls = [["--a", "//:a"], ["--b", "//:b"], ["--a", "//:a"]]
        .map(|words| Call::Bazel(words.map(str::to_owned).to_vec()));
    assert_eq!(bazel_arguments(&calls, command::is_label), ["//:a", "//:b"]);
    let is_flag = |word: &str| !command::is_label(word);
    assert_eq!(bazel_arguments(&calls, is_flag), ["--a", "--b"]);
}
