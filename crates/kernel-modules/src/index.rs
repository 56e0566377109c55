//! Reads and searches the indexes of a module directory.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::SplitWhitespace;

use crate::name::module_name;

const DEP: &str = "modules.dep";
const SOFTDEP: &str = "modules.softdep";
const BUILTIN: &str = "modules.builtin";

/// The indexes of a module directory, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleIndex {
    dep: String,
    softdep: String,
    builtin: String,
}

/// The error for indexes that cannot be read.
#[derive(Debug)]
pub enum IndexError {
    /// The file at this path cannot be read.
    Io(PathBuf, io::Error),
    /// This line of `modules.dep`, counted from 1, has no `:` after the module's file.
    Dependencies(usize),
}

impl ModuleIndex {
    /// Reads the indexes in `directory`, which is `/lib/modules/<release>`. Only `modules.dep` must
    /// exist.
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

    /// Creates an index from the texts of `modules.dep`, `modules.softdep` and `modules.builtin`.
    pub fn new(dep: String, softdep: String, builtin: String) -> Result<Self, IndexError> {
        if let Some(line) = dep
            .lines()
            .position(|line| !line.trim().is_empty() && !line.contains(':'))
        {
            return Err(IndexError::Dependencies(line + 1));
        }
        Ok(Self::from_texts(dep, softdep, builtin))
    }

    /// Like [`ModuleIndex::new`], for texts that are known to be valid.
    pub(crate) fn from_texts(dep: String, softdep: String, builtin: String) -> Self {
        ModuleIndex {
            dep,
            softdep,
            builtin,
        }
    }

    /// Returns the file name and the text of each index.
    pub fn files(&self) -> [(&'static str, &str); 3] {
        [
            (DEP, &self.dep),
            (SOFTDEP, &self.softdep),
            (BUILTIN, &self.builtin),
        ]
    }

    /// Returns the path of a module's file, relative to the module directory, and the paths of the
    /// files that it depends on; `None` if `modules.dep` does not list the module.
    pub fn find(&self, module: &str) -> Option<(&str, impl DoubleEndedIterator<Item = &str>)> {
        let name = module_name(module);
        self.dep
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(path, _)| module_name(path.trim()) == name)
            .map(|(path, depends)| (path.trim(), depends.split_whitespace()))
    }

    /// Whether this module is built into the kernel, so that there is nothing to load.
    pub fn is_builtin(&self, module: &str) -> bool {
        let name = module_name(module);
        self.builtin
            .lines()
            .any(|path| module_name(path.trim()) == name)
    }

    /// The lines of `modules.softdep` whose module matches `filter`.
    pub(crate) fn softdep_lines(&self, filter: impl Fn(&str) -> bool) -> String {
        filter_lines(&self.softdep, |line| {
            parse_softdep_line(line).is_some_and(|(module, _)| filter(module))
        })
    }

    /// The lines of `modules.builtin` that match `filter`.
    pub(crate) fn builtin_lines(&self, filter: impl Fn(&str) -> bool) -> String {
        filter_lines(&self.builtin, |line| filter(line.trim()))
    }

    /// The modules to load before (`pre`) and after (`post`) a module, if they exist.
    pub(crate) fn soft_dependencies(&self, module: &str) -> SoftDependencies<'_> {
        let name = module_name(module);
        let mut found = SoftDependencies::default();
        for (module, words) in self.softdep.lines().filter_map(parse_softdep_line) {
            if module_name(module) != name {
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

/// Splits a line of `modules.softdep` into the module and the words after it.
fn parse_softdep_line(line: &str) -> Option<(&str, SplitWhitespace<'_>)> {
    let mut words = line.split_whitespace();
    words.next().filter(|word| *word == "softdep")?;
    Some((words.next()?, words))
}

/// The lines that match `filter`, each with a newline.
fn filter_lines(text: &str, filter: impl Fn(&str) -> bool) -> String {
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
                "modules.dep, line {line}: no `:` after the module's file; regenerate it with depmod"
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
    fn finds_modules_with_dashes_or_underscores() {
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
    fn recognizes_builtin_modules() {
        let index = index("", "", "kernel/fs/ext4/ext4.ko\nkernel/x-y.ko\n");
        assert!(index.is_builtin("ext4"));
        assert!(index.is_builtin("x_y"));
        assert!(!index.is_builtin("ext"));
    }

    #[test]
    fn collects_soft_dependencies_of_all_lines() {
        let softdep = "# comment\nsoftdep a-b pre: c post: d e pre: f\nalias x y\nsoftdep\nsoftdep a_b post: g\nsoftdep h pre: i\n";
        let index = index("", softdep, "");
        let found = index.soft_dependencies("a_b");
        assert_eq!(found.pre, ["c", "f"]);
        assert_eq!(found.post, ["d", "e", "g"]);
    }

    #[test]
    fn rejects_lines_without_a_colon() {
        let error = ModuleIndex::new("a.ko:\n\nb.ko\n".into(), String::new(), String::new());
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("modules.dep, line 3: "), "{text}");
    }

    #[test]
    fn requires_modules_dep() {
        let text = ModuleIndex::read(Path::new("/nowhere"))
            .unwrap_err()
            .to_string();
        assert!(text.starts_with("/nowhere/modules.dep: "), "{text}");
    }
}
