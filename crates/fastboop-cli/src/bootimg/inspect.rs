//! `fastboop bootimg inspect`: describes an Android boot image.

use std::path::PathBuf;

use android_bootimg::{BootImage, Part};
use anyhow::Context;
use clap::Args;
use cli_main::escape;
use read_at::ReadAt;
use serde::Serialize;

use super::content::describe;

/// The arguments of `fastboop bootimg inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fastboop bootimg inspect boot.img
  fastboop bootimg inspect boot.img --json | jq -r .cmdline")]
pub struct Arguments {
    /// The boot image: a file or a partition
    file: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// The output. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
struct Report {
    header_version: u32,
    /// In bytes.
    page_size: u32,
    /// The size of the image in bytes, with the padding at its end.
    size: u64,
    /// The size of the file in bytes.
    file_size: u64,
    /// `null` in the versions 3 and 4.
    addresses: Option<Addresses>,
    os_version: Option<String>,
    os_patch_level: Option<String>,
    /// The name of the board, with bytes that are not UTF-8 replaced.
    name: String,
    /// The kernel command line, likewise.
    cmdline: String,
    /// `null` in the versions 3 and 4.
    id: Option<Id>,
    parts: Vec<PartReport>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Addresses {
    kernel: u32,
    ramdisk: u32,
    second: u32,
    tags: u32,
    /// Only version 2 has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    dtb: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Id {
    /// In hexadecimal digits.
    value: String,
    /// Whether it is the SHA-1 digest of the parts, as mkbootimg sets it.
    matches: bool,
    #[serde(skip)]
    is_zero: bool,
}

#[derive(Debug, Serialize)]
struct PartReport {
    name: &'static str,
    /// The offset in bytes from the beginning of the image.
    offset: u64,
    /// In bytes, without padding.
    size: u32,
    /// What the part contains; `null` if that is unknown.
    content: Option<String>,
}

/// Prints the description.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = || arguments.file.display().to_string();
    let file = super::open(&arguments.file)?;
    let image = BootImage::parse(&file).with_context(name)?;
    let report = Report::new(&image, file.size()).with_context(name)?;
    if arguments.json {
        return cli_main::print(serde_json::to_string_pretty(&report)? + "\n");
    }
    cli_main::print(report.text())
}

impl Report {
    fn new(image: &BootImage, file_size: u64) -> anyhow::Result<Self> {
        let header = image.header();
        let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let computed = image.compute_id()?;
        let parts = image.parts().map(|range| {
            let content = image.part(range.part);
            let content = content.map(|content| describe(range.part, &content));
            Ok(PartReport {
                name: range.part.name(),
                offset: range.offset,
                size: range.size,
                content: content.transpose()?.flatten(),
            })
        });
        Ok(Report {
            header_version: header.version.number(),
            page_size: header.page_size,
            size: image.size(),
            file_size,
            addresses: header.addresses.map(|addresses| Addresses {
                kernel: addresses.kernel,
                ramdisk: addresses.ramdisk,
                second: addresses.second,
                tags: addresses.tags,
                dtb: Part::Dtb.is_in(header.version).then_some(addresses.dtb),
            }),
            os_version: header.os_version.map(|version| version.to_string()),
            os_patch_level: header.patch_level.map(|level| level.to_string()),
            name: lossy(&header.name),
            cmdline: lossy(&header.cmdline),
            id: image.id().map(|id| Id {
                value: id.to_string(),
                matches: computed == Some(id),
                is_zero: id.is_zero(),
            }),
            parts: parts.collect::<anyhow::Result<_>>()?,
            warnings: image.warnings().to_vec(),
        })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut add = |name: &str, value: &str| text += &format!("{name:<16} {}\n", escape(value));
        add("header version:", &self.header_version.to_string());
        add("page size:", &format!("{} bytes", self.page_size));
        let file = match self.file_size {
            size if size == self.size => String::new(),
            size => format!(", in a file of {size} bytes"),
        };
        add("size:", &format!("{} bytes{file}", self.size));
        if let Some(addresses) = &self.addresses {
            addresses.add_text(&mut add);
        }
        for (name, value) in [
            ("OS version:", &self.os_version),
            ("OS patch level:", &self.os_patch_level),
        ] {
            if let Some(value) = value {
                add(name, value);
            }
        }
        if !self.name.is_empty() {
            add("name:", &self.name);
        }
        add("command line:", &self.cmdline);
        if let Some(id) = &self.id {
            let verdict = if id.matches {
                "matches the parts"
            } else if id.is_zero {
                "not set"
            } else {
                "not the SHA-1 digest of the parts"
            };
            add("id:", &format!("{}, {verdict}", id.value));
        }
        for part in &self.parts {
            let content = part.content.as_deref().unwrap_or("unknown content");
            let place = format!("{} bytes at {}", part.size, part.offset);
            add(&format!("{}:", part.name), &format!("{place}, {content}"));
        }
        for warning in &self.warnings {
            add("warning:", warning);
        }
        text
    }
}

impl Addresses {
    fn add_text(&self, add: &mut dyn FnMut(&str, &str)) {
        let mut text = format!(
            "kernel {:#010x}, ramdisk {:#010x}, second {:#010x}, tags {:#010x}",
            self.kernel, self.ramdisk, self.second, self.tags
        );
        if let Some(dtb) = self.dtb {
            text += &format!(", dtb {dtb:#010x}");
        }
        add("addresses:", &text);
    }
}
