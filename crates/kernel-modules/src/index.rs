//! Reads and searches the indexes of a module directory.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::SplitWhitespace;

use crate::dep_path::relative_path;
use crate::name::module_name;
use crate::pattern::matches;

const DEP: &str = "modules.dep";
const SOFTDEP: &str = "modules.softdep";
const ALIAS: &str = "modules.alias";
const BUILTIN: &str = "modules.builtin";

/// The texts of the index files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexFiles {
    /// `modules.dep`
    pub dep: String,
    /// `modules.softdep`
    pub softdep: String,
    /// `modules.alias`
    pub alias: String,
    /// `modules.builtin`
    pub builtin: String,
}

/// The indexes of a module directory and the configuration of modprobe.d(5), as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleIndex {
    /// All paths in `dep` are relative to the module directory and stay inside it.
    pub(crate) files: IndexFiles,
    /// Lines in the syntax of modprobe.d(5).
    pub(crate) config: String,
}

/// The error for indexes that cannot be read.
#[derive(Debug)]
pub enum IndexError {
    /// The file at this path cannot be read.
    Io(PathBuf, io::Error),
    /// This line of `modules.dep`, counted from 1, has no `:` after the module's file.
    Dependencies(usize),
    /// This line of `modules.dep`, counted from 1, contains a path outside the module directory.
    OutsidePath(usize, String),
}

impl IndexFiles {
    /// Returns the file name and the text of each index.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let IndexFiles {
            dep,
            softdep,
            alias,
            builtin,
        } = self;
        [
            (DEP, dep.as_str()),
            (SOFTDEP, softdep),
            (ALIAS, alias),
            (BUILTIN, builtin),
        ]
        .into_iter()
    }
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
        let files = IndexFiles {
            dep: read(directory, DEP)?,
            softdep: optional(SOFTDEP)?,
            alias: optional(ALIAS)?,
            builtin: optional(BUILTIN)?,
        };
        let release = directory.file_name().unwrap_or_default();
        Self::new(&release.to_string_lossy(), files)
    }

    /// Creates an index from the files of the kernel `release`.
    ///
    /// Absolute paths in `modules.dep`, as in Android's images, become relative to
    /// `/lib/modules/<release>`, or to `/lib/modules` where they do not contain the release. Other
    /// paths outside the module directory are errors.
    pub fn new(release: &str, mut files: IndexFiles) -> Result<Self, IndexError> {
        let mut normalized = String::new();
        for (line, number) in files.dep.lines().zip(1..) {
            if line.trim().is_empty() {
                continue;
            }
            let (path, depends) = line
                .split_once(':')
                .ok_or(IndexError::Dependencies(number))?;
            let relative = |path: &str| {
                relative_path(path, release)
                    .map(str::to_owned)
                    .ok_or_else(|| IndexError::OutsidePath(number, path.to_owned()))
            };
            normalized += &relative(path.trim())?;
            normalized += ":";
            for depend in depends.split_whitespace() {
                normalized += " ";
                normalized += &relative(depend)?;
            }
            normalized += "\n";
        }
        files.dep = normalized;
        let config = String::new();
        Ok(ModuleIndex { files, config })
    }

    /// Adds lines in the syntax of modprobe.d(5). Of these, `alias`, `blacklist`, `options` and
    /// `softdep` have an effect.
    pub fn add_config(&mut self, text: &str) {
        for line in text.lines() {
            match line.strip_suffix('\\') {
                Some(continued) => self.config += continued,
                None => {
                    self.config += line;
                    self.config += "\n";
                }
            }
        }
        // Of a last line that ends with a backslash.
        self.config += "\n";
    }

    /// Returns the path of a module's file, relative to the module directory, and the paths of the
    /// files that it depends on; `None` if `modules.dep` does not list the module.
    pub fn find(&self, module: &str) -> Option<(&str, impl DoubleEndedIterator<Item = &str>)> {
        let name = module_name(module);
        self.files
            .dep
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(path, _)| module_name(path) == name)
            .map(|(path, depends)| (path, depends.split_whitespace()))
    }

    /// Whether this module is built into the kernel, so that there is nothing to load.
    pub fn is_builtin(&self, module: &str) -> bool {
        let name = module_name(module);
        self.files
            .builtin
            .lines()
            .any(|path| module_name(path.trim()) == name)
    }

    /// Returns the paths of the files that `module` stands for: its own, or none if it is built in, or
    /// those of all modules of which it is an alias; `None` if it is unknown.
    pub(crate) fn resolve(&self, module: &str) -> Option<Vec<&str>> {
        if let Some(paths) = self.resolve_alias(&self.config, module) {
            return Some(paths);
        }
        if let Some((path, _)) = self.find(module) {
            return Some(vec![path]);
        }
        if self.is_builtin(module) {
            return Some(Vec::new());
        }
        self.resolve_alias(&self.files.alias, module)
    }

    /// Like [`ModuleIndex::resolve`], for the aliases in `text`.
    fn resolve_alias<'a>(&'a self, text: &'a str, module: &str) -> Option<Vec<&'a str>> {
        let mut is_known = false;
        let mut paths = Vec::new();
        visit_rules(text, "alias", &mut |pattern, mut words| {
            let Some(target) = words.next().filter(|_| matches(pattern, module)) else {
                return;
            };
            is_known |= self.is_builtin(target);
            // Several patterns of one module can match.
            let path = self.find(target).map(|(path, _)| path);
            paths.extend(path.filter(|path| !paths.contains(path)));
        });
        (is_known || !paths.is_empty()).then_some(paths)
    }

    /// Returns the names of all modules one of whose aliases matches `name`, such as
    /// `of:NusbT(null)Csnps,dwc3`, as the kernel requests them: files and builtin modules, each once.
    pub fn aliased<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let mut modules = Vec::new();
        for text in [&self.config, &self.files.alias] {
            visit_rules(text, "alias", &mut |pattern, mut words| {
                let module = words.next().filter(|_| matches(pattern, name));
                let module = module.filter(|module| !modules.contains(module));
                modules.extend(
                    module.filter(|module| self.find(module).is_some() || self.is_builtin(module)),
                );
            });
        }
        modules
    }

    /// Whether the module is not loaded although it is known: it, or each module of which it is an
    /// alias, is blacklisted.
    pub fn is_excluded(&self, module: &str) -> bool {
        match self.resolve(module) {
            Some(paths) if !paths.is_empty() => paths.iter().all(|path| self.is_blacklisted(path)),
            _ => self.is_blacklisted(module),
        }
    }

    /// Adds the aliases of builtin modules in `modules.builtin.modinfo`: `<module>.alias=<pattern>`, each
    /// followed by a NUL.
    pub fn add_builtin_aliases(&mut self, modinfo: &str) {
        let aliases = modinfo.split('\0').filter_map(|field| {
            let (module, pattern) = field.split_once(".alias=")?;
            let is_rule =
                !module.contains(char::is_whitespace) && !pattern.contains(char::is_whitespace);
            is_rule.then_some((module, pattern))
        });
        for (module, pattern) in aliases {
            self.files.alias += &format!("alias {pattern} {module}\n");
        }
    }

    /// Whether the configuration forbids to load this module, unless another one requires it.
    pub fn is_blacklisted(&self, module: &str) -> bool {
        let name = module_name(module);
        let mut is_listed = false;
        self.visit_rules("blacklist", &mut |listed, _| {
            is_listed |= module_name(listed) == name;
        });
        is_listed
    }

    /// Returns the parameters of a module, separated by spaces. Later ones take precedence.
    pub fn options(&self, module: &str) -> String {
        let name = module_name(module);
        let mut options = String::new();
        self.visit_rules("options", &mut |listed, words| {
            if module_name(listed) == name {
                for word in words {
                    options += " ";
                    options += word;
                }
            }
        });
        options.trim_start().to_owned()
    }

    /// The modules to load before (`pre`) and after (`post`) a module, if they exist.
    pub(crate) fn soft_dependencies(&self, module: &str) -> SoftDependencies<'_> {
        let name = module_name(module);
        let mut found = SoftDependencies::default();
        self.visit_rules("softdep", &mut |pattern, words| {
            if !matches(pattern, &name) {
                return;
            }
            // Like modprobe, ignore words before `pre:` or `post:`.
            let mut ignored = Vec::new();
            let mut list = &mut ignored;
            for word in words {
                match word {
                    "pre:" => list = &mut found.pre,
                    "post:" => list = &mut found.post,
                    name => list.push(name),
                }
            }
        });
        found
    }

    /// Visits the lines of the configuration and the index of soft dependencies.
    fn visit_rules<'a>(&'a self, keyword: &str, visit: &mut Visit<'_, 'a>) {
        visit_rules(&self.config, keyword, visit);
        visit_rules(&self.files.softdep, keyword, visit);
    }
}

/// Takes the second word of a line, and the words after it.
type Visit<'f, 'a> = dyn FnMut(&'a str, SplitWhitespace<'a>) + 'f;

/// Visits the lines of `text` that begin with `keyword`. Not an iterator, which would be compiled for each
/// use: stage0 should be small.
fn visit_rules<'a>(text: &'a str, keyword: &str, visit: &mut Visit<'_, 'a>) {
    for line in text.lines() {
        if let Some((word, words)) = parse_rule(line, keyword) {
            visit(word, words);
        }
    }
}

/// Splits a line that begins with `keyword` into the next word and the words after it.
pub(crate) fn parse_rule<'a>(
    line: &'a str,
    keyword: &str,
) -> Option<(&'a str, SplitWhitespace<'a>)> {
    let mut words = line.split_whitespace();
    words.next().filter(|word| *word == keyword)?;
    Some((words.next()?, words))
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
            IndexError::OutsidePath(line, path) => write!(
                f,
                "modules.dep, line {line}: {path} is outside the module directory; regenerate it with depmod"
            ),
        }
    }
}

impl std::error::Error for IndexError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(dep: &str, softdep: &str, builtin: &str) -> ModuleIndex {
        let files = IndexFiles {
            dep: dep.into(),
            softdep: softdep.into(),
            builtin: builtin.into(),
            alias: "alias crypto-c c_generic\nalias crypto-c c_fast\nalias crypto-c gone\nalias usb:v1234* d\n".into(),
        };
        ModuleIndex::new("6.9", files).unwrap()
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
    fn resolves_names_aliases_and_patterns() {
        let mut index = index("c_generic.ko:\nk/c-fast.ko:\nd.ko:\n", "", "k/inside.ko\n");
        index.add_config("alias my-disk d\nalias built inside");
        assert_eq!(index.resolve("c-generic"), Some(vec!["c_generic.ko"]));
        let both = Some(vec!["c_generic.ko", "k/c-fast.ko"]);
        assert_eq!(index.resolve("crypto_c"), both);
        assert_eq!(index.resolve("usb:v1234p5678"), Some(vec!["d.ko"]));
        assert_eq!(index.resolve("my_disk"), Some(vec!["d.ko"]));
        assert_eq!(index.resolve("inside"), Some(vec![]));
        assert_eq!(index.resolve("built"), Some(vec![]));
        assert_eq!(index.resolve("crypto-d"), None);

        // The configuration takes precedence, and several patterns of one module are one module.
        index.add_config("alias c_generic d\nalias crypto-c d\nalias crypto_* d");
        assert_eq!(index.resolve("c_generic"), Some(vec!["d.ko"]));
        assert_eq!(index.resolve("crypto-c"), Some(vec!["d.ko"]));

        index.add_builtin_aliases("inside.license=GPL\0inside.alias=fs-inside\0d.alias=a b\0");
        assert_eq!(index.resolve("fs_inside"), Some(vec![]));
        assert_eq!(index.resolve("a"), None);

        index.add_config("blacklist d");
        assert!(index.is_excluded("my-disk") && index.is_excluded("d"));
        assert!(!index.is_excluded("inside") && !index.is_excluded("unknown"));
    }

    #[test]
    fn lists_all_modules_of_an_alias() {
        let mut index = index("c_generic.ko:\nk/c-fast.ko:\nd.ko:\n", "", "k/inside.ko\n");
        index.add_builtin_aliases("inside.alias=of:N*T*Ca,bC*\0inside.alias=of:N*T*Ca,b\0");
        index.add_config("alias of:N*T*Cc,dC* d");
        assert_eq!(index.aliased("crypto-c"), ["c_generic", "c_fast"]);
        assert_eq!(index.aliased("of:NusbT(null)Ca,b"), ["inside"]);
        assert_eq!(index.aliased("of:NusbT(null)Cc,dCa,b"), ["d", "inside"]);
        assert_eq!(index.aliased("of:NusbT(null)Ca"), [""; 0]);
    }

    #[test]
    fn collects_soft_dependencies_of_all_lines() {
        let softdep = "# comment\nsoftdep a-b x pre: c post: d e pre: f\nalias x y\nsoftdep\nsoftdep a_b post: g\nsoftdep h pre: i\nsoftdep a* pre: j\nsoftdep a_b k\n";
        let mut index = index("", softdep, "");
        index.add_config("softdep a-b pre: first");
        let found = index.soft_dependencies("a_b");
        assert_eq!(found.pre, ["first", "c", "f", "j"]);
        assert_eq!(found.post, ["d", "e", "g"]);
    }

    #[test]
    fn reads_options_and_blacklist_from_the_configuration() {
        let mut index = index("", "", "");
        index.add_config(
            "# options a=0\noptions a-b x=1 \\\n  y=\"2 3\"\nblacklist c-d\noptions e\n",
        );
        index.add_config("options a_b x=4");
        assert_eq!(index.options("k/a-b.ko"), "x=1 y=\"2 3\" x=4");
        assert_eq!(index.options("e"), "");
        assert!(index.is_blacklisted("k/c-d.ko.xz"));
        assert!(!index.is_blacklisted("a-b"));
    }

    #[test]
    fn normalizes_absolute_paths() {
        let index = index("/lib/modules/x.ko: /lib/modules/6.9/y.ko\n", "", "");
        let (path, mut depends) = index.find("x").unwrap();
        assert_eq!((path, depends.next()), ("x.ko", Some("y.ko")));
    }

    #[test]
    fn rejects_paths_outside_the_module_directory() {
        for dep in [
            "a.ko:\nx.ko: /etc/hostname",
            "a.ko:\n../x.ko:",
            "\n/etc/x.ko:",
        ] {
            let files = IndexFiles {
                dep: dep.into(),
                ..IndexFiles::default()
            };
            let text = ModuleIndex::new("6.9", files).unwrap_err().to_string();
            assert!(text.starts_with("modules.dep, line 2: "), "{text}");
            assert!(text.contains("outside the module directory"), "{text}");
        }
    }

    #[test]
    fn rejects_lines_without_a_colon() {
        let files = IndexFiles {
            dep: "a.ko:\n\nb.ko\n".into(),
            ..IndexFiles::default()
        };
        let text = ModuleIndex::new("6.9", files).unwrap_err().to_string();
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
