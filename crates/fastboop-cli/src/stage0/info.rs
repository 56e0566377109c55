//! `fastboop stage0 info`: describes the embedded stage0.

use anyhow::Context;
use clap::Args;
use fastboop_stage0_generator::{EMBED_MODE, inspect_embedded};
use serde::Serialize;
use stage0_artifact::Artifact;

/// The arguments of `fastboop stage0 info`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fastboop stage0 info --json | jq -r .sha256    equals sha256sum of what `extract` writes")]
pub struct Arguments {
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
struct Info<'a> {
    #[serde(flatten)]
    artifact: &'a Artifact,
    /// The origin of the artifact: [`EMBED_MODE`].
    embedded: &'a str,
}

/// Prints the description.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let artifact = inspect_embedded().context("the embedded stage0 is invalid")?;
    let info = Info {
        artifact: &artifact,
        embedded: EMBED_MODE,
    };
    let text = if arguments.json {
        serde_json::to_string_pretty(&info)? + "\n"
    } else {
        info.text()
    };
    cli_main::print(text)
}

impl Info<'_> {
    fn text(&self) -> String {
        let Artifact {
            target,
            size,
            sha256,
            version,
            linkage,
        } = self.artifact;
        let version = version
            .as_deref()
            .unwrap_or("unknown (no package metadata)");
        let embedded = self.embedded;
        format!(
            "target    {target}\n\
             size      {size} bytes\n\
             sha256    {sha256}\n\
             version   {version}\n\
             linkage   {linkage}\n\
             embedded  {embedded}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastboop_files::Sha256Digest;
    use stage0_artifact::Target;
    use stage0_artifact::elf::Linkage;

    #[test]
    fn text_and_json_agree() {
        let mut artifact = Artifact {
            target: Target::Riscv64,
            size: 3,
            sha256: Sha256Digest::compute(b"abc"),
            version: Some("1.2.3".to_owned()),
            linkage: Linkage::StaticPie,
        };
        let digest = artifact.sha256.to_string();
        fn info(artifact: &Artifact) -> Info<'_> {
            let embedded = "path";
            Info { artifact, embedded }
        }
        assert_eq!(
            info(&artifact).text(),
            format!(
                "target    riscv64gc-unknown-linux-musl\nsize      3 bytes\nsha256    {digest}\n\
                 version   1.2.3\nlinkage   static-pie\nembedded  path\n"
            )
        );
        let json = serde_json::to_value(info(&artifact));
        let expected = serde_json::json!({
            "target": "riscv64gc-unknown-linux-musl", "size": 3, "sha256": digest,
            "version": "1.2.3", "linkage": "static-pie", "embedded": "path",
        });
        assert_eq!(json.ok(), Some(expected));

        artifact.version = None;
        assert!(info(&artifact).text().contains("version   unknown"));
    }
}
