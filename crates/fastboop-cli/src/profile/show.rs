//! `fastboop profile show`: prints a profile.

use anyhow::Context;
use clap::Args;
use cli_main::escape;
use device_profiles::Profile;
use serde::Serialize;

use super::load;

/// The arguments of `fastboop profile show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop profile show oneplus-fajita
  fastboop profile show oneplus-fajita >~/.config/fastboop/devpro/oneplus-fajita.yaml
  fastboop profile show oneplus-fajita --json | jq .android_bootimg.page_size")]
pub struct Arguments {
    /// The id of the profile: see `fastboop profile list`
    id: String,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    /// The path of the file, or `built in`.
    source: String,
    #[serde(flatten)]
    profile: &'a Profile,
}

/// Prints the profile as YAML, after a comment with its file.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let profiles = load();
    let entry = profiles.get(&arguments.id).with_context(|| {
        let id = &arguments.id;
        format!("profile {id:?}: not found; `fastboop profile list` lists all of them")
    })?;
    let source = entry.source.to_string();
    if arguments.json {
        let profile = &entry.profile;
        let shown = Shown { source, profile };
        return cli_main::print(serde_json::to_string_pretty(&shown)? + "\n");
    }
    let text = entry.profile.to_yaml();
    cli_main::print(format!("# {}\n{text}", escape(&source)))
}
