//! One file system of an image.

use disk_image::{Kind, Layer, Partition, View};
use file_system::FileSystem;

/// A file system of an image.
pub struct Volume {
    /// The name in messages, such as `partition 2 "root" (ext4)`.
    pub name: String,
    /// The label of the file system.
    pub label: Option<String>,
    /// The UUID of the file system in lower case.
    pub uuid: Option<String>,
    /// The partition that contains it; the innermost, if partitions contain others.
    pub partition: Option<Partition>,
    /// The file system.
    pub fs: Box<dyn FileSystem>,
    /// The layer that contains the file system, from its first byte on.
    pub view: View,
}

impl Volume {
    pub(crate) fn new(layer: &Layer, partitions: &[&Partition], fs: Box<dyn FileSystem>) -> Self {
        let (label, uuid) = match &layer.kind {
            Kind::FileSystem(found) => (found.label.clone(), found.uuid.clone()),
            _ => (None, None),
        };
        let place = match partitions {
            [] => "image".to_owned(),
            all => all
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        };
        Volume {
            name: format!("{place} ({})", fs.kind()),
            label,
            uuid,
            partition: partitions.last().map(|partition| (*partition).clone()),
            fs,
            view: layer.view.clone(),
        }
    }
}
