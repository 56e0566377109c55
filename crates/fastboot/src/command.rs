//! The commands that can be sent.

use std::fmt;
use std::num::NonZeroU32;

use crate::Error;

/// The longest command, in bytes. LK, ABL and U-Boot misbehave on longer ones.
pub const MAX_COMMAND: usize = 64;

const GETVAR: &str = "getvar:";

/// A command that writes nothing to the storage of a device.
///
/// Its text is that on the wire. The enum is the list of everything that is ever sent as a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Returns the value of a variable.
    GetVar(VariableName),
    /// Announces a number of bytes, which the device stores in its memory.
    Download(NonZeroU32),
    /// Boots what was downloaded.
    Boot,
}

impl Command {
    /// The name of the command, without its argument.
    pub fn name(&self) -> &'static str {
        match self {
            Command::GetVar(_) => "getvar",
            Command::Download(_) => "download",
            Command::Boot => "boot",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::GetVar(name) => write!(f, "{GETVAR}{name}"),
            Command::Download(size) => write!(f, "download:{size:08x}"),
            Command::Boot => f.write_str("boot"),
        }
    }
}

/// The name of a variable that is safe to query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableName(String);

impl VariableName {
    /// Validates a name. Names may contain colons, as `partition-type:boot` and `lk2nd:compatible` do.
    ///
    /// # Errors
    /// - The name contains anything but visible ASCII characters.
    /// - The name is a beginning of `all`. LK and ABL compare no more characters than they got, and
    ///   answer even `a` with all variables.
    /// - The command would be longer than [`MAX_COMMAND`].
    pub fn new(name: &str) -> Result<Self, Error> {
        let reason = if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            "expected only visible ASCII characters; correct the name"
        } else if "all".starts_with(name) {
            "boot loaders answer it with all variables; name one variable in full"
        } else if GETVAR.len() + name.len() > MAX_COMMAND {
            "longer than the 57 bytes that boot loaders accept; shorten the name"
        } else {
            return Ok(VariableName(name.to_owned()));
        };
        Err(Error::VariableName {
            name: name.to_owned(),
            reason,
        })
    }

    /// A name that is known to be valid.
    pub(crate) fn known(name: &'static str) -> Self {
        debug_assert!(Self::new(name).is_ok(), "{name}");
        VariableName(name.to_owned())
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `text` is one of the three commands, with nothing that could make it another one.
    fn is_harmless(text: &str) -> bool {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_download = text.strip_prefix("download:").is_some_and(|size| {
            size.len() == 8 && size.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        let is_command = text == "boot" || is_download || text.starts_with("getvar:");
        is_visible && is_command && text.len() <= MAX_COMMAND
    }

    #[test]
    fn can_express_only_commands_that_write_nothing() {
        let dangerous = [
            "flash:boot",
            "erase:userdata",
            "format:userdata",
            "set_active:a",
            "oem unlock",
            "flashing unlock",
            "update-super:super",
            "upload",
            "reboot",
            "signature",
        ];
        let mut names: Vec<String> = (0..=u8::MAX).map(|byte| char::from(byte).into()).collect();
        names.extend((0..=u8::MAX).map(|byte| format!("x{}flash:boot", char::from(byte))));
        for text in dangerous {
            names.push(text.to_owned());
            for separator in [":", "\0", "\n", "\r\n", ";", " ", "\u{7f}", "\u{1b}", "é"] {
                names.push(format!("product{separator}{text}"));
                names.push(format!("{separator}{text}"));
                names.push(format!("{text}{separator}"));
            }
        }
        names.extend((0..200).map(|length| "x".repeat(length)));
        let getvars = names.iter().filter_map(|name| VariableName::new(name).ok());
        let sizes = (0..32).map(|bit| 1 << bit).chain([u32::MAX]);
        let downloads = sizes.filter_map(NonZeroU32::new).map(Command::Download);
        let commands = getvars.map(Command::GetVar).chain(downloads);
        let mut count = 0;
        for command in commands.chain([Command::Boot]) {
            // Without a wildcard: a further command does not compile until it is considered here.
            match command {
                Command::GetVar(_) | Command::Download(_) | Command::Boot => {}
            }
            let text = command.to_string();
            assert!(is_harmless(&text), "{text:?}");
            assert!(text.starts_with(command.name()), "{text:?}");
            count += 1;
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn refuses_commands_over_64_bytes() {
        let longest = VariableName::new(&"x".repeat(57)).unwrap();
        assert_eq!(Command::GetVar(longest).to_string().len(), 64);
        assert!(VariableName::new(&"x".repeat(58)).is_err());
    }

    #[test]
    fn refuses_names_that_boot_loaders_take_for_all() {
        for name in ["", "a", "al", "all"] {
            let error = VariableName::new(name).unwrap_err().to_string();
            assert!(error.contains("all variables"), "{error}");
        }
        assert!(VariableName::new("allowed").is_ok());
    }

    #[test]
    fn accepts_names_with_colons() {
        let name = VariableName::new("partition-type:op2").unwrap();
        assert_eq!(
            Command::GetVar(name).to_string(),
            "getvar:partition-type:op2"
        );
    }

    #[test]
    fn refuses_invisible_characters() {
        for name in ["a b", "a\0b", "a\nflash:boot", "\u{1b}[2J", "größe"] {
            let error = VariableName::new(name).unwrap_err().to_string();
            assert!(
                error.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                "{error:?}"
            );
        }
    }
}
