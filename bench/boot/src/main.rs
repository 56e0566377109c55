//! Measures stage0 and the initramfs that `fastboop` makes against those of dracut and
//! initramfs-tools, with the same kernel, modules and root file system in one run, and prints a
//! Markdown table. For the Debian root, which has all of them:
//!
//! ```sh
//! tools/bazel run -c opt //bench/boot
//! ```

mod initramfs;
mod start;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Error, bail};
use clap::Parser;
use initramfs::Maker;
use qemu_boot::{Boot, Machine};
use table::Run;

/// Measure stage0 and its initramfs against dracut and initramfs-tools; print a Markdown table.
#[derive(Parser)]
#[command(name = "bench-boot", version)]
struct Arguments {
    /// The program fastboop
    #[arg(long)]
    fastboop: PathBuf,
    /// stage0 for x86_64
    #[arg(long)]
    stage0: PathBuf,
    /// A raw erofs image whose init says `init: started` in the kernel's log and switches off
    #[arg(long)]
    image: PathBuf,
    /// The directory that has one directory with modules and vmlinuz
    #[arg(long, default_value = "/usr/lib/modules")]
    modules: PathBuf,
    /// How often each initramfs is made and booted; they take turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

fn main() -> ExitCode {
    cli_main::run(run)
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let release = kernel_release(&arguments.modules)?;
    let kernel = arguments.modules.join(&release).join("vmlinuz");
    let makers = [
        initramfs::ours(
            &arguments.fastboop,
            &arguments.stage0,
            &arguments.modules,
            &release,
        ),
        initramfs::dracut(&release),
        initramfs::initramfs_tools(&release, scratch.path())?,
    ];
    let disk = scratch.path().join("disk");
    fs::write(&disk, fs::read(&arguments.image)?)?;

    let mut runs = makers.iter().map(|_| Vec::new()).collect::<Vec<Vec<Run>>>();
    for run in 1..=arguments.runs {
        for (maker, runs) in makers.iter().zip(&mut runs) {
            eprintln!("run {run} of {}: {}", arguments.runs, maker.name);
            runs.push(once(maker, &kernel, &disk, scratch.path())?);
        }
    }
    cli_main::print(format!("{}\n", table::HEADER))?;
    let ours = runs.first().map(Vec::as_slice).unwrap_or_default();
    for (maker, runs) in makers.iter().zip(&runs) {
        let row = table::row(maker.name, runs, ours);
        cli_main::print(format!("{row}\n"))?;
    }
    Ok(())
}

/// The only directory in `modules`.
fn kernel_release(modules: &Path) -> anyhow::Result<String> {
    let name = || modules.display().to_string();
    let mut releases = Vec::new();
    for entry in fs::read_dir(modules).with_context(name)? {
        releases.push(entry.with_context(name)?.file_name());
    }
    match releases.as_slice() {
        [release] => Ok(release.to_string_lossy().into_owned()),
        several => bail!(
            "{}: has {} entries, but should have one kernel release; run this in the Debian root",
            modules.display(),
            several.len()
        ),
    }
}

/// Makes an initramfs and boots it.
fn once(maker: &Maker, kernel: &Path, disk: &Path, scratch: &Path) -> anyhow::Result<Run> {
    let initramfs = scratch.join("initramfs");
    let build = maker.run(&initramfs)?;
    let boot = Boot {
        machine: Machine::X86_64,
        qemu: Machine::X86_64.program().into(),
        kernel: kernel.to_owned(),
        initramfs: initramfs.clone(),
        disks: vec![disk.to_owned()],
        command_line: format!("printk.devkmsg=on {}", maker.command_line),
        memory: 512,
    };
    let start = start::measure(&boot)
        .map_err(Error::msg)
        .context(maker.name)?;
    Ok(Run {
        size: fs::metadata(&initramfs)?.len(),
        build,
        start,
    })
}
