//! `fastboop profile`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use common::text;
use serde_json::Value;
use tempfile::TempDir;

/// A directory with the user's profiles, in which fastboop runs.
struct Work(TempDir);

impl Work {
    fn new() -> Self {
        let work = Work(tempfile::tempdir().unwrap());
        fs::create_dir_all(work.path("config/fastboop/devpro")).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a profile of the user, with this line in place of `kernel_offset`.
    fn add(&self, name: &str, id: &str, line: &str) {
        let shown = self.stdout(&["profile", "show", "google-sargo"]);
        let text = shown.replace("id: google-sargo", &format!("id: {id}"));
        let text = text.replace("kernel_offset: 0x8000", line);
        fs::write(self.path("config/fastboop/devpro").join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let program = fs::canonicalize(env!("CARGO_BIN_EXE_fastboop")).unwrap();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path());
        command.env("XDG_CONFIG_HOME", self.path("config"));
        command.env("FASTBOOP_SCHEMA_PATH", self.path("more"));
        command.output().unwrap()
    }

    fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let message = text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {message}");
        text(&output.stdout).to_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.stdout(arguments)).unwrap()
    }
}

#[test]
fn list_has_a_line_for_each_profile() {
    let work = Work::new();
    let list = work.stdout(&["profile", "list"]);
    assert!(list.lines().count() >= 8, "{list}");
    let columns = |line: &str| -> Vec<String> {
        let columns = line.split("  ").filter(|column| !column.is_empty());
        columns.map(|column| column.trim().to_owned()).collect()
    };
    let expected = [
        "google-sargo",
        "Google Pixel 3a",
        "qcom/sdm670-google-sargo",
        "built in",
    ];
    assert!(list.lines().any(|line| columns(line) == expected), "{list}");
}

#[test]
fn list_names_files_and_reports_broken_ones() {
    let work = Work::new();
    work.add("broken.yaml", "other", "kernel_place: 0x8000");
    work.add("mine.yaml", "google-sargo", "kernel_offset: 0x10000");
    let output = work.run(&["profile", "list", "--json"]);
    let directory = work.path("config/fastboop/devpro");
    let error = format!(
        "{}/broken.yaml:18:7: boot.fastboot_boot.android_bootimg: unknown field `kernel_place`",
        directory.display()
    );
    let message = text(&output.stderr);
    assert!(
        message.starts_with(&format!("warning: {error}")),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(list["errors"][0].as_str().unwrap().starts_with(&error));
    let row = |id: &str| {
        let rows = list["profiles"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).cloned()
    };
    let mine = row("google-sargo").unwrap();
    assert_eq!(mine["name"], "Google Pixel 3a");
    assert_eq!(mine["device_tree"], "qcom/sdm670-google-sargo");
    let path = directory.join("mine.yaml");
    assert_eq!(mine["source"], path.to_str().unwrap());
    assert_eq!(row("oneplus-fajita").unwrap()["source"], "built in");
    assert!(row("other").is_none());
}

#[test]
fn show_prints_yaml_and_json() {
    let work = Work::new();
    let shown = work.stdout(&["profile", "show", "oneplus-fajita"]);
    assert!(
        shown.starts_with("# built in\nid: oneplus-fajita\n"),
        "{shown}"
    );
    assert!(shown.contains("\n      pid: 0xd00d\n"), "{shown}");
    let shown = work.json(&["profile", "show", "oneplus-fajita", "--json"]);
    assert_eq!(shown["source"], "built in");
    assert_eq!(shown["devicetree_name"], "qcom/sdm845-oneplus-fajita");
    assert_eq!(shown["android_bootimg"]["kernel_offset"], 0x8000);

    work.add("a.yaml", "oneplus-fajita", "kernel_offset: 0x10000");
    let shown = work.stdout(&["profile", "show", "oneplus-fajita"]);
    let path = work.path("config/fastboop/devpro/a.yaml");
    let first = format!("# {}\n", path.display());
    assert!(shown.starts_with(&first), "{shown}");
    assert!(shown.contains("kernel_offset: 0x10000\n"), "{shown}");
}

#[test]
fn show_rejects_an_unknown_id() {
    let output = Work::new().run(&["profile", "show", "a\u{1b}"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "error: profile \"a\\u{1b}\": not found; `fastboop profile list` lists all of them\n"
    );
}

#[test]
fn check_reports_the_mistake_in_each_file() {
    let work = Work::new();
    let shown = work.stdout(&["profile", "show", "google-sargo"]);
    fs::write(work.path("good.yaml"), &shown).unwrap();
    fs::write(work.path("one.yaml"), shown.replace("equals", "equal")).unwrap();
    fs::write(work.path("two.yaml"), shown.replace("sargo\n", "1\n")).unwrap();
    let output = work.run(&["profile", "check", "good.yaml"]);
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());

    let files = ["one.yaml", "good.yaml", "two.yaml", "gone.yaml"];
    let output = work.run(&[&["profile", "check"], &files[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(lines.len(), 3, "{message}");
    for (line, start) in lines.iter().zip([
        "error: one.yaml:11:5: probe[0]: unknown field `equal`, expected one of `fastboot.getvar`, ",
        "error: two.yaml:11:13: probe[0].equals: invalid type: integer `1`, expected a string; ",
        "error: gone.yaml: no such file; check the path",
    ]) {
        assert!(line.starts_with(start), "{message}");
    }
}
