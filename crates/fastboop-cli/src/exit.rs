//! Exit codes: `docs/boot.md`. 1 and 2 are those of all commands.

use std::convert::Infallible;

use anyhow::anyhow;
use cli_main::WithExitCode;
use live_boot::{Error, ErrorKind, Outcome};

/// No device, several, or several profiles for it.
pub const DEVICE: u8 = 3;
/// The device refuses to boot the image.
pub const REFUSED: u8 = 4;
/// The image cannot be booted on the device.
pub const IMAGE: u8 = 5;
/// The connection to the device failed.
pub const TRANSFER: u8 = 6;
/// The image was sent, and the device was not seen to start it.
pub const NOT_SEEN: u8 = 7;

/// Ended by Ctrl-C, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// An error with an exit code.
pub fn failure(error: impl Into<anyhow::Error>, code: u8) -> anyhow::Error {
    match Err::<Infallible, _>(error).with_exit_code(code) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// Gives an error of the library its exit code.
pub fn with_code<T>(result: anyhow::Result<T>) -> anyhow::Result<T> {
    let error = result.as_ref().err().and_then(|error| error.downcast_ref());
    match error.map(Error::kind) {
        Some(ErrorKind::Image) => result.with_exit_code(IMAGE),
        Some(ErrorKind::Refused) => result.with_exit_code(REFUSED),
        Some(ErrorKind::Transfer) => result.with_exit_code(TRANSFER),
        Some(ErrorKind::Other) | None => result,
    }
}

/// Fails if the device did not start the image, as far as that can be observed.
pub fn check(outcome: Outcome) -> anyhow::Result<()> {
    let fail = |message: &'static str, code| Err(anyhow!(message)).with_exit_code(code);
    match outcome {
        Outcome::Accepted | Outcome::Left | Outcome::Appeared => Ok(()),
        Outcome::Returned => fail(
            "the boot loader came back: the kernel did not start, or failed; check the device's profile, \
             and look at the log of the boot loader (`fastboot oem log` or `oem lk_log`) or at a serial console",
            REFUSED,
        ),
        Outcome::Stayed => fail(
            "the image was sent, and the device neither left USB nor refused; look at its screen or at a serial console, \
             and restart its boot loader before the next attempt",
            NOT_SEEN,
        ),
        Outcome::Unconfirmed => fail(
            "the image was sent, and the boot loader did not confirm that it boots; look at the screen of the device \
             or at a serial console",
            NOT_SEEN,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_boot_that_was_seen_or_cannot_be_seen_succeeds() {
        for (outcome, code) in [
            (Outcome::Accepted, None),
            (Outcome::Left, None),
            (Outcome::Appeared, None),
            (Outcome::Returned, Some(REFUSED)),
            (Outcome::Stayed, Some(NOT_SEEN)),
            (Outcome::Unconfirmed, Some(NOT_SEEN)),
        ] {
            let error = check(outcome).err();
            assert_eq!(error.as_ref().map(cli_main::exit_code), code, "{outcome:?}");
            assert!(
                error.is_none_or(|error| error.to_string().contains("; ")),
                "{outcome:?}"
            );
        }
    }
}
