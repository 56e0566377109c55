//! Whatever the kernel command line is, reading it ends; and what was wrong changes nothing.
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

    // As the file of a setting: its name, and what is in it.
    let (key, value) = line.split_once('\n').unwrap_or((line, ""));
    if again.set(key, value).is_err() {
        assert_eq!(again, settings);
    }
});
