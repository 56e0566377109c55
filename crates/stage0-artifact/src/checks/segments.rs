//! Checks of the program headers: how the file is laid out in memory, and what may be done there.

use goblin::elf::program_header::{PF_W, PF_X, PT_GNU_RELRO, PT_GNU_STACK, PT_LOAD, ProgramHeader};

use crate::Target;
use crate::elf::Program;

/// Checks that segments ascend, do not overlap, and are no larger in the file than in memory.
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
                "the segment at {at:#x} starts before the end of the one before it, {end:#x}; {LINK}"
            ));
        }
        end = at
            .checked_add(segment.p_memsz)
            .ok_or_else(|| format!("the segment at {at:#x} ends past the last address; {LINK}"))?;
    }
    Ok(())
}

const LINK: &str = "link it again, with lld's own layout";

/// Checks that the first instruction lies in the file's part of a segment that may be executed.
pub fn check_entry_point(program: &Program<'_>) -> Result<(), String> {
    let entry = program.entry();
    // Not its size in memory: there are no instructions in what is filled with zeros.
    let is_code = |segment: &ProgramHeader| {
        segment.p_flags & PF_X != 0 && is_within(entry, segment.p_vaddr, segment.p_filesz)
    };
    if program.segments(PT_LOAD).any(|(s, _)| is_code(s)) {
        return Ok(());
    }
    Err(format!(
        "the entry point {entry:#x} lies in no executable segment; link it again, with its start-up code"
    ))
}

/// Checks that no segment can be both written and executed.
pub fn check_wx(program: &Program<'_>) -> Result<(), String> {
    let both = PF_W | PF_X;
    match program
        .segments(PT_LOAD)
        .find(|(segment, _)| segment.p_flags & both == both)
    {
        None => Ok(()),
        Some((segment, _)) => Err(format!(
            "the segment at {:#x} can be written and executed; link without --omagic (-N) and without \
             sections that need both",
            segment.p_vaddr
        )),
    }
}

/// Checks that the file requests a non-executable stack. Without PT_GNU_STACK some kernels make it
/// executable.
pub fn check_stack(program: &Program<'_>) -> Result<(), String> {
    match program.segments(PT_GNU_STACK).next() {
        Some((segment, _)) if segment.p_flags & PF_X == 0 => Ok(()),
        Some(_) => Err("its stack is executable; link with -znoexecstack".to_owned()),
        None => Err(
            "no PT_GNU_STACK, so some kernels make its stack executable; \
             link with -znoexecstack"
                .to_owned(),
        ),
    }
}

/// Checks that there is a part that becomes read-only after start-up, inside a segment that can be written.
pub fn check_relro(program: &Program<'_>) -> Result<(), String> {
    let Some((part, _)) = program.segments(PT_GNU_RELRO).next() else {
        return Err("there is no PT_GNU_RELRO; link with -zrelro".to_owned());
    };
    let last = part.p_vaddr.checked_add(part.p_memsz.saturating_sub(1));
    let holds = |segment: &ProgramHeader| {
        let inside = |address| is_within(address, segment.p_vaddr, segment.p_memsz);
        segment.p_flags & PF_W != 0 && inside(part.p_vaddr) && last.is_some_and(inside)
    };
    if part.p_memsz > 0 && program.segments(PT_LOAD).any(|(s, _)| holds(s)) {
        return Ok(());
    }
    Err(format!(
        "PT_GNU_RELRO ({:#x} bytes at {:#x}) protects no part of a writable segment; link with -zrelro",
        part.p_memsz, part.p_vaddr
    ))
}

/// Checks that every segment can be mapped with the largest pages of the target that are supported.
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
                "the segment at {p_vaddr:#x} is aligned to {p_align:#x}, but {target} needs a multiple of \
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
