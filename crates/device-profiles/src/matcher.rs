//! Chooses among profiles.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use crate::{Choices, Probe, Profile};

/// The profiles for boot loaders with a USB ID. What they ask the boot loader, the caller does.
#[derive(Debug, Clone)]
pub struct Matcher<'a> {
    candidates: Vec<&'a Profile>,
}

/// What the values of the variables show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// All profiles are for other devices, each for one reason. The list is empty if the USB ID is that of
    /// none.
    None(Vec<Rejection<'a>>),
    /// One profile matches.
    One(&'a Profile),
    /// Several profiles match: their probes do not distinguish these devices, so the user has to.
    Ambiguous(Vec<&'a Profile>),
}

/// Why a profile does not match: the first of its probes that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// The probe.
    pub probe: &'a Probe,
    /// The value; `None` if the variable is missing.
    pub found: Option<String>,
}

impl Rejection<'_> {
    /// Such as `expected product equals "sdm845", found "sargo"`.
    pub fn reason(&self) -> String {
        match &self.found {
            Some(value) => format!("expected {}, found {value:?}", self.probe),
            None => format!("expected {}, found no such variable", self.probe),
        }
    }
}

impl Display for Rejection<'_> {
    /// Such as `shift-axolotl: expected product equals "sdm845", found "sargo"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.profile.id, self.reason())
    }
}

impl<'a> Matcher<'a> {
    /// Chooses the profiles for a vendor and product ID.
    pub fn new(profiles: impl IntoIterator<Item = &'a Profile>, vid: u16, pid: u16) -> Self {
        let profiles = profiles.into_iter();
        Matcher {
            candidates: profiles
                .filter(|profile| profile.matches_usb(vid, pid))
                .collect(),
        }
    }

    /// Chooses the profiles for a device of which no USB ID is known, as over a network: all that have probes.
    pub fn without_usb_id(profiles: impl IntoIterator<Item = &'a Profile>) -> Self {
        let profiles = profiles.into_iter();
        Matcher {
            candidates: profiles
                .filter(|profile| !profile.probes.is_empty())
                .collect(),
        }
    }

    /// The profiles for the USB ID.
    pub fn candidates(&self) -> &[&'a Profile] {
        &self.candidates
    }

    /// The variables to request of the boot loader, each once.
    pub fn variables(&self) -> Vec<&'a str> {
        let mut variables = Vec::new();
        for probe in self.candidates.iter().flat_map(|found| &found.probes) {
            if !variables.contains(&probe.variable.as_str()) {
                variables.push(&probe.variable);
            }
        }
        variables
    }

    /// Compares the values with the probes. `value` returns the value of a variable, or `None` if the boot
    /// loader does not have it; it is called once for each variable that a decision needs.
    pub fn evaluate(&self, mut value: impl FnMut(&str) -> Option<String>) -> Outcome<'a> {
        let mut values: BTreeMap<&str, Option<String>> = BTreeMap::new();
        let mut matching = Vec::new();
        let mut rejections = Vec::new();
        for profile in &self.candidates {
            let failed = profile.probes.iter().find(|probe| {
                let name = probe.variable.as_str();
                let found = values.entry(name).or_insert_with(|| value(name));
                !probe.condition.is_met(found.as_deref())
            });
            match failed {
                None => matching.push(*profile),
                Some(probe) => rejections.push(Rejection {
                    profile,
                    probe,
                    found: values.get(probe.variable.as_str()).cloned().flatten(),
                }),
            }
        }
        match matching.as_slice() {
            [] => Outcome::None(rejections),
            [profile] => Outcome::One(profile),
            _ => Outcome::Ambiguous(matching),
        }
    }
}

impl<'a> Outcome<'a> {
    /// Decides between several profiles by what the user chose for the device with this serial number. A
    /// choice of another profile than those that match is ignored: serial numbers are not unique.
    #[must_use]
    pub fn with_choice(self, choices: &Choices, serial: &str) -> Self {
        let Outcome::Ambiguous(profiles) = &self else {
            return self;
        };
        let chosen = choices.get(serial);
        let chosen = profiles
            .iter()
            .find(|profile| chosen == Some(profile.id.as_str()));
        match chosen {
            Some(profile) => Outcome::One(profile),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    fn ids(outcome: &Outcome) -> Vec<String> {
        match outcome {
            Outcome::None(_) => vec![],
            Outcome::One(profile) => vec![profile.id.clone()],
            Outcome::Ambiguous(profiles) => profiles.iter().map(|found| found.id.clone()).collect(),
        }
    }

    /// The outcome for 18d1:d00d and these values.
    fn evaluate<'a>(profiles: &'a Profiles, values: &[(&str, &str)]) -> Outcome<'a> {
        Matcher::new(profiles.iter(), 0x18d1, 0xd00d).evaluate(|name| {
            let found = values.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn lists_each_variable_once() {
        let profiles = Profiles::load(&[]);
        let matcher = Matcher::new(profiles.iter(), 0x18d1, 0xd00d);
        assert_eq!(matcher.candidates().len(), 7);
        let expected = [
            "product",
            "variant",
            "partition-type:op2",
            "lk2nd:compatible",
            "serialno",
        ];
        assert_eq!(matcher.variables(), expected);
        let none = Matcher::new(profiles.iter(), 0x18d1, 0xffff);
        assert!(none.variables().is_empty());
        assert_eq!(none.evaluate(|_| None), Outcome::None(vec![]));
    }

    #[test]
    fn built_in_profiles_match_their_devices() {
        let profiles = Profiles::load(&[]);
        for (values, expected) in [
            (
                &[("product", "MSM8916"), ("variant", "SBC eMMC")][..],
                &["arrow-db410c"][..],
            ),
            (
                &[
                    ("product", "lk2nd-msm8916"),
                    ("lk2nd:compatible", "samsung,gt510wifi"),
                ],
                &["samsung-gt510"],
            ),
            (
                &[("product", "sdm845"), ("serialno", "S6MQ1234")],
                &["shift-axolotl"],
            ),
            (
                &[("product", "sdm845"), ("partition-type:op2", "raw")],
                &["oneplus-enchilada", "oneplus-fajita"],
            ),
            (
                &[("product", "beryllium")],
                &["xiaomi-beryllium-ebbg", "xiaomi-beryllium-tianma"],
            ),
        ] {
            assert_eq!(ids(&evaluate(&profiles, values)), expected);
        }
    }

    #[test]
    fn without_a_usb_id_the_probes_decide() {
        let profiles = Profiles::load(&[]);
        let mut all: Vec<_> = profiles.iter().cloned().collect();
        let any = Profile {
            id: "any".to_owned(),
            probes: vec![],
            ..all[0].clone()
        };
        all.push(any);
        let matcher = Matcher::without_usb_id(&all);
        let sargo = |name: &str| (name == "product").then(|| "sargo".to_owned());
        assert_eq!(ids(&matcher.evaluate(sargo)), ["google-sargo"]);
        assert!(ids(&matcher.evaluate(|_| None)).is_empty());
    }

    #[test]
    fn requests_each_variable_once() {
        let profiles = Profiles::load(&[]);
        let mut requests = Vec::new();
        let matcher = Matcher::new(profiles.iter(), 0x18d1, 0xd00d);
        matcher.evaluate(|name| {
            requests.push(name.to_owned());
            None
        });
        assert_eq!(requests, ["product", "serialno"]);
    }

    #[test]
    fn rejections_name_the_first_probe_that_is_not_met() {
        let profiles = Profiles::load(&[]);
        let Outcome::None(rejections) = evaluate(&profiles, &[("product", "sdm845")]) else {
            panic!("expected no profile");
        };
        let messages: Vec<_> = rejections.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), 7);
        assert_eq!(
            messages[0],
            "arrow-db410c: expected product equals \"MSM8916\", found \"sdm845\""
        );
        assert_eq!(
            messages[1],
            "oneplus-enchilada: expected partition-type:op2 equals \"raw\", found no such variable"
        );
    }

    #[test]
    fn a_choice_decides_only_among_those_that_match() {
        let profiles = Profiles::load(&[]);
        let mut choices = Choices::default();
        choices.insert("1", "xiaomi-beryllium-tianma").unwrap();
        choices.insert("2", "google-sargo").unwrap();
        let poco = || evaluate(&profiles, &[("product", "beryllium")]);
        let both = ["xiaomi-beryllium-ebbg", "xiaomi-beryllium-tianma"];
        for (serial, expected) in [("1", &both[1..]), ("2", &both), ("3", &both)] {
            assert_eq!(ids(&poco().with_choice(&choices, serial)), expected);
        }
        let none = evaluate(&profiles, &[]).with_choice(&choices, "1");
        assert!(matches!(none, Outcome::None(_)));
    }
}
