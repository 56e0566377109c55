//! Writes the boot image to a file.

use std::cell::RefCell;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use fastboop_files::file::{AtomicFile, check_output};
use live_boot::BootImage;

use super::Arguments;
use super::report::Reporter;

/// Fails if the output would replace a file that is read.
pub fn check<'a>(
    arguments: &'a Arguments,
    inputs: impl Iterator<Item = &'a Path>,
) -> anyhow::Result<()> {
    let Some(output) = &arguments.output else {
        return Ok(());
    };
    for input in inputs.chain(arguments.inputs()) {
        check_output(output, input)?;
    }
    Ok(())
}

/// Writes the image. The file appears when it is complete.
pub fn write(
    path: &Path,
    image: &BootImage,
    arguments: &Arguments,
    reporter: &RefCell<Reporter>,
) -> anyhow::Result<()> {
    if arguments.dry_run {
        return Ok(());
    }
    let name = || path.display().to_string();
    let mut file = AtomicFile::create(path, false)?;
    let mut output = BufWriter::with_capacity(1 << 17, &mut file);
    image.write(&mut output).with_context(name)?;
    output
        .flush()
        .with_context(|| format!("{}: cannot write", path.display()))?;
    drop(output);
    file.commit()?;
    reporter.borrow_mut().written(path, image.size()?);
    Ok(())
}
