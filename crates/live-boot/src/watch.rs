//! What becomes of a device that got the image.

use std::time::Duration;

use serde::Serialize;

use crate::Answer;

/// How long a device may take to start the kernel and leave its connection.
const LEAVES: Duration = Duration::from_secs(15);
/// How long a boot loader may take to come back after the kernel failed.
const RETURNS: Duration = Duration::from_secs(15);

/// Something that happened to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It disconnected.
    Left,
    /// Its boot loader is there again.
    Returned,
    /// It connected as something else than a boot loader.
    Appeared,
}

/// The connection to a device, where it can be observed, as USB can.
pub trait Watch {
    /// Waits until something happens; `None` if nothing did until `limit`.
    fn wait(&mut self, limit: Duration) -> Option<Change>;
}

/// What became of a device. Its names must stay: programs read them in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The boot loader accepted the image, and the device cannot be observed.
    Accepted,
    /// The boot loader did not answer, and the device cannot be observed.
    Unconfirmed,
    /// The device disconnected, as it does when a kernel starts.
    Left,
    /// The device connected as something else than a boot loader.
    Appeared,
    /// The boot loader is there again: the kernel did not start, or failed.
    Returned,
    /// The device neither disconnected nor did anything else.
    Stayed,
}

/// Observes a device after the command to boot. `watch` is `None` where it cannot be observed, as in a network.
pub fn observe(answer: Answer, watch: Option<&mut dyn Watch>) -> Outcome {
    let Some(watch) = watch else {
        return match answer {
            Answer::Accepted => Outcome::Accepted,
            Answer::None => Outcome::Unconfirmed,
        };
    };
    match watch.wait(LEAVES) {
        None => return Outcome::Stayed,
        Some(Change::Left) => {}
        Some(Change::Returned) => return Outcome::Returned,
        Some(Change::Appeared) => return Outcome::Appeared,
    }
    match watch.wait(RETURNS) {
        None | Some(Change::Left) => Outcome::Left,
        Some(Change::Returned) => Outcome::Returned,
        Some(Change::Appeared) => Outcome::Appeared,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one change after the other.
    struct Script(Vec<Option<Change>>);

    impl Watch for Script {
        fn wait(&mut self, _: Duration) -> Option<Change> {
            self.0.remove(0)
        }
    }

    #[test]
    fn a_device_in_a_network_is_not_observed() {
        assert_eq!(observe(Answer::Accepted, None), Outcome::Accepted);
        assert_eq!(observe(Answer::None, None), Outcome::Unconfirmed);
    }

    #[test]
    fn a_boot_loader_that_comes_back_is_noticed() {
        for (changes, outcome) in [
            (vec![None], Outcome::Stayed),
            (vec![Some(Change::Left), None], Outcome::Left),
            (
                vec![Some(Change::Left), Some(Change::Returned)],
                Outcome::Returned,
            ),
            (
                vec![Some(Change::Left), Some(Change::Appeared)],
                Outcome::Appeared,
            ),
            (vec![Some(Change::Returned)], Outcome::Returned),
            (vec![Some(Change::Appeared)], Outcome::Appeared),
        ] {
            for answer in [Answer::Accepted, Answer::None] {
                let mut script = Script(changes.clone());
                assert_eq!(observe(answer, Some(&mut script)), outcome, "{changes:?}");
            }
        }
    }
}
