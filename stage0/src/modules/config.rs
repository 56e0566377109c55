//! The configuration of modules: files of modprobe.d(5), and parameters on the kernel command line.

use std::fs;
use std::io;
use std::path::Path;

use stage0_settings::parameters;

use crate::directory::{insert_sorted, read_names_if_exists, with_path};

/// Reads all `*.conf` files of `directories`, in the order of their names. Of several files of one
/// name, the one in the first directory counts. What is on the kernel command line comes last, so that
/// it takes precedence.
pub fn read(directories: &[&Path], command_line: &Path) -> io::Result<String> {
    let mut names = Vec::new();
    for directory in directories {
        for name in read_names_if_exists(directory)? {
            insert_sorted(&mut names, name);
        }
    }
    let mut config = String::new();
    for name in names.iter().filter(|name| name.ends_with(".conf")) {
        let mut paths = directories.iter().map(|directory| directory.join(name));
        if let Some(path) = paths.find(|path| path.exists()) {
            // Like modprobe, skip what cannot be read, such as a directory, and take any bytes.
            let text = fs::read(&path).unwrap_or_default();
            config += &String::from_utf8_lossy(&text);
            // Twice, as the last line may continue.
            config += "\n\n";
        }
    }
    let line = fs::read(command_line).map_err(|error| with_path(command_line, error))?;
    config += &from_command_line(&String::from_utf8_lossy(&line));
    Ok(config)
}

/// Translates `<module>.<parameter>=<value>` and lists of blacklisted modules into lines of
/// modprobe.d(5), as kmod does in `libkmod/libkmod-config.c`. `module_blacklist` is the kernel's own
/// parameter: it would refuse these modules with an error.
fn from_command_line(line: &str) -> String {
    let mut config = String::new();
    for (name, value) in parameters(line) {
        let value = value.map(|value| value.replace('\n', " "));
        if matches!(
            name.as_str(),
            "modprobe.blacklist" | "module.blacklist" | "module_blacklist"
        ) {
            for module in value.unwrap_or_default().split(',') {
                add(&mut config, &["blacklist ", module, "\n"]);
            }
            continue;
        }
        let Some((module, parameter)) = name.split_once('.') else {
            continue;
        };
        add(&mut config, &["options ", module, " ", parameter]);
        if let Some(value) = value {
            let has_space = value.bytes().any(|byte| byte == b' ' || byte == b'\t');
            let quote = if has_space && !value.contains('"') {
                "\""
            } else {
                ""
            };
            add(&mut config, &["=", quote, &value, quote]);
        }
        // A line that ends with a backslash would continue.
        config += " \n";
    }
    config
}

fn add(config: &mut String, parts: &[&str]) {
    for part in parts {
        *config += part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temp_dir::TempDir;

    #[test]
    fn translates_parameters_of_modules() {
        for (line, expected) in [
            ("quiet root=/dev/sda1 a", ""),
            (
                "virtio-blk.num_request_queues=1",
                "options virtio_blk num_request_queues=1 \n",
            ),
            ("a.b a.c=\"d e\"", "options a b \noptions a c=\"d e\" \n"),
            ("a.b= a.c.d=e=f", "options a b= \noptions a c.d=e=f \n"),
            (
                "a.b=c\\ a.d=\"e\tf\"",
                "options a b=c\\ \noptions a d=\"e\tf\" \n",
            ),
            ("modprobe.blacklist=a,b-c", "blacklist a\nblacklist b-c\n"),
            (
                "module_blacklist=a module.blacklist=b",
                "blacklist a\nblacklist b\n",
            ),
            (
                "a.b=\"1\noptions c d=2\"",
                "options a b=\"1 options c d=2\" \n",
            ),
            ("a.b -- c.d=e", "options a b \n"),
        ] {
            assert_eq!(from_command_line(line), expected, "{line}");
        }
    }

    #[test]
    fn first_directory_and_command_line_take_precedence() {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, text) in [
            ("etc/b.conf", "options b x=etc"),
            ("lib/a.conf", "options a x=lib"),
            ("lib/b.conf", "options b x=lib"),
            ("lib/README", "no"),
        ] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), text).unwrap();
        }
        fs::write(at("cmdline"), "b.x=line\n").unwrap();
        let directories = [at("etc"), at("lib"), at("none")];
        let directories: Vec<_> = directories.iter().map(|path| path.as_path()).collect();
        assert_eq!(
            read(&directories, &at("cmdline")).unwrap(),
            "options a x=lib\n\noptions b x=etc\n\noptions b x=line \n"
        );
        let error = read(&directories, &at("gone")).unwrap_err();
        assert!(error.to_string().contains("/gone: "), "{error}");
    }
}
