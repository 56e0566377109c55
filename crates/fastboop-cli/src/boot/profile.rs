//! The profile that the user names.

use std::path::Path;

use anyhow::Context;
use device_profiles::{Profile, read};

/// Returns the profile with this id, or that in a file.
pub fn load(name: &str) -> anyhow::Result<Profile> {
    // Ids contain no slash.
    if name.contains('/') {
        return Ok(read(Path::new(name))?);
    }
    let profiles = crate::profile::load();
    let entry = profiles.get(name).with_context(|| {
        format!(
            "profile {name:?}: not found; `fastboop profile list` lists all of them, and a file is named with a slash, such as ./NAME"
        )
    })?;
    Ok(entry.profile.clone())
}
