//! The layers of an image, as text and as JSON.

use cli_main::escape;
use disk_image::{Kind, Layer, Partition};
use serde::Serialize;

/// A layer. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
pub struct LayerReport {
    /// What the layer contains: a compression, `sparse`, `GPT`, `MBR`, a file system, or the name of an
    /// unsupported format; `unknown` and `damaged` otherwise.
    kind: String,
    /// The size in bytes.
    size: u64,
    /// The UUID of a partition table or a file system.
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
    /// The label of a file system.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// The partition that the layer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<PartitionReport>,
    /// The layers in this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<LayerReport>,
}

#[derive(Debug, Serialize)]
struct PartitionReport {
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    uuid: String,
    /// The GUID of the type, or the byte as `0x83`.
    r#type: String,
    /// The offset in bytes from the beginning of the layer with the table.
    start: u64,
    bootable: bool,
}

impl LayerReport {
    /// Describes a layer and those in it.
    pub fn new(layer: &Layer) -> Self {
        let mut report = LayerReport {
            kind: String::new(),
            size: layer.view.content().size(),
            uuid: None,
            label: None,
            partition: layer.partition.as_ref().map(PartitionReport::new),
            children: layer.children.iter().map(LayerReport::new).collect(),
        };
        report.kind = match &layer.kind {
            Kind::Compressed(format) => format.name().to_owned(),
            Kind::Sparse => "sparse".to_owned(),
            Kind::Table(table) => {
                report.uuid = Some(table.uuid.clone());
                table.format.to_string()
            }
            Kind::FileSystem(found) => {
                report.uuid.clone_from(&found.uuid);
                report.label.clone_from(&found.label);
                found.kind.to_owned()
            }
            Kind::Other(name) => (*name).to_owned(),
            Kind::Unknown => "unknown".to_owned(),
            Kind::Damaged(message) => format!("damaged: {message}"),
        };
        report
    }

    /// Returns a line for the layer and each in it, as a tree.
    pub fn text(&self) -> String {
        let mut text = self.line() + "\n";
        self.append_children(&mut text, "");
        text
    }

    fn append_children(&self, text: &mut String, indent: &str) {
        for (at, child) in self.children.iter().enumerate() {
            let is_last = at + 1 == self.children.len();
            let (branch, below) = if is_last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            *text += &format!("{indent}{branch}{}\n", child.line());
            child.append_children(text, &format!("{indent}{below}"));
        }
    }

    fn line(&self) -> String {
        let mut line = String::new();
        if let Some(partition) = &self.partition {
            line += &format!("{} ", partition.number);
            if let Some(name) = &partition.name {
                line += &format!("{name:?} ");
            }
        }
        line += &format!("{}, {}", self.kind, format_size(self.size));
        if let Some(label) = &self.label {
            line += &format!(", LABEL={label}");
        }
        if let Some(uuid) = &self.uuid {
            line += &format!(", UUID={uuid}");
        }
        escape(&line)
    }
}

impl PartitionReport {
    fn new(partition: &Partition) -> Self {
        PartitionReport {
            number: partition.number,
            name: partition.name.clone(),
            uuid: partition.uuid.clone(),
            r#type: partition.kind.to_string(),
            start: partition.start,
            bootable: partition.is_bootable,
        }
    }
}

/// Formats a size in bytes with a decimal prefix, as disks are sold.
pub fn format_size(bytes: u64) -> String {
    let mut unit = "bytes";
    let mut divisor = 1;
    for (next, size) in [("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)] {
        if bytes >= size {
            (unit, divisor) = (next, size);
        }
    }
    if divisor == 1 {
        return format!("{bytes} {unit}");
    }
    format!("{:.1} {unit}", bytes as f64 / divisor as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_decimal_prefixes() {
        for (bytes, expected) in [
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (48_300_000, "48.3 MB"),
            (4_294_967_296, "4.3 GB"),
        ] {
            assert_eq!(format_size(bytes), expected);
        }
    }

    #[test]
    fn text_is_a_tree() {
        let layer = |kind: &str, children| LayerReport {
            kind: kind.to_owned(),
            size: 1,
            uuid: None,
            label: None,
            partition: None,
            children,
        };
        let parts = vec![layer("vfat", vec![]), layer("ext4\n", vec![])];
        let text = layer("xz", vec![layer("GPT", parts)]).text();
        let lines = [
            "xz, 1 bytes",
            "└─ GPT, 1 bytes",
            "   ├─ vfat, 1 bytes",
            "   └─ ext4\\n, 1 bytes",
        ];
        assert_eq!(text, lines.join("\n") + "\n");
    }
}
