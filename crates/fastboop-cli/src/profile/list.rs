//! `fastboop profile list`: lists the profiles.

use clap::Args;
use cli_main::escape;
use device_profiles::Entry;
use serde::Serialize;

use super::load;

/// The arguments of `fastboop profile list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop profile list
  fastboop profile list --json | jq -r '.profiles[].id'")]
pub struct Arguments {
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
struct List {
    profiles: Vec<Row>,
    /// The files that are not used, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    name: Option<String>,
    device_tree: String,
    /// The path of the file, or `built in`.
    source: String,
}

/// Prints the list, sorted by id.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let profiles = load();
    let list = List {
        profiles: profiles.entries().map(Row::new).collect(),
        errors: profiles.errors.iter().map(ToString::to_string).collect(),
    };
    if arguments.json {
        return cli_main::print(serde_json::to_string_pretty(&list)? + "\n");
    }
    cli_main::print(list.text())
}

impl Row {
    fn new(entry: &Entry) -> Self {
        Row {
            id: entry.profile.id.clone(),
            name: entry.profile.display_name.clone(),
            device_tree: entry.profile.device_tree.clone(),
            source: entry.source.to_string(),
        }
    }

    fn columns(&self) -> [String; 4] {
        let name = self.name.as_deref().unwrap_or("-");
        [&self.id, name, &self.device_tree, &self.source].map(escape)
    }
}

impl List {
    fn text(&self) -> String {
        let rows: Vec<_> = self.profiles.iter().map(Row::columns).collect();
        let width = |column: fn(&[String; 4]) -> &str| {
            let widths = rows.iter().map(|row| column(row).chars().count());
            widths.max().unwrap_or_default()
        };
        let (id, name, tree) = (
            width(|[id, ..]| id),
            width(|[_, name, ..]| name),
            width(|[_, _, tree, _]| tree),
        );
        let line = |[a, b, c, d]: &[String; 4]| format!("{a:<id$}  {b:<name$}  {c:<tree$}  {d}\n");
        rows.iter().map(line).collect()
    }
}
