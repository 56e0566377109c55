use super::*;
use std::fs;
use tempfile::TempDir;

/// A directory with the crate in it, and stage0's source where `has_source`.
fn tree(has_source: bool) -> (TempDir, Environment) {
    let dir = tempfile::tempdir().unwrap();
    let manifest_dir = dir.path().join("crates/generator");
    fs::create_dir_all(&manifest_dir).unwrap();
    if has_source {
        fs::create_dir(dir.path().join("stage0")).unwrap();
        fs::write(dir.path().join("stage0/Cargo.toml"), "[package]").unwrap();
    }
    let environment = Environment {
        manifest_dir,
        version: "1.2.3".into(),
        out_dir: "/out".into(),
        ..Environment::default()
    };
    (dir, environment)
}

fn fails(environment: &Environment) -> String {
    plan(environment).unwrap_err().to_string()
}

#[test]
fn prefers_a_file_and_resolves_it_from_the_manifest() {
    for (path, expected) in [("a/b", "crates/generator/a/b"), ("/a/b", "/a/b")] {
        let (dir, environment) = tree(true);
        let environment = Environment {
            embed_path: Some(path.into()),
            docs_rs: Some("1".into()),
            ..environment
        };
        let source = dir.path().join(expected);
        let target = None;
        assert_eq!(plan(&environment).unwrap(), Plan::Path { source, target });
    }
}

#[test]
fn builds_the_source_without_a_file() {
    let (dir, environment) = tree(true);
    for (cargo, outer, expected) in [
        (None, None, "cargo".into()),
        (None, Some("/outer"), "/outer".into()),
        (Some("name"), Some("/outer"), "name".into()),
        (Some("/a/b"), None, "/a/b".into()),
        (Some("a/b"), None, dir.path().join("crates/generator/a/b")),
    ] {
        let environment = Environment {
            cargo: cargo.map(Into::into),
            outer_cargo: outer.map(Into::into),
            target: Some("armv7-unknown-linux-musleabihf".into()),
            ..environment.clone()
        };
        let Plan::Nested { nested, preferred } = plan(&environment).unwrap() else {
            panic!("not from source");
        };
        assert_eq!(nested.cargo, expected);
        assert_eq!(nested.target, Target::Armv7);
        let manifest = dir.path().join("stage0/Cargo.toml");
        assert_eq!(nested.manifest, manifest.canonicalize().unwrap());
        assert_eq!(preferred, None);
    }
}

#[test]
fn downloads_the_release_without_source() {
    let (_dir, environment) = tree(false);
    let Plan::Download { download, .. } = plan(&environment).unwrap() else {
        panic!("not downloaded");
    };
    let url =
        "/samcday/fastboop/releases/download/v1.2.3/fastboop-stage0-aarch64-unknown-linux-musl";
    assert!(download.url.ends_with(url), "{}", download.url);
    let sidecar = environment.manifest_dir.join("stage0-aarch64.sha256sum");
    assert_eq!(download.sidecar, sidecar);
}

#[test]
fn prefers_the_release_when_inputs_are_unchanged() {
    let (dir, environment) = tree(true);
    let environment = Environment {
        prefer: Some("prebuilt".into()),
        ..environment
    };
    let record = environment.manifest_dir.join(INPUTS);
    let is_download = || match plan(&environment).unwrap() {
        Plan::Download { because, .. } => {
            assert!(because.contains(&record), "{because:?}");
            true
        }
        Plan::Nested { preferred, .. } => {
            assert_eq!(preferred.as_ref(), Some(&record));
            false
        }
        other => panic!("{other:?}"),
    };
    assert!(!is_download(), "nothing is recorded");
    let digest = inputs::digest(&dir.path().join("stage0/Cargo.toml")).unwrap();
    fs::write(&record, format!("{digest}  stage0\n")).unwrap();
    assert!(is_download());
    fs::write(dir.path().join("stage0/build.rs"), "").unwrap();
    assert!(!is_download(), "a file more");
    fs::write(&record, "nonsense").unwrap();
    assert!(fails(&environment).contains("is not a SHA-256 digest"));
}

#[test]
fn reports_what_was_missing_without_any_mode() {
    let (_dir, environment) = tree(false);
    let message = fails(&Environment {
        target: Some("x86_64-unknown-linux-musl".into()),
        ..environment
    });
    for words in [
        "FASTBOOP_STAGE0_EMBED_PATH is required",
        "crates/generator/../../stage0/Cargo.toml does not exist",
        "only aarch64-unknown-linux-musl is downloaded",
    ] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn plans_nothing_for_documentation() {
    for has_source in [true, false] {
        let (_dir, environment) = tree(has_source);
        let environment = Environment {
            docs_rs: Some("1".into()),
            ..environment
        };
        assert_eq!(plan(&environment).unwrap(), Plan::Nothing);
    }
}

#[test]
fn rejects_invalid_variables() {
    let (_dir, good) = tree(true);
    let set = |name: &str, value: &str| {
        let mut environment = good.clone();
        let value = Some(value.into());
        match name {
            EMBED_PATH => environment.embed_path = value,
            TARGET => environment.target = value,
            PREFER => environment.prefer = value,
            CARGO => environment.cargo = value,
            _ => panic!("{name}"),
        }
        fails(&environment)
    };
    for name in [EMBED_PATH, TARGET, PREFER, CARGO] {
        let message = set(name, "");
        assert!(
            message.contains(&format!("{name} is set but empty")),
            "{message}"
        );
    }
    for name in [TARGET, PREFER] {
        let message = set(name, "aarch64");
        assert!(
            message.starts_with(&format!("{name}: \"aarch64\" is not")),
            "{message}"
        );
    }
}

#[test]
fn parses_the_time_limit_in_seconds() {
    let (_dir, good) = tree(false);
    let with = |value: &str| Environment {
        timeout: Some(value.into()),
        ..good.clone()
    };
    for (value, [connect, response, body]) in [("20", [15, 20, 20]), ("900", [15, 30, 900])] {
        let Plan::Download { download, .. } = plan(&with(value)).unwrap() else {
            panic!("not downloaded");
        };
        let limits = download.limits;
        let found = [limits.connect, limits.response, limits.body];
        assert_eq!(found, [connect, response, body].map(Duration::from_secs));
    }
    for value in ["0", "-1", "1.5", "10s", "4294967296"] {
        let message = fails(&with(value));
        let expected = format!(
            "FASTBOOP_STAGE0_TIMEOUT: \"{value}\" is not a number of whole seconds, 1 or more"
        );
        assert_eq!(message, expected);
    }
    assert!(fails(&with("")).contains("FASTBOOP_STAGE0_TIMEOUT is set but empty"));
}

#[test]
fn rejects_an_empty_mirror() {
    let (_dir, environment) = tree(false);
    let base_url = Some("".into());
    let message = fails(&Environment {
        base_url,
        ..environment
    });
    assert!(
        message.contains("FASTBOOP_STAGE0_BASE_URL is set but empty"),
        "{message}"
    );
}
