//! No check of an artifact panics on any bytes, and the ways to run the ELF check agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stage0_artifact::checks::{self, Outcome, Requirements};
use stage0_artifact::{Artifact, InspectError, Target, elf, metadata};

fuzz_target!(|bytes: &[u8]| {
    let requirements = Requirements {
        version: Some("1.2.3".to_owned()),
        budget: Some(2048),
        forbidden: vec!["alice".to_owned()],
    };
    let _ = metadata::metadata(bytes);
    // The target that the header names: with any other, the checks stop at the machine.
    let machine = bytes
        .get(18..20)
        .map_or(0, |m| u16::from_le_bytes([m[0], m[1]]));
    let target = Target::from_machine(machine).unwrap_or(Target::DEFAULT);
    let findings = checks::run(bytes, target, &requirements);
    let failed = |error: &elf::CheckError| {
        let reason = Outcome::Failed(error.to_string());
        let mut findings = findings.iter();
        findings.any(|finding| finding.check == error.check() && finding.outcome == reason)
    };
    match elf::check(bytes, target) {
        // What the embed step rejects, preflight rejects for the same reason.
        Err(error) => assert!(failed(&error), "{error}: {findings:?}"),
        // What the check accepts, `inspect` accepts too.
        Ok(_) => {
            if let Err(InspectError::Elf(error)) = Artifact::inspect(bytes, Some(target)) {
                panic!("check and inspect disagree: {error}");
            }
        }
    }
});
