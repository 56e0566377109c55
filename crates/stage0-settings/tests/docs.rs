//! Compares the table of settings in the documentation with the code.

use stage0_settings::TABLE;

const DOCS: &str = include_str!("../../../docs/stage0.md");

#[test]
fn docs_list_every_setting() {
    for setting in TABLE {
        let row = format!(
            "| `{}` | {} | {} | {} |",
            setting.key, setting.values, setting.default, setting.meaning
        );
        assert!(
            DOCS.lines().any(|line| line == row),
            "docs/stage0.md: missing line:\n{row}"
        );
    }
}

#[test]
fn docs_list_no_other_setting() {
    let rows = DOCS
        .lines()
        .skip_while(|line| !line.starts_with("| setting |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    assert_eq!(rows.count(), TABLE.len());
}
