//! A build without a network: it works with what was downloaded before, and names what is missing otherwise.

use std::path::Path;
use std::process::Command;
use std::{fmt, fs};

use clean_build::{Error, Place, Surroundings};
use serde::Serialize;
use serde_json::Value;

use crate::setting::{FIRST, Setting};

/// The kernel's list of network interfaces.
const INTERFACES: &str = "/proc/net/dev";

/// One build.
#[derive(Debug, Serialize)]
struct Outcome {
    missing: &'static str,
    success: bool,
    /// What it has to say; `None`: it has to succeed.
    expected: Option<&'static str>,
    /// The first line that says it, or the first error.
    said: Option<String>,
    sha256: Option<String>,
}

/// Builds with all downloads, without Bazel's and without Cargo's; whether each ended as it should.
pub fn run(setting: &Setting, crates: &Path) -> Result<(bool, Value), String> {
    let interfaces =
        fs::read_to_string(INTERFACES).map_err(|error| format!("{INTERFACES}: {error}"))?;
    if let Some(name) = networks(&interfaces).first() {
        return Err(format!(
            "there is a network ({name}), so nothing would be shown; run this with `unshare --net`, as tools/cache-check/with-servers does"
        ));
    }
    // Bazel talks to its own server through it, and a new namespace has it down.
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    if !up.is_ok_and(|status| status.success()) {
        return Err(
            "`ip link set lo up` fails; is iproute2 installed, and are you root?".to_owned(),
        );
    }
    let said = |error: Error| error.to_string();

    let place = setting.place(FIRST, Surroundings::plain(), "")?;
    place.add_crates(crates).map_err(said)?;
    let mut outcomes = vec![built(setting, place, "nothing", None)?];

    let place = setting.bare_place("without-downloads")?;
    place.add_crates(crates).map_err(said)?;
    let blocked = "Configured URL rewriter blocked all URLs: ";
    outcomes.push(built(setting, place, "Bazel's downloads", Some(blocked))?);

    let place = setting.place("without-crates", Surroundings::plain(), "")?;
    let no_crate = "no matching package named ";
    outcomes.push(built(setting, place, "Cargo's downloads", Some(no_crate))?);

    let holds = outcomes.iter().all(Outcome::holds);
    let json = serde_json::to_value(&outcomes).map_err(|error| error.to_string())?;
    Ok((holds, json))
}

fn built(
    setting: &Setting,
    place: Place,
    missing: &'static str,
    expected: Option<&'static str>,
) -> Result<Outcome, String> {
    let (success, log) = match place.build("build", &["--config=offline", &setting.target]) {
        Ok(build) => (build.status.success(), build.log),
        // So early that Bazel leaves no log of actions.
        Err(Error::Failed { log, .. }) => {
            let bytes = fs::read(&log).map_err(|error| format!("{}: {error}", log.display()))?;
            (false, String::from_utf8_lossy(&bytes).into_owned())
        }
        Err(error) => return Err(error.to_string()),
    };
    let digest = place.digest(&setting.artifact).ok();
    let outcome = Outcome {
        missing,
        success,
        expected,
        said: said(&log, expected),
        sha256: digest.map(|digest| digest.to_string()),
    };
    println!("{outcome}");
    place.discard().map_err(|error| error.to_string())?;
    Ok(outcome)
}

impl Outcome {
    fn holds(&self) -> bool {
        match self.expected {
            None => self.success && self.sha256.is_some(),
            Some(text) => {
                let said = self.said.as_ref();
                !self.success && said.is_some_and(|line| line.contains(text))
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "ok" } else { "error" };
        write!(f, "{verdict}: {} missing: ", self.missing)?;
        match (&self.sha256, &self.said) {
            (Some(sha256), _) => write!(f, "sha256 {sha256}"),
            (None, Some(said)) => f.write_str(said),
            (None, None) => f.write_str("no error is told"),
        }
    }
}

/// The line that has the text; if there is none, the first error.
fn said(log: &str, expected: Option<&str>) -> Option<String> {
    let named = expected.and_then(|text| log.lines().find(|line| line.contains(text)));
    let error = || log.lines().find(|line| line.starts_with("ERROR: "));
    named.or_else(error).map(|line| line.trim().to_owned())
}

/// The interfaces besides the loopback, of what the kernel lists after two lines of headings.
fn networks(interfaces: &str) -> Vec<&str> {
    let names = interfaces
        .lines()
        .skip(2)
        .filter_map(|line| line.split(':').next());
    names.map(str::trim).filter(|name| *name != "lo").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_seen() {
        let none = "Inter-|\n face |bytes\n    lo: 12 0\n";
        assert_eq!(networks(none), [""; 0]);
        assert_eq!(networks(&format!("{none}  eth0: 3 4\n")), ["eth0"]);
    }

    #[test]
    fn a_failure_has_to_name_what_is_missing() {
        let outcome = |success, log| Outcome {
            missing: "x",
            success,
            expected: Some("blocked "),
            said: said(log, Some("blocked ")),
            sha256: None,
        };
        assert!(outcome(false, "ERROR: no\nblocked x").holds());
        assert!(!outcome(false, "ERROR: no\n").holds());
        assert!(!outcome(true, "blocked x").holds());
        assert_eq!(outcome(false, "ERROR: no\n").said.unwrap(), "ERROR: no");
    }

    #[test]
    fn a_build_with_everything_has_to_make_the_artifact() {
        let mut outcome = Outcome {
            missing: "nothing",
            success: true,
            expected: None,
            said: None,
            sha256: Some("1".to_owned()),
        };
        assert!(outcome.holds());
        outcome.sha256 = None;
        assert!(!outcome.holds());
    }
}
