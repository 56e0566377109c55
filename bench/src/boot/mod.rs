//! Compares stage0 and the initramfs that `fastboop` builds with those of dracut and initramfs-tools:
//! the same kernel, modules and root file system, in one run.

mod initramfs;
mod start;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, bail};
use initramfs::Generator;
use table::Run;
use vm_test::{Boot, Machine, VmConfig};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The fastboop program. The defaults of the first three options are the paths under `tools/bazel run //bench`
    #[arg(long, default_value = "fastboop")]
    fastboop: PathBuf,
    /// stage0 for x86_64
    #[arg(
        long,
        default_value = "stage0/fastboop-stage0-x86_64-unknown-linux-musl"
    )]
    stage0: PathBuf,
    /// A raw erofs image whose init writes `init: started` to the kernel log and powers off
    #[arg(long, default_value = "tests/vm/images/x86_64.erofs")]
    image: PathBuf,
    /// The modules directory, with one kernel release that also contains vmlinuz
    #[arg(long, default_value = "/usr/lib/modules")]
    modules: PathBuf,
    /// How often each initramfs is built and booted, in alternation
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// Prints a Markdown table.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let release = kernel_release(&arguments.modules)?;
    let kernel = arguments.modules.join(&release).join("vmlinuz");
    let generators = [
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

    let mut runs = generators
        .iter()
        .map(|_| Vec::new())
        .collect::<Vec<Vec<Run>>>();
    for run in 1..=arguments.runs {
        for (generator, runs) in generators.iter().zip(&mut runs) {
            eprintln!("run {run} of {}: {}", arguments.runs, generator.name);
            runs.push(measure(generator, &kernel, &disk, scratch.path())?);
        }
    }
    cli_main::print(format!("{}\n", table::HEADER))?;
    let ours = runs.first().map(Vec::as_slice).unwrap_or_default();
    for (generator, runs) in generators.iter().zip(&runs) {
        let row = table::row(generator.name, runs, ours);
        cli_main::print(format!("{row}\n"))?;
    }
    Ok(())
}

/// The only directory in `modules`.
pub fn kernel_release(modules: &Path) -> anyhow::Result<String> {
    let name = || modules.display().to_string();
    let mut releases = Vec::new();
    for entry in fs::read_dir(modules).with_context(name)? {
        releases.push(entry.with_context(name)?.file_name());
    }
    match releases.as_slice() {
        [release] => Ok(release.to_string_lossy().into_owned()),
        releases => bail!(
            "{}: expected one kernel release, found {} entries; run this in the Debian root",
            modules.display(),
            releases.len()
        ),
    }
}

/// Builds an initramfs and boots it.
fn measure(
    generator: &Generator,
    kernel: &Path,
    disk: &Path,
    scratch: &Path,
) -> anyhow::Result<Run> {
    let initramfs = scratch.join("initramfs");
    let build = generator.run(&initramfs).map_err(anyhow::Error::msg)?;
    let config = VmConfig {
        machine: Machine::X86_64,
        qemu: Machine::X86_64.program().into(),
        boot: Boot::Kernel {
            image: kernel.to_owned(),
            initramfs: initramfs.clone(),
            command_line: format!("printk.devkmsg=on {}", generator.command_line),
            link: None,
        },
        disks: vec![disk.to_owned()],
        memory: 512,
    };
    let start = start::measure(&config)
        .map_err(Error::msg)
        .context(generator.name)?;
    Ok(Run {
        size: fs::metadata(&initramfs)?.len(),
        build,
        start,
    })
}
