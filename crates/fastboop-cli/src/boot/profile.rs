//! The profile of the device: named, or chosen by the user.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, bail};
use cli_main::escape;
use device_profiles::{Profile, read};

/// The number of answers that are not valid before the program gives up.
const ATTEMPTS: u32 = 3;

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

/// Lets the user choose one of several profiles.
pub fn ask<'p>(profiles: &[&'p Profile], is_interactive: bool) -> anyhow::Result<&'p Profile> {
    if !is_interactive || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let ids: Vec<_> = profiles.iter().map(|profile| profile.id.as_str()).collect();
        bail!(
            "several profiles match, and nothing that the boot loader reports distinguishes them; choose one with --profile {}",
            ids.join(" or --profile ")
        );
    }
    let mut list = "several profiles match this device:\n".to_owned();
    for (profile, number) in profiles.iter().zip(1..) {
        let name = profile.display_name.as_deref().unwrap_or_default();
        list += &format!("  {number}  {}  {name}\n", profile.id);
    }
    cli_main::note(list.trim_end());
    read_choice(profiles, &mut io::stdin().lock())
}

/// Reads a number or an id.
fn read_choice<'p>(
    profiles: &[&'p Profile],
    input: &mut dyn BufRead,
) -> anyhow::Result<&'p Profile> {
    for _ in 0..ATTEMPTS {
        let mut stderr = io::stderr();
        let _ = write!(stderr, "number of the device: ").and_then(|()| stderr.flush());
        let mut answer = String::new();
        if input.read_line(&mut answer)? == 0 {
            break;
        }
        let answer = answer.trim();
        let number = answer.parse::<usize>().ok();
        let by_number = number.and_then(|number| profiles.get(number.checked_sub(1)?));
        let found = by_number.or_else(|| profiles.iter().find(|profile| profile.id == answer));
        if let Some(found) = found {
            return Ok(found);
        }
        cli_main::note(format!(
            "{}: expected 1 to {}",
            escape(answer),
            profiles.len()
        ));
    }
    bail!("no profile was chosen; choose one with --profile")
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_profiles::Profiles;

    #[test]
    fn reads_numbers_and_ids() {
        let all = Profiles::load(&[]);
        let profiles: Vec<&Profile> = all.iter().take(2).collect();
        let choose = |mut input: &[u8]| read_choice(&profiles, &mut input).map(|found| &found.id);
        assert_eq!(choose(b"1\n").unwrap(), &profiles[0].id);
        assert_eq!(choose(b"0\n3\n 2\n").unwrap(), &profiles[1].id);
        assert_eq!(choose(profiles[1].id.as_bytes()).unwrap(), &profiles[1].id);
        for input in [&b""[..], b"\n\n\n1\n", b"x\n"] {
            let error = choose(input).unwrap_err().to_string();
            assert!(error.contains("--profile"), "{error}");
        }
    }
}
