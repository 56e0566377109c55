//! Parsing a profile terminates, mistakes have a place, and what is printed is read as the same profile.
#![no_main]

use device_profiles::{Matcher, Profile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let profile = match Profile::parse(bytes) {
        Ok(profile) => profile,
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1);
            assert!(!error.message.is_empty());
            return;
        }
    };
    let text = profile.to_yaml();
    let again = Profile::parse(text.as_bytes()).expect("what was printed is valid");
    assert!(again == profile);
    for id in &profile.matches {
        let matcher = Matcher::new([&profile], id.vid, id.pid);
        assert!(matcher.candidates() == [&profile]);
        let _ = matcher.evaluate(|name| Some(name.to_owned()));
    }
});
