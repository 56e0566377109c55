//! Parsing any kernel command line terminates, and an invalid setting changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stage0_settings::Settings;

fuzz_target!(|line: &str| {
    let mut settings = Settings::default();
    for error in settings.apply_command_line(line) {
        assert!(!error.to_string().is_empty());
    }
    assert!(settings.timeout <= 86_400);
    assert!(!settings.overlay_size.contains(','));
    let mut again = settings.clone();
    again.apply_command_line(line);
    assert_eq!(again, settings);

    // As a setting's file: name and content.
    let (key, value) = line.split_once('\n').unwrap_or((line, ""));
    if again.set(key, value).is_err() {
        assert_eq!(again, settings);
    }
});
