//! Recognizes what a part of a boot image contains.

use android_bootimg::{Part, appended_dtb};
use boot_files::{Format, Kernel};
use read_at::{ReadAt, Window};

/// The first bytes of a device tree, and of a table of device trees (AOSP's `dt_table.h`).
const DTB: &[u8] = b"\xd0\x0d\xfe\xed";
const DTB_TABLE: &[u8] = b"\xd7\xb7\xab\x1e";

/// The first bytes of a cpio archive that the kernel reads, without and with checksums.
const CPIO: [&[u8]; 2] = [b"070701", b"070702"];

/// Describes the content of a part; `None` if it is unknown.
pub fn describe(part: Part, content: &Window<&dyn ReadAt>) -> anyhow::Result<Option<String>> {
    let mut head = [0; 16];
    let count = content.read_up_to_at(&mut head, 0)?;
    let head = head.get(..count).unwrap_or_default();
    if part == Part::Kernel {
        return Ok(describe_kernel(content));
    }
    if head.starts_with(DTB) {
        return Ok(Some("device tree".to_owned()));
    }
    if head.starts_with(DTB_TABLE) {
        return Ok(Some("table of device trees".to_owned()));
    }
    if CPIO.iter().any(|magic| head.starts_with(magic)) {
        return Ok(Some("cpio archive".to_owned()));
    }
    let format = Format::detect(head);
    Ok(format.map(|format| format!("{format} stream")))
}

fn describe_kernel(content: &Window<&dyn ReadAt>) -> Option<String> {
    let kernel = Kernel::open(content.clone()).ok()?;
    let mut text = format!("{}, {}", kernel.form(), kernel.architecture());
    match appended_dtb(content) {
        Ok(None) => {}
        Ok(Some(dtb)) => {
            text += &format!(", followed by a device tree of {} bytes", dtb.size());
        }
        Err(error) => text += &format!(", damaged: {error}"),
    }
    Some(text)
}
