//! `fastboop man`: writes the manual pages, for distribution packages.

use std::io;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};
use clap_mangen::Man;
use fastboop_files::file::write_atomic;

/// The arguments of `fastboop man`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fastboop man /usr/share/man/man1")]
pub struct Arguments {
    /// The directory to write the manual pages to, one for each subcommand; existing ones are replaced
    directory: PathBuf,
}

/// Writes the pages, in roff (`man 7 man`).
pub fn run(arguments: &Arguments, command: Command) -> anyhow::Result<()> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pending = vec![command];
    while let Some(mut command) = pending.pop() {
        let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        pending.extend(visible.cloned());
        let (name, page) = render(&mut command)?;
        write_atomic(&arguments.directory.join(name), page.as_bytes(), false).with_context(
            || {
                format!(
                    "{}: cannot write the manual pages",
                    arguments.directory.display()
                )
            },
        )?;
    }
    Ok(())
}

/// Returns the file name and the content of a page.
fn render(command: &mut Command) -> io::Result<(String, String)> {
    // clap_mangen leaves out the values of options in its own synopsis.
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let notes = command.get_after_help().map(ToString::to_string);
    let command = command.clone().override_usage(usage);
    let has_subcommands = command.has_subcommands();
    let man = Man::new(command)
        .source(concat!("fastboop ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_subcommands {
        man.render_subcommands_section(&mut page)?;
    }
    let mut page = String::from_utf8_lossy(&page).into_owned();
    page += &render_notes(&notes.unwrap_or_default());
    Ok((man.get_filename(), page))
}

/// Renders the text after the options, which clap_mangen would fill like a paragraph: indented lines are
/// examples, and stay as they are.
fn render_notes(notes: &str) -> String {
    let mut page = String::new();
    for line in notes.lines() {
        page += &match line.strip_prefix("  ") {
            Some(example) => format!(".nf\n.RS\n{}\n.RE\n.fi\n", escape(example)),
            None if line.starts_with("Example") => ".SH EXAMPLES\n".to_owned(),
            None if line.is_empty() => ".PP\n".to_owned(),
            None => escape(line) + "\n",
        };
    }
    page
}

/// Escapes what roff would interpret: backslashes, hyphens that are minus signs, and a leading dot.
fn escape(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) {
        return format!("\\&{line}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_not_filled() {
        assert_eq!(
            render_notes("Examples:\n  a -b \\c\n  .d\n\nText."),
            ".SH EXAMPLES\n.nf\n.RS\na \\-b \\ec\n.RE\n.fi\n.nf\n.RS\n\\&.d\n.RE\n.fi\n.PP\nText.\n"
        );
    }
}
