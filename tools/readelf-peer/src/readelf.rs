//! readelf's account of a file.

use std::path::Path;
use std::process::Command;

use crate::Verdict;

/// The machine, and what the file is: no program when its type is neither EXEC nor DYN, dynamic
/// when it has a PT_INTERP or a DT_NEEDED, and static otherwise. (A loader, or a library that needs
/// nothing, is static too: whether it is a program is another question.)
pub fn verdict(path: &Path) -> Result<(String, Verdict), String> {
    let output = Command::new("readelf")
        .args(["--wide", "--file-header", "--program-headers", "--dynamic"])
        .arg(path)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("readelf: {error}"))?;
    parse(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| format!("{}: readelf names no type and machine", path.display()))
}

fn parse(text: &str) -> Option<(String, Verdict)> {
    let field = |name| {
        text.lines()
            .find_map(|line| line.trim_start().strip_prefix(name))
    };
    let machine = field("Machine:")?.trim().to_owned();
    let kind = field("Type:")?.split_whitespace().next()?;
    let is_dynamic = text
        .lines()
        .any(|line| line.trim_start().starts_with("INTERP ") || line.contains("(NEEDED)"));
    let verdict = match kind {
        "EXEC" | "DYN" if is_dynamic => Verdict::Dynamic,
        "EXEC" | "DYN" => Verdict::Static,
        _ => Verdict::NoProgram,
    };
    Some((machine, verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(kind: &str, more: &str) -> Option<Verdict> {
        let text = format!("  Type:    {kind} (x)\n  Machine:   AArch64\n{more}\n");
        parse(&text).map(|(_, verdict)| verdict)
    }

    #[test]
    fn loader_and_libraries_make_it_dynamic() {
        assert_eq!(verdict_of("DYN", "  LOAD 0x0"), Some(Verdict::Static));
        assert_eq!(verdict_of("DYN", "  INTERP 0x1c8"), Some(Verdict::Dynamic));
        let needed = " 0x01 (NEEDED)  Shared library: [libc.so.6]";
        assert_eq!(verdict_of("EXEC", needed), Some(Verdict::Dynamic));
        assert_eq!(verdict_of("REL", needed), Some(Verdict::NoProgram));
        assert_eq!(parse("readelf: Error: Not an ELF file"), None);
    }
}
