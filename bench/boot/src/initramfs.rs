//! The programs that make an initramfs: each is told to take the same modules and to compress with
//! gzip, which all of them can.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// What it takes to mount the root: the disk, its file system, and what stage0 mounts above it.
const MODULES: [&str; 3] = ["virtio_blk", "erofs", "overlay"];

/// A program that makes an initramfs.
pub struct Maker {
    /// What the table calls it.
    pub name: &'static str,
    /// What the kernel's command line needs so that it finds the root.
    pub command_line: &'static str,
    program: PathBuf,
    /// The file that it makes comes after the last of them.
    arguments: Vec<OsString>,
}

impl Maker {
    /// Makes the file `out`, and returns how long that took.
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
pub fn ours(fastboop: &Path, stage0: &Path, modules: &Path, release: &str) -> Maker {
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
    Maker {
        name: "fastboop",
        command_line: "stage0.root=/dev/vda",
        program: fastboop.into(),
        arguments,
    }
}

/// dracut, with what it takes when it does not look at the machine that it runs on.
pub fn dracut(release: &str) -> Maker {
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
    Maker {
        name: "dracut",
        command_line: "root=/dev/vda ro",
        program: "dracut".into(),
        arguments: arguments.map(Into::into).to_vec(),
    }
}

/// initramfs-tools, whose configuration is a directory: it comes into `scratch`.
pub fn initramfs_tools(release: &str, scratch: &Path) -> anyhow::Result<Maker> {
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
    Ok(Maker {
        name: "initramfs-tools",
        command_line: "root=/dev/vda ro",
        program: "mkinitramfs".into(),
        arguments: arguments.to_vec(),
    })
}
