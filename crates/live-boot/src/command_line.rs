//! The kernel command line.

use device_profiles::BootImageParameters;

use crate::{Error, Request};

/// Joins the arguments of the profile and the user's, of which the kernel lets the last one of a name count.
///
/// What the image's own boot menu passes to the kernel is left out: it names the root file system and the
/// initramfs that this boot replaces. stage0's settings are files in the initramfs.
pub(crate) fn command_line(
    parameters: &BootImageParameters,
    request: &Request,
) -> Result<String, Error> {
    let profile = parameters.cmdline_append.iter();
    let parts: Vec<&str> = profile
        .chain(&request.cmdline_append)
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect();
    let line = parts.join(" ");
    if line.chars().any(char::is_control) {
        return Err(Error::CommandLine(line));
    }
    let (size, limit) = (line.len() as u64, parameters.limits.command_line);
    if size > limit {
        return Err(Error::Limit {
            what: "command line",
            size,
            limit,
            source_of_limit: "boot loaders ignore the rest",
            hint: "shorten --cmdline-append, or cmdline_append in the profile",
        });
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(profile: &str, user: &[&str]) -> Result<String, Error> {
        let parameters = BootImageParameters {
            cmdline_append: Some(profile.to_owned()),
            ..BootImageParameters::default()
        };
        let request = Request {
            cmdline_append: user.iter().map(|part| (*part).to_owned()).collect(),
            ..Request::default()
        };
        command_line(&parameters, &request)
    }

    #[test]
    fn the_users_arguments_come_last() {
        assert_eq!(line(" a=1 ", &["b", " ", "a=2 "]).unwrap(), "a=1 b a=2");
        assert_eq!(line("", &[]).unwrap(), "");
    }

    #[test]
    fn rejects_more_than_boot_loaders_read() {
        assert_eq!(line(&"a".repeat(511), &[]).unwrap().len(), 511);
        let error = line(&"a".repeat(510), &["b"]).unwrap_err().to_string();
        assert!(
            error.starts_with("command line: 512 bytes, expected at most 511 ("),
            "{error}"
        );
    }

    #[test]
    fn rejects_control_characters() {
        for text in ["a\nb", "a\0b", "a\x1b[2J"] {
            let error = line(text, &[]).unwrap_err().to_string();
            assert!(error.contains("control characters"), "{error}");
            assert!(!error.contains('\x1b'), "{error}");
        }
    }
}
