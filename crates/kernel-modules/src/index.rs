//! The indexes of one module directory.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::SplitWhitespace;

use crate::name::module_name;

const DEP: &str = "modules.dep";
const SOFTDEP: &str = "modules.softdep";
const BUILTIN: &str = "modules.builtin";

/// The indexes of one module directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleIndex {
    dep: String,
    softdep: String,
    builtin: String,
}

/// Why the indexes could not be read.
#[derive(Debug)]
pub enum IndexError {
    /// A file cannot be read.
    Io(PathBuf, io::Error),
    /// This line of `modules.dep`, counted from 1, has no `:` after the module's file.
    Dependencies(usize),
}

impl ModuleIndex {
    /// Reads those of the directory `/lib/modules/<release>`. Only `modules.dep` has to be there.
    pub fn read(directory: &Path) -> Result<Self, IndexError> {
        let optional = |name| match read(directory, name) {
            Err(IndexError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => {
                Ok(String::new())
            }
            result => result,
        };
        Self::new(
            read(directory, DEP)?,
            optional(SOFTDEP)?,
            optional(BUILTIN)?,
        )
    }

    /// From the texts of `modules.dep`, `modules.softdep` and `modules.builtin`.
    pub fn new(dep: String, softdep: String, builtin: String) -> Result<Self, IndexError> {
        if let Some(line) = dep
            .lines()
            .position(|line| !line.trim().is_empty() && !line.contains(':'))
        {
            return Err(IndexError::Dependencies(line + 1));
        }
        Ok(Self::from_texts(dep, softdep, builtin))
    }

    /// From texts that are known to be good.
    pub(crate) fn from_texts(dep: String, softdep: String, builtin: String) -> Self {
        ModuleIndex {
            dep,
            softdep,
            builtin,
        }
    }

    /// The names of the files that hold the indexes, and the text of each.
    pub fn files(&self) -> [(&'static str, &str); 3] {
        [
            (DEP, &self.dep),
            (SOFTDEP, &self.softdep),
            (BUILTIN, &self.builtin),
        ]
    }

    /// The path of a module's file below the directory, and those of the files that it depends on.
    pub fn find(&self, module: &str) -> Option<(&str, impl DoubleEndedIterator<Item = &str>)> {
        let name = module_name(module);
        self.dep
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(path, _)| module_name(path.trim()) == name)
            .map(|(path, depends)| (path.trim(), depends.split_whitespace()))
    }

    /// Whether the kernel has this module inside, so that there is nothing to load.
    pub fn is_builtin(&self, module: &str) -> bool {
        let name = module_name(module);
        self.builtin
            .lines()
            .any(|path| module_name(path.trim()) == name)
    }

    /// The lines of `modules.softdep` about modules that the filter lets pass.
    pub(crate) fn softdep_lines(&self, filter: impl Fn(&str) -> bool) -> String {
        lines(&self.softdep, |line| {
            softdep_line(line).is_some_and(|(of, _)| filter(of))
        })
    }

    /// The lines of `modules.builtin` that the filter lets pass.
    pub(crate) fn builtin_lines(&self, filter: impl Fn(&str) -> bool) -> String {
        lines(&self.builtin, |line| filter(line.trim()))
    }

    /// What should be loaded before (`pre`) and after (`post`) a module.
    pub(crate) fn soft_dependencies(&self, module: &str) -> SoftDependencies<'_> {
        let name = module_name(module);
        let mut found = SoftDependencies::default();
        for (of, words) in self.softdep.lines().filter_map(softdep_line) {
            if module_name(of) != name {
                continue;
            }
            let mut is_post = false;
            for word in words {
                match word {
                    "pre:" => is_post = false,
                    "post:" => is_post = true,
                    name if is_post => found.post.push(name),
                    name => found.pre.push(name),
                }
            }
        }
        found
    }
}

/// The module that a line of `modules.softdep` is about, and the words after it.
fn softdep_line(line: &str) -> Option<(&str, SplitWhitespace<'_>)> {
    let mut words = line.split_whitespace();
    words.next().filter(|word| *word == "softdep")?;
    Some((words.next()?, words))
}

/// The lines that a filter lets pass, each with its end.
fn lines(text: &str, filter: impl Fn(&str) -> bool) -> String {
    let lines = text.lines().filter(|line| filter(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The names in the `softdep` lines of one module.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SoftDependencies<'a> {
    pub(crate) pre: Vec<&'a str>,
    pub(crate) post: Vec<&'a str>,
}

fn read(directory: &Path, name: &str) -> Result<String, IndexError> {
    let path = directory.join(name);
    fs::read_to_string(&path).map_err(|error| IndexError::Io(path, error))
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexError::Io(path, error) => write!(f, "{}: {error}", path.display()),
            IndexError::Dependencies(line) => write!(
                f,
                "modules.dep, line {line}: no `:` after the module's file; depmod writes this file"
            ),
        }
    }
}

impl std::error::Error for IndexError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(dep: &str, softdep: &str, builtin: &str) -> ModuleIndex {
        ModuleIndex::new(dep.into(), softdep.into(), builtin.into()).unwrap()
    }

    #[test]
    fn a_module_is_found_by_either_spelling() {
        let index = index("kernel/a-b.ko.xz: kernel/c.ko kernel/d.ko\n", "", "");
        for name in ["a-b", "a_b", "kernel/a-b.ko.xz"] {
            let (path, depends) = index.find(name).unwrap();
            assert_eq!(path, "kernel/a-b.ko.xz");
            assert_eq!(depends.collect::<Vec<_>>(), ["kernel/c.ko", "kernel/d.ko"]);
        }
        assert!(index.find("a").is_none());
        assert!(index.find("c").is_none());
    }

    #[test]
    fn what_the_kernel_has_inside_is_known() {
        let index = index("", "", "kernel/fs/ext4/ext4.ko\nkernel/x-y.ko\n");
        assert!(index.is_builtin("ext4"));
        assert!(index.is_builtin("x_y"));
        assert!(!index.is_builtin("ext"));
    }

    #[test]
    fn soft_dependencies_of_all_lines_count() {
        let softdep = "# comment\nsoftdep a-b pre: c post: d e pre: f\nalias x y\nsoftdep\nsoftdep a_b post: g\nsoftdep h pre: i\n";
        let index = index("", softdep, "");
        let found = index.soft_dependencies("a_b");
        assert_eq!(found.pre, ["c", "f"]);
        assert_eq!(found.post, ["d", "e", "g"]);
    }

    #[test]
    fn a_line_without_a_colon_is_an_error() {
        let error = ModuleIndex::new("a.ko:\n\nb.ko\n".into(), String::new(), String::new());
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("modules.dep, line 3: "), "{text}");
    }

    #[test]
    fn a_directory_without_modules_dep_is_an_error() {
        let text = ModuleIndex::read(Path::new("/nowhere"))
            .unwrap_err()
            .to_string();
        assert!(text.starts_with("/nowhere/modules.dep: "), "{text}");
    }
}
