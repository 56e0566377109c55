//! `fastboop stage0 initramfs`: writes the initramfs that boots a device.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use clap::{ArgGroup, Args};
use cli_main::escape;
use fastboop_files::file::{AtomicFile, check_output};
use fastboop_stage0_generator::{
    Compression, ExtraFile, Initramfs, ModuleTree, Options, Totals, parse_mtime,
};
use live_boot::NeededModule;
use serde::Serialize;
use stage0_artifact::Target;

use super::image_modules::ImageModules;
use crate::key_value::parse_key_value;
use crate::progress::Progress;
use crate::terminal;

/// The arguments of `fastboop stage0 initramfs`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("module_source").args(["modules_dir", "image"]))]
#[command(after_help = "Examples:
  fastboop stage0 initramfs --set root=LABEL=rootfs -o initramfs.img
  fastboop stage0 initramfs --modules-dir /lib/modules --module virtio_blk --module erofs -o initramfs.img
  fastboop stage0 initramfs --image debian.img --dtb qcom/sdm845-oneplus-fajita --explain -o initramfs.img
  fastboop stage0 initramfs --file overlay:/ --file key:/etc/key:0600 --compress xz -o initramfs.img
  fastboop stage0 initramfs --append-to /boot/initrd.img -o both.img    stage0 replaces its /init
  fastboop stage0 initramfs -o - | fastboop stage0 inspect -

The same contents give the same bytes. The modification time of files is SOURCE_DATE_EPOCH, or 0.")]
pub struct Arguments {
    /// The stage0 to use as /init instead of the embedded one
    #[arg(long, value_name = "FILE")]
    stage0: Option<PathBuf>,
    /// The directory of kernel modules, such as /lib/modules, with a subdirectory for each release
    #[arg(long, value_name = "DIR", requires = "modules")]
    modules_dir: Option<PathBuf>,
    #[command(flatten)]
    image: ImageModules,
    /// The kernel release of the modules; required if a directory contains several, by default the newest in an image
    #[arg(long, value_name = "RELEASE", requires = "module_source")]
    kernel_release: Option<String>,
    /// A module to include and to load, with its dependencies
    #[arg(long = "module", value_name = "NAME", requires = "module_source")]
    modules: Vec<String>,
    /// A modprobe.d file with aliases, soft dependencies, options and blacklisted modules
    #[arg(long, value_name = "FILE", requires = "module_source")]
    modprobe_config: Vec<PathBuf>,
    /// A setting of stage0; docs/stage0.md lists all settings
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_key_value)]
    set: Vec<(String, String)>,
    /// A file, or a directory with all its entries, to include; write \: for a colon in a path, \\ for a backslash
    #[arg(long, value_name = "SOURCE:DEST[:MODE]")]
    file: Vec<ExtraFile>,
    /// The compression, which the kernel must support
    #[arg(long, value_name = "FORMAT", default_value = "gzip", value_parser = compression_parser())]
    compress: Compression,
    /// An existing initramfs to append to; it is copied unchanged
    #[arg(long, value_name = "FILE")]
    append_to: Option<PathBuf>,
    /// Print a summary as one JSON object on standard output, for programs
    #[arg(long)]
    json: bool,
    /// The file to write, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// The summary. Its field names must stay: programs read the JSON.
#[derive(Debug, Serialize)]
struct Report {
    /// The size of the whole image in bytes.
    size: u64,
    compression: &'static str,
    /// The size in bytes of the existing image with its padding; 0 without one.
    existing: u64,
    /// The size in bytes of the archive with stage0 before compression.
    unpacked: u64,
    stage0: Stage0,
    modules: Modules,
    settings: Count,
    files: Count,
}

#[derive(Debug, Serialize)]
struct Stage0 {
    target: Target,
    version: Option<String>,
    bytes: u64,
}

#[derive(Debug, Default, Serialize)]
struct Modules {
    kernel_release: Option<String>,
    #[serde(flatten)]
    count: Count,
    /// The modules that an image and its device tree need, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needed: Vec<NeededModule>,
}

/// The number of files, not counting directories, and their size in bytes.
#[derive(Debug, Default, Serialize)]
struct Count {
    files: u64,
    bytes: u64,
}

impl Count {
    fn add(&mut self, added: Totals) {
        self.files += added.files;
        self.bytes += added.bytes;
    }
}

fn compression_parser() -> impl TypedValueParser<Value = Compression> {
    let names = Compression::ALL.map(Compression::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Compression>())
}

/// Writes the initramfs and prints a summary.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let is_stdout = arguments.output == Path::new("-");
    if is_stdout && arguments.json {
        bail!("the initramfs and the JSON cannot both go to standard output; name a file with -o");
    }
    let options = Options {
        compression: arguments.compress,
        mtime: parse_mtime(std::env::var_os("SOURCE_DATE_EPOCH").as_deref())?,
    };
    let (initramfs, mut report) = collect(arguments)?;
    for warning in initramfs.warnings() {
        cli_main::warning(warning);
    }
    // Appending to an input would never end.
    let output = if is_stdout {
        Path::new("/dev/stdout")
    } else {
        &arguments.output
    };
    for input in initramfs.inputs() {
        check_output(output, input)?;
    }
    let progress = Progress::start(initramfs.total_bytes());
    let write = |output: &mut dyn Write| {
        let output = BufWriter::with_capacity(1 << 16, output);
        initramfs.write(output, &options, &mut |bytes| progress.add(bytes))
    };
    let written = if is_stdout {
        terminal::reject_terminal_stdout()?;
        match write(&mut io::stdout().lock()) {
            Err(error) if is_closed_pipe(&error) => return Ok(()),
            result => result?,
        }
    } else {
        let mut file = AtomicFile::create(&arguments.output, false)?;
        let written = write(&mut file)?;
        file.commit()?;
        written
    };
    drop(progress);
    report.size = written.size;
    report.existing = written.existing;
    report.unpacked = written.unpacked;
    if arguments.json {
        let text = serde_json::to_string_pretty(&report)? + "\n";
        return cli_main::print(text);
    }
    cli_main::note(report.text(&arguments.output));
    Ok(())
}

/// Whether the reader of standard output closed the pipe.
fn is_closed_pipe(error: &fastboop_stage0_generator::Error) -> bool {
    error
        .output_error()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn collect(arguments: &Arguments) -> anyhow::Result<(Initramfs, Report)> {
    let mut initramfs = Initramfs::new(arguments.stage0.as_deref())?;
    let mut modules = Modules::default();
    let mut settings = Count::default();
    let mut files = Count::default();
    if let Some(directory) = &arguments.modules_dir {
        let mut tree = ModuleTree::open(directory, arguments.kernel_release.as_deref())?;
        for path in &arguments.modprobe_config {
            tree.add_config(path)?;
        }
        let names: Vec<_> = arguments.modules.iter().map(String::as_str).collect();
        modules.count.add(initramfs.add_modules(&tree, &names)?);
        modules.kernel_release = Some(tree.release().to_owned());
    }
    let release = arguments.kernel_release.as_deref();
    let (names, configs) = (&arguments.modules, &arguments.modprobe_config);
    if let Some(added) = arguments
        .image
        .add_to(&mut initramfs, release, names, configs)?
    {
        arguments.image.explain(&added.needed);
        modules.count.add(added.totals);
        modules.kernel_release = Some(added.release);
        modules.needed = added.needed;
    }
    for (key, value) in &arguments.set {
        settings.add(initramfs.add_setting(key, value)?);
    }
    for file in &arguments.file {
        files.add(initramfs.add_file(file)?);
    }
    initramfs.finish(arguments.append_to.as_deref())?;
    let stage0 = initramfs.stage0();
    let report = Report {
        size: 0,
        compression: arguments.compress.name(),
        existing: 0,
        unpacked: 0,
        stage0: Stage0 {
            target: stage0.target,
            version: stage0.version.clone(),
            bytes: stage0.size,
        },
        modules,
        settings,
        files,
    };
    Ok((initramfs, report))
}

impl Report {
    fn text(&self, path: &Path) -> String {
        let Stage0 { target, bytes, .. } = &self.stage0;
        let name = match path.to_str() {
            Some("-") => "standard output".to_owned(),
            _ => escape(&path.display().to_string()),
        };
        let mut text = format!("wrote {name}: {} bytes\n", self.size);
        if self.existing > 0 {
            text += &format!("existing  {:>10} bytes, unchanged\n", self.existing);
        }
        text += &format!("stage0    {bytes:>10} bytes, for {target}\n");
        let release = self.modules.kernel_release.as_deref().unwrap_or_default();
        for (name, count, suffix) in [
            ("modules", &self.modules.count, &format!(" of {release}")),
            ("settings", &self.settings, &String::new()),
            ("files", &self.files, &String::new()),
        ] {
            if count.files > 0 {
                text += &format!(
                    "{name:<8}  {:>10} bytes in {} files{suffix}\n",
                    count.bytes, count.files
                );
            }
        }
        text += &format!("archive   {:>10} bytes, ", self.unpacked);
        text + &match self.compression {
            "none" => "not compressed".to_owned(),
            compression => format!("{} with {compression}", self.size - self.existing),
        }
    }
}
