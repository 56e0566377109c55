//! Checks that the file is stripped.

use goblin::elf::section_header::SHT_SYMTAB;

use crate::elf::{Program, text};

/// Checks that the file contains neither a symbol table nor debug information.
pub fn check_stripped(program: &Program<'_>) -> Result<(), String> {
    let sections = program.sections().map_err(|error| error.to_string())?;
    let names = sections.get(program.section_names()).map(|s| s.sh_offset);
    let name = |offset: usize| {
        let start = usize::try_from(names?).ok()?.checked_add(offset)?;
        program.bytes().get(start..).map(text)
    };
    for section in &sections {
        let name = name(section.sh_name).unwrap_or_default();
        let is_debug = name.starts_with(".debug_") || name.starts_with(".zdebug_");
        if section.sh_type == SHT_SYMTAB || is_debug {
            return Err(format!(
                "contains the section {name}, which is not needed at run time; build with strip = \"symbols\""
            ));
        }
    }
    Ok(())
}
