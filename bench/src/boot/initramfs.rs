//! The programs that generate an initramfs. Each gets the same modules, and compresses with gzip, which
//! all of them support.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// The modules that mounting the root requires: its disk, its file system, and stage0's overlay.
const MODULES: [&str; 3] = ["virtio_blk", "erofs", "overlay"];

/// A program that generates an initramfs.
pub struct Generator {
    /// The name in the table.
    pub name: &'static str,
    /// The kernel parameters with which it mounts the root.
    pub command_line: &'static str,
    program: PathBuf,
    /// The path of the output file is appended.
    arguments: Vec<OsString>,
}

impl Generator {
    /// Writes the initramfs to `out` and returns how long that took.
    pub fn run(&self, out: &Path) -> anyhow::Result<Duration> {
        let _ = fs::remove_file(out);
        let begin = Instant::now();
        let output = Command::new(&self.program)
            .args(&self.arguments)
            .arg(out)
            .output()
            .with_context(|| self.program.display().to_string())?;
        let duration = begin.elapsed();
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            bail!("{}: {message}", self.name);
        }
        Ok(duration)
    }
}

/// `fastboop stage0 initramfs`.
pub fn ours(fastboop: &Path, stage0: &Path, modules: &Path, release: &str) -> Generator {
    let mut arguments: Vec<OsString> = ["stage0", "initramfs", "--compress=gzip"]
        .map(Into::into)
        .to_vec();
    let mut add = |option: &str, value: OsString| arguments.extend([option.into(), value]);
    add("--stage0", stage0.into());
    add("--modules-dir", modules.into());
    add("--kernel-release", release.into());
    for module in MODULES {
        add("--module", module.into());
    }
    arguments.push("--output".into());
    Generator {
        name: "fastboop",
        command_line: "stage0.root=/dev/vda",
        program: fastboop.into(),
        arguments,
    }
}

/// dracut, with the content that does not depend on the host.
pub fn dracut(release: &str) -> Generator {
    let drivers = MODULES.join(" ");
    let arguments = [
        "--force",
        "--quiet",
        "--no-hostonly",
        "--gzip",
        "--kver",
        release,
        "--drivers",
        &drivers,
    ];
    Generator {
        name: "dracut",
        command_line: "root=/dev/vda ro",
        program: "dracut".into(),
        arguments: arguments.map(Into::into).to_vec(),
    }
}

/// initramfs-tools, with a configuration directory in `scratch`.
pub fn initramfs_tools(release: &str, scratch: &Path) -> anyhow::Result<Generator> {
    let configuration = scratch.join("initramfs-tools");
    for directory in ["conf.d", "hooks", "scripts"] {
        fs::create_dir_all(configuration.join(directory))?;
    }
    fs::write(
        configuration.join("initramfs.conf"),
        "MODULES=list\nBUSYBOX=auto\nCOMPRESS=gzip\n",
    )?;
    fs::write(configuration.join("modules"), MODULES.join("\n") + "\n")?;
    let arguments: [OsString; 4] = [
        "-d".into(),
        configuration.into(),
        release.into(),
        "-o".into(),
    ];
    Ok(Generator {
        name: "initramfs-tools",
        command_line: "root=/dev/vda ro",
        program: "mkinitramfs".into(),
        arguments: arguments.to_vec(),
    })
}
