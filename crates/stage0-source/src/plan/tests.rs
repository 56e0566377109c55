use super::*;
use std::fs;
use tempfile::TempDir;

/// Creates a directory with the crate in it, and with stage0's manifest if `has_source`.
fn make_tree(has_source: bool) -> (TempDir, Environment) {
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

fn plan_error(environment: &Environment) -> String {
    plan(environment).unwrap_err().to_string()
}

#[test]
fn prefers_a_file_and_resolves_it_from_the_manifest_directory() {
    for (path, expected) in [("a/b", "crates/generator/a/b"), ("/a/b", "/a/b")] {
        let (dir, environment) = make_tree(true);
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
fn suggests_the_absolute_path_of_a_file_elsewhere() {
    let (dir, environment) = make_tree(true);
    let shell_dir = dir.path().join("shell");
    for name in ["shell/in-shell", "shell/in-both", "in-both", "in-top"] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let environment = Environment {
        shell_dir: Some(shell_dir),
        ..environment
    };
    let plan_with = |variable: &str, path: &str| {
        let mut environment = environment.clone();
        let value = Some(path.into());
        match variable {
            EMBED_PATH => environment.embed_path = value,
            _ => environment.cargo = value,
        }
        plan(&environment)
    };
    let start = environment.manifest_dir.display();
    for variable in [EMBED_PATH, CARGO] {
        for (path, found) in [
            ("./in-shell", "shell/in-shell"),
            ("./in-both", "shell/in-both"),
            ("./in-top", "in-top"),
            ("shell/in-shell", "shell/in-shell"),
            ("../in-top", "in-top"),
        ] {
            let message = plan_with(variable, path).unwrap_err().to_string();
            let found = dir.path().canonicalize().unwrap().join(found);
            let expected = format!(
                "{variable}: {path}: no such file: a relative path starts at {start}; set it to {}",
                found.display()
            );
            assert_eq!(message, expected);
        }
        // What exists nowhere is reported when it is read, and a path that is correct is taken.
        for path in ["./missing", "../../in-top"] {
            assert!(plan_with(variable, path).is_ok(), "{path}");
        }
    }
}

#[test]
fn builds_the_source_without_a_file() {
    let (dir, environment) = make_tree(true);
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
        let Plan::Nested {
            nested,
            unmatched_record,
        } = plan(&environment).unwrap()
        else {
            panic!("the plan is not mode 2");
        };
        assert_eq!(nested.cargo, expected);
        assert_eq!(nested.target, Target::Armv7);
        let manifest = dir.path().join("stage0/Cargo.toml");
        assert_eq!(nested.manifest, manifest.canonicalize().unwrap());
        assert_eq!(unmatched_record, None);
    }
}

#[test]
fn downloads_the_release_without_source() {
    let (_dir, environment) = make_tree(false);
    let Plan::Download { download, .. } = plan(&environment).unwrap() else {
        panic!("the plan is not mode 3");
    };
    let url =
        "/samcday/fastboop/releases/download/v1.2.3/fastboop-stage0-aarch64-unknown-linux-musl";
    assert!(download.url.to_string().ends_with(url), "{}", download.url);
    let sidecar = environment.manifest_dir.join("stage0-aarch64.sha256sum");
    assert_eq!(download.sidecar, sidecar);
}

#[test]
fn prefers_the_release_when_inputs_are_unchanged() {
    let (dir, environment) = make_tree(true);
    let environment = Environment {
        prefer: Some("prebuilt".into()),
        ..environment
    };
    let record = environment.manifest_dir.join(INPUTS);
    let is_download = || match plan(&environment).unwrap() {
        Plan::Download { inputs, .. } => {
            assert!(inputs.contains(&record), "{inputs:?}");
            true
        }
        Plan::Nested {
            unmatched_record, ..
        } => {
            assert_eq!(unmatched_record.as_ref(), Some(&record));
            false
        }
        other => panic!("{other:?}"),
    };
    assert!(!is_download(), "the record does not exist");
    let digest = inputs::digest(&dir.path().join("stage0/Cargo.toml")).unwrap();
    fs::write(&record, format!("{digest}  stage0\n")).unwrap();
    assert!(is_download());
    fs::write(dir.path().join("stage0/build.rs"), "").unwrap();
    assert!(!is_download(), "an additional file");
    fs::write(&record, "nonsense").unwrap();
    assert!(plan_error(&environment).contains("is not a SHA-256 digest"));
}

#[test]
fn reports_the_missing_manifest_if_no_mode_applies() {
    let (_dir, environment) = make_tree(false);
    let message = plan_error(&Environment {
        target: Some("x86_64-unknown-linux-musl".into()),
        ..environment
    });
    for words in [
        "FASTBOOP_STAGE0_EMBED_PATH: required for x86_64-unknown-linux-musl",
        "crates/generator/../../stage0/Cargo.toml does not exist",
        "only aarch64-unknown-linux-musl can be downloaded",
    ] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn plans_nothing_for_documentation() {
    for has_source in [true, false] {
        let (_dir, environment) = make_tree(has_source);
        let environment = Environment {
            docs_rs: Some("1".into()),
            ..environment
        };
        assert_eq!(plan(&environment).unwrap(), Plan::Nothing);
    }
}

#[test]
fn rejects_invalid_variables() {
    let (_dir, valid) = make_tree(true);
    let error_if_set = |name: &str, value: &str| {
        let mut environment = valid.clone();
        let value = Some(value.into());
        match name {
            EMBED_PATH => environment.embed_path = value,
            TARGET => environment.target = value,
            PREFER => environment.prefer = value,
            CARGO => environment.cargo = value,
            _ => panic!("{name}"),
        }
        plan_error(&environment)
    };
    for name in [EMBED_PATH, TARGET, PREFER, CARGO] {
        let message = error_if_set(name, "");
        assert!(
            message.contains(&format!("{name}: set but empty")),
            "{message}"
        );
    }
    for name in [TARGET, PREFER] {
        let message = error_if_set(name, "aarch64");
        assert!(
            message.starts_with(&format!("{name}: \"aarch64\" is not")),
            "{message}"
        );
    }
}

#[test]
fn parses_the_time_limit_in_seconds() {
    let (_dir, valid) = make_tree(false);
    let with_timeout = |value: &str| Environment {
        timeout: Some(value.into()),
        ..valid.clone()
    };
    for (value, [connect, response, body]) in [("20", [15, 20, 20]), ("900", [15, 30, 900])] {
        let Plan::Download { download, .. } = plan(&with_timeout(value)).unwrap() else {
            panic!("the plan is not mode 3");
        };
        let limits = download.limits;
        let found = [limits.connect, limits.response, limits.body];
        assert_eq!(found, [connect, response, body].map(Duration::from_secs));
    }
    for value in ["0", "-1", "1.5", "10s", "4294967296"] {
        let message = plan_error(&with_timeout(value));
        let expected = format!(
            "FASTBOOP_STAGE0_TIMEOUT: \"{value}\" is not a whole number of seconds from 1 to 4294967295; correct or unset it"
        );
        assert_eq!(message, expected);
    }
    assert!(plan_error(&with_timeout("")).contains("FASTBOOP_STAGE0_TIMEOUT: set but empty"));
}

#[test]
fn rejects_an_empty_mirror() {
    let (_dir, environment) = make_tree(false);
    let base_url = Some("".into());
    let message = plan_error(&Environment {
        base_url,
        ..environment
    });
    assert!(
        message.contains("FASTBOOP_STAGE0_BASE_URL: set but empty"),
        "{message}"
    );
}
