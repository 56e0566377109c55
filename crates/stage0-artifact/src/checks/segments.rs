//! Checks the layout and the permissions of segments in memory.

use goblin::elf::header::EM_ARM;
use goblin::elf::program_header::{PF_W, PF_X, PT_GNU_RELRO, PT_GNU_STACK, PT_LOAD, ProgramHeader};

use crate::Target;
use crate::elf::Program;

/// Checks that segments are sorted by address, do not overlap, and are no larger in the file than in memory.
pub fn check_order(program: &Program<'_>) -> Result<(), String> {
    let mut end = 0;
    for (segment, _) in program.segments(PT_LOAD) {
        let at = segment.p_vaddr;
        if segment.p_filesz > segment.p_memsz {
            return Err(format!(
                "the segment at {at:#x} has {:#x} bytes in the file, but {:#x} in memory; {LINK}",
                segment.p_filesz, segment.p_memsz
            ));
        }
        if at < end {
            return Err(format!(
                "the segment at {at:#x} starts before the end of the previous one, {end:#x}; {LINK}"
            ));
        }
        end = at
            .checked_add(segment.p_memsz)
            .ok_or_else(|| format!("the segment at {at:#x} ends past the last address; {LINK}"))?;
    }
    Ok(())
}

const LINK: &str = "link it with the default layout of lld";

/// Checks that the entry point is in an executable segment, in the part that the file contains.
pub fn check_entry_point(program: &Program<'_>) -> Result<(), String> {
    let entry = program.entry();
    // Bit 0 selects Thumb; without it, the kernel requires whole words (elf_check_arch in arch/arm/kernel/elf.c).
    if program.machine() == EM_ARM && entry & 3 == 2 {
        return Err(format!(
            "the entry point {entry:#x} is neither Thumb code nor aligned to 4 bytes; {LINK}"
        ));
    }
    // Not the size in memory: the rest of the segment is filled with zeros, not instructions.
    let is_code = |segment: &ProgramHeader| {
        segment.p_flags & PF_X != 0 && is_within(entry, segment.p_vaddr, segment.p_filesz)
    };
    if program.segments(PT_LOAD).any(|(s, _)| is_code(s)) {
        return Ok(());
    }
    Err(format!(
        "the entry point {entry:#x} is not in an executable segment; link it with its start-up code"
    ))
}

/// Checks that no segment is both writable and executable.
pub fn check_wx(program: &Program<'_>) -> Result<(), String> {
    let both = PF_W | PF_X;
    match program
        .segments(PT_LOAD)
        .find(|(segment, _)| segment.p_flags & both == both)
    {
        None => Ok(()),
        Some((segment, _)) => Err(format!(
            "the segment at {:#x} is writable and executable; link without --omagic (-N) and without \
             sections that need both",
            segment.p_vaddr
        )),
    }
}

/// Checks that the file requests a non-executable stack. Without PT_GNU_STACK, some kernels make the stack
/// executable.
pub fn check_stack(program: &Program<'_>) -> Result<(), String> {
    match program.segments(PT_GNU_STACK).next() {
        Some((segment, _)) if segment.p_flags & PF_X == 0 => Ok(()),
        Some(_) => Err("the stack is executable; link with -znoexecstack".to_owned()),
        None => Err(
            "no PT_GNU_STACK, so some kernels make the stack executable; \
             link with -znoexecstack"
                .to_owned(),
        ),
    }
}

/// Checks that a part of a writable segment becomes read-only after start-up.
pub fn check_relro(program: &Program<'_>) -> Result<(), String> {
    let Some((part, _)) = program.segments(PT_GNU_RELRO).next() else {
        return Err("no PT_GNU_RELRO; link with -zrelro".to_owned());
    };
    let last = part.p_vaddr.checked_add(part.p_memsz.saturating_sub(1));
    let contains_part = |segment: &ProgramHeader| {
        let inside = |address| is_within(address, segment.p_vaddr, segment.p_memsz);
        segment.p_flags & PF_W != 0 && inside(part.p_vaddr) && last.is_some_and(inside)
    };
    if part.p_memsz > 0 && program.segments(PT_LOAD).any(|(s, _)| contains_part(s)) {
        return Ok(());
    }
    Err(format!(
        "PT_GNU_RELRO ({:#x} bytes at {:#x}) protects no part of a writable segment; link with -zrelro",
        part.p_memsz, part.p_vaddr
    ))
}

/// Checks that all segments can be mapped with the largest page size that is supported on the target.
pub fn check_page_alignment(program: &Program<'_>, target: Target) -> Result<(), String> {
    let page: u64 = match target {
        Target::Aarch64 => 0x4000,
        Target::Armv7 | Target::Riscv64 | Target::X86_64 => 0x1000,
    };
    for (segment, _) in program.segments(PT_LOAD) {
        let ProgramHeader {
            p_vaddr,
            p_offset,
            p_align,
            ..
        } = *segment;
        if p_align < page || !p_align.is_power_of_two() {
            return Err(format!(
                "the segment at {p_vaddr:#x} is aligned to {p_align:#x}, but {target} requires a multiple of \
                 {page:#x}; link with -zmax-page-size={page}"
            ));
        }
        if p_vaddr % p_align != p_offset % p_align {
            return Err(format!(
                "the segment at {p_vaddr:#x} cannot be mapped from {p_offset:#x} in the file with an \
                 alignment of {p_align:#x}; link with -zmax-page-size={page}"
            ));
        }
    }
    Ok(())
}

fn is_within(address: u64, start: u64, size: u64) -> bool {
    address
        .checked_sub(start)
        .is_some_and(|distance| distance < size)
}
