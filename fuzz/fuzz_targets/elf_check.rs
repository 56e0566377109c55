//! Every check of an artifact on any bytes: none panics, and the ways to ask agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stage0_artifact::checks::{self, Outcome, Wanted};
use stage0_artifact::{Artifact, InspectError, Target, elf, metadata};

fuzz_target!(|bytes: &[u8]| {
    let wanted = Wanted {
        version: Some("1.2.3".to_owned()),
        budget: Some(2048),
        forbidden: vec!["alice".to_owned()],
    };
    let _ = metadata::metadata(bytes);
    let _ = Artifact::inspect(bytes, None);
    for target in Target::ALL {
        let findings = checks::run(bytes, target, &wanted);
        let failed = |error: &elf::CheckError| {
            findings.iter().any(|finding| {
                finding.check == error.check()
                    && finding.outcome == Outcome::Failed(error.to_string())
            })
        };
        match elf::check(bytes, target) {
            // What the embed step refuses, preflight refuses for the same reason …
            Err(error) => assert!(failed(&error), "{error}: {findings:?}"),
            // … and what it lets pass is refused for more than what it looks at, if at all.
            Ok(_) => {
                if let Err(InspectError::Elf(error)) = Artifact::inspect(bytes, Some(target)) {
                    panic!("check and inspect disagree: {error}");
                }
            }
        }
    }
});
