//! Measures reading a disk image of some GB: kernel and modules out of it, and all its files, compared with the programs of each format. Runs in
//! the Debian root, which contains them, as root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::usage::{Usage, measure};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The fastboop program. The defaults of the first two options are the paths under `tools/bazel run //bench`
    #[arg(long, default_value = "fastboop")]
    fastboop: PathBuf,
    /// The program of tests/images, which reads all files
    #[arg(long, default_value = "tests/images/program")]
    reader: PathBuf,
    /// The script that makes the root file systems
    #[arg(long, default_value = "tests/images/make-roots")]
    make_roots: PathBuf,
    /// The directory to work in: some 20 GB, deleted at the end
    #[arg(long, default_value = "/var/tmp")]
    work: PathBuf,
    /// How many copies of the root's /usr are added to it, some 350 MB each
    #[arg(long, default_value_t = 10)]
    copies: u32,
}

/// A format: its name, the command that makes the image `image` of the directory `debian`, and the peer's that extracts it to `out`.
struct Format {
    name: &'static str,
    make: &'static str,
    extract: &'static str,
}

const FORMATS: [Format; 4] = [
    Format {
        name: "erofs, lz4",
        make: "mkfs.erofs --quiet -zlz4 image debian",
        extract: "fsck.erofs --extract=out image",
    },
    Format {
        name: "erofs, zstd",
        make: "mkfs.erofs --quiet -zzstd,3 -C65536 image debian",
        extract: "fsck.erofs --extract=out image",
    },
    Format {
        name: "squashfs, zstd",
        make: "mksquashfs debian image -quiet -no-progress -comp zstd -Xcompression-level 3 -no-duplicates",
        extract: "unsquashfs -quiet -no-progress -processors 1 -dest out image",
    },
    Format {
        name: "ext4",
        make: "mke2fs -q -t ext4 -d debian image 6G",
        extract: "mkdir out && debugfs -R 'rdump / out' image",
    },
];

/// The device whose modules are taken.
const DTB: &str = "qcom/sdm845-oneplus-fajita";

/// Prints a Markdown table. Everything is read from a warm cache.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let work = tempfile::Builder::new()
        .prefix("bench-images.")
        .tempdir_in(&arguments.work)
        .with_context(|| arguments.work.display().to_string())?;
    let work = work.path();
    let absolute = |path: &Path| fs::canonicalize(path).with_context(|| path.display().to_string());
    let (fastboop, reader) = (absolute(&arguments.fastboop)?, absolute(&arguments.reader)?);
    measure(Command::new(absolute(&arguments.make_roots)?).arg(work))?;
    for copy in 0..arguments.copies {
        let script = format!("mkdir -p debian/srv && cp -r debian/usr debian/srv/{copy}");
        shell(work, &script)?;
    }
    cli_main::print(HEADER)?;
    for format in &FORMATS {
        shell(work, format.make)?;
        let boot = |work: &Path| {
            let mut command = Command::new(&fastboop);
            command.args([
                "stage0",
                "initramfs",
                "--image",
                "image",
                "--dtb",
                DTB,
                "-o",
                "initramfs",
                "--json",
            ]);
            command.current_dir(work);
            measure(&mut command)
        };
        // The first run fills the cache.
        boot(work)?;
        let boot = boot(work)?;
        let size = fs::metadata(work.join("image"))?.len();
        let mut all = Command::new(&reader);
        let all = measure(all.args(["--detail", "read", "image"]).current_dir(work))?;
        let peer = shell(work, format.extract)?;
        shell(work, "rm -rf out image")?;
        cli_main::print(row(format.name, size, &boot, &all, &peer))?;
    }
    Ok(())
}

const HEADER: &str = "\
| image | GB | kernel and modules, s | MB read | MB of memory at the peak | all files, CPU s | MB of memory | peer, CPU s | ours / peer |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

fn row(name: &str, size: u64, boot: &Usage, all: &Usage, peer: &Usage) -> String {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    format!(
        "| {name} | {:.1} | {:.2} | {:.1} | {:.0} | {:.1} | {:.0} | {:.1} | {:.2} |\n",
        size as f64 / 1e9,
        boot.seconds,
        megabytes(boot.read),
        megabytes(boot.memory),
        all.cpu_seconds,
        megabytes(all.memory),
        peer.cpu_seconds,
        all.cpu_seconds / peer.cpu_seconds
    )
}

fn shell(work: &Path, script: &str) -> anyhow::Result<Usage> {
    ensure!(work.is_dir(), "{}: not a directory", work.display());
    measure(
        Command::new("sh")
            .args(["-ec", &format!("exec 2>log; {script}")])
            .current_dir(work),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_usage_and_ratio() {
        let usage = |seconds, cpu_seconds| Usage {
            seconds,
            cpu_seconds,
            read: 50_000_000,
            memory: 8_000_000,
        };
        assert_eq!(
            row(
                "ext4",
                4_000_000_000,
                &usage(0.5, 0.4),
                &usage(4.0, 3.0),
                &usage(2.5, 2.0)
            ),
            "| ext4 | 4.0 | 0.50 | 50.0 | 8 | 3.0 | 8 | 2.0 | 1.50 |\n"
        );
    }
}
