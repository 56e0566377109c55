//! How stage0 finds the root file system.

use image_files::{System, Volume};
use stage0_settings::Settings;

use crate::request::USB;
use crate::{Request, RootReport, RootSource};

/// The file systems whose UUIDs stage0 reads (`docs/stage0.md`).
const WITH_UUID: [&str; 2] = ["ext4", "erofs"];

/// The settings of stage0 that the image decides, where the user does not: where the root is, and its deployment.
pub(crate) fn settings(system: &System, request: &Request) -> Vec<(&'static str, String)> {
    let root = match request.root {
        RootSource::Usb => Some(USB.to_owned()),
        RootSource::Disk => find(system.volume()),
    };
    let root = root.map(|root| ("root", root));
    let deployment = system.deployment();
    let ostree = deployment.map(|deployment| {
        let path = deployment.path();
        ("ostree", format!("/{}", path.display()))
    });
    let settings = root.into_iter().chain(ostree);
    let is_open = |(key, _): &(&str, String)| request.setting(key).is_none();
    settings.filter(is_open).collect()
}

/// The UUID of the file system, which stays the same wherever it is written to, or else that of its partition.
fn find(volume: &Volume) -> Option<String> {
    let has_uuid = WITH_UUID.contains(&volume.fs.kind());
    let uuid = volume.uuid.as_ref().filter(|_| has_uuid);
    let partition = volume.partition.as_ref();
    let found = [
        uuid.map(|uuid| format!("UUID={uuid}")),
        partition.map(|partition| format!("PARTUUID={}", partition.uuid)),
    ];
    // A damaged image may have texts there that are not UUIDs.
    let is_valid = |value: &String| Settings::default().set("root", value).is_ok();
    found.into_iter().flatten().find(is_valid)
}

/// Describes the root.
pub(crate) fn report(
    system: &System,
    os: Option<String>,
    request: &Request,
    settings: &[(&'static str, String)],
) -> RootReport {
    let default = settings.iter().find(|(key, _)| *key == "root");
    let default = default.map(|(_, value)| value.clone());
    RootReport {
        file_system: system.volume().name.clone(),
        os,
        deployment: system.deployment().map(ToString::to_string),
        setting: default.or_else(|| request.setting("root").map(str::to_owned)),
    }
}
