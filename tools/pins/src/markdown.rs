//! Tables of Markdown.

use std::fmt::Write;

/// A table under a heading, with a paragraph before it.
#[derive(Debug)]
pub struct Section {
    pub heading: &'static str,
    pub text: String,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<String>>,
}

/// The section as Markdown.
pub fn render(section: &Section) -> String {
    let mut out = format!("## {}\n\n{}\n", section.heading, section.text);
    if !section.rows.is_empty() {
        let rule: String = section.columns.iter().map(|_| "---|").collect();
        let _ = write!(out, "\n| {} |\n|{rule}\n", section.columns.join(" | "));
    }
    for row in &section.rows {
        let cells: Vec<_> = row
            .iter()
            .map(|cell| cell.replace('\n', " ").replace('|', "\\|"))
            .collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_its_table() {
        let section = Section {
            heading: "H",
            text: "T".into(),
            columns: &["a", "b"],
            rows: vec![vec!["1|2".into(), "3\n4".into()]],
        };
        assert_eq!(
            render(&section),
            "## H\n\nT\n\n| a | b |\n|---|---|\n| 1\\|2 | 3 4 |\n"
        );
    }
}
