//! Reduces the indexes to the modules in an initramfs.

use std::collections::BTreeSet;

use crate::index::{IndexFiles, ModuleIndex, parse_rule};
use crate::load_order::UnknownModule;
use crate::name::module_name;
use crate::pattern::matches;

/// Some modules with their dependencies, and indexes that list only these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subset {
    /// The files in load order, as paths relative to the module directory.
    pub files: Vec<String>,
    /// Optional files that are missing, and those that depend on them, as such paths.
    pub missing: Vec<String>,
    /// The lines of the full indexes that concern `files`.
    pub index: IndexFiles,
}

impl Subset {
    /// Removes `suffix`, such as `.zst`, from the paths that end with it: for files that are stored
    /// decompressed.
    pub fn remove_suffix(&mut self, suffix: &str) {
        for file in &mut self.files {
            if let Some(stem) = file.strip_suffix(suffix) {
                *file = stem.to_owned();
            }
        }
        // Every path in these lines ends with one of these.
        for end in [":", " ", "\n"] {
            self.index.dep = self.index.dep.replace(&format!("{suffix}{end}"), end);
        }
    }
}

impl ModuleIndex {
    /// Returns the subset that is needed to load `modules`. With its indexes,
    /// [`ModuleIndex::load_order`] returns the same order as with the full ones.
    ///
    /// A soft dependency is left out if `exists` is false for its file or that of one of its
    /// dependencies: depmod(8) lists files that a distribution may have in another package.
    pub fn subset(
        &self,
        modules: &[&str],
        exists: impl Fn(&str) -> bool,
    ) -> Result<Subset, UnknownModule> {
        let plan = self.load_plan(modules.iter().copied())?;
        let missing: BTreeSet<_> = plan
            .iter()
            .filter(|file| !file.is_required && !exists(file.path))
            .map(|file| file.path)
            .collect();
        if missing.is_empty() {
            return self.reduce(modules);
        }
        let mut index = self.clone();
        index.files.dep = filter_lines(&self.files.dep, |line| {
            let mut paths = line.split([':', ' ']);
            paths.all(|path| !missing.contains(path))
        });
        let mut subset = index.reduce(modules)?;
        let files = plan.iter().map(|file| file.path.to_owned());
        subset.missing = files.filter(|path| !subset.files.contains(path)).collect();
        Ok(subset)
    }

    fn reduce(&self, modules: &[&str]) -> Result<Subset, UnknownModule> {
        let files = self.load_order(modules.iter().copied())?;
        let included: BTreeSet<_> = files.iter().map(|file| module_name(file)).collect();
        // The names that stage0 looks up: builtin modules and aliases among them are requested by the
        // caller, or dependencies of a file.
        let mut names: BTreeSet<_> = modules.iter().map(|module| module_name(module)).collect();
        let mut dep = String::new();
        for (file, depends) in files.iter().filter_map(|file| self.find(file)) {
            dep += file;
            dep += ":";
            for dependency in depends {
                names.insert(module_name(dependency));
                dep += " ";
                dep += dependency;
            }
            dep += "\n";
            let soft = self.soft_dependencies(file);
            names.extend(soft.pre.into_iter().chain(soft.post).map(module_name));
        }
        let softdep = filter_lines(&self.files.softdep, |line| {
            parse_rule(line, "softdep")
                .is_some_and(|(pattern, _)| included.iter().any(|name| matches(pattern, name)))
        });
        let alias = filter_lines(&self.files.alias, |line| {
            parse_rule(line, "alias").is_some_and(|(pattern, mut words)| {
                let is_wanted = names.iter().any(|name| matches(pattern, name));
                let is_usable =
                    |module| included.contains(&module_name(module)) || self.is_builtin(module);
                is_wanted && words.next().is_some_and(is_usable)
            })
        });
        let targets = alias
            .lines()
            .filter_map(|line| line.split_whitespace().nth(2));
        let aliased: BTreeSet<_> = targets.map(module_name).collect();
        let builtin = filter_lines(&self.files.builtin, |line| {
            let name = module_name(line.trim());
            names.contains(&name) || aliased.contains(&name)
        });
        Ok(Subset {
            files: files.into_iter().map(str::to_owned).collect(),
            missing: Vec::new(),
            index: IndexFiles {
                dep,
                softdep,
                alias,
                builtin,
            },
        })
    }
}

/// The lines that match `filter`, each with a newline.
fn filter_lines(text: &str, filter: impl Fn(&str) -> bool) -> String {
    let lines = text.lines().filter(|line| filter(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEP: &str = "\
k/a.ko.xz: k/b.ko.xz k/inside.ko
k/b.ko.xz:
k/c.ko.xz:
k/d-e.ko.xz: k/b.ko.xz
k/f.ko: k/g.ko
k/g.ko:
";
    const SOFTDEP: &str = "\
# Soft dependencies extracted from modules themselves.
softdep d_e pre: c nothing
softdep a post: c
softdep c pre: b
softdep b pre: g-alias other-alias
softdep f pre: b
";
    const ALIAS: &str = "\
alias g_alias g
alias g_alias gone
alias other-alias other
alias pci:v1* b
alias unused c
";
    const BUILTIN: &str = "k/inside.ko\nk/other.ko\nk/requested.ko\nk/unused.ko\n";

    fn index() -> ModuleIndex {
        let files = IndexFiles {
            dep: DEP.into(),
            softdep: SOFTDEP.into(),
            alias: ALIAS.into(),
            builtin: BUILTIN.into(),
        };
        ModuleIndex::new("6.9", files).unwrap()
    }

    fn subset(modules: &[&str]) -> Subset {
        index().subset(modules, |_| true).unwrap()
    }

    #[test]
    fn contains_only_requested_modules_and_dependencies() {
        let subset = subset(&["d-e", "requested"]);
        let files = ["k/g.ko", "k/b.ko.xz", "k/c.ko.xz", "k/d-e.ko.xz"];
        assert_eq!(subset.files, files);
        assert_eq!(subset.missing, [""; 0]);
        let index = subset.index;
        assert_eq!(
            index.dep,
            "k/g.ko:\nk/b.ko.xz:\nk/c.ko.xz:\nk/d-e.ko.xz: k/b.ko.xz\n"
        );
        assert_eq!(
            index.softdep,
            "softdep d_e pre: c nothing\nsoftdep c pre: b\nsoftdep b pre: g-alias other-alias\n"
        );
        assert_eq!(index.alias, "alias g_alias g\nalias other-alias other\n");
        assert_eq!(index.builtin, "k/other.ko\nk/requested.ko\n");
    }

    #[test]
    fn reduced_indexes_give_the_same_order() {
        for modules in [
            &["a"][..],
            &["d_e", "a"],
            &["c"],
            &["requested", "b"],
            &["f", "other-alias"],
            &["g-alias"],
            &["pci:v1"],
            &[],
        ] {
            let index = index();
            let subset = subset(modules);
            let order = index.load_order(modules.iter().copied()).unwrap();
            assert_eq!(subset.files, order, "{modules:?}");
            let reduced = ModuleIndex::new("6.9", subset.index).unwrap();
            let again = reduced.load_order(modules.iter().copied()).unwrap();
            assert_eq!(order, again, "{modules:?}");
        }
    }

    #[test]
    fn leaves_out_missing_soft_dependencies() {
        let subset = index()
            .subset(&["d-e"], |path| path != "k/c.ko.xz")
            .unwrap();
        assert_eq!(subset.files, ["k/g.ko", "k/b.ko.xz", "k/d-e.ko.xz"]);
        assert_eq!(subset.missing, ["k/c.ko.xz"]);
        assert!(!subset.index.dep.contains("k/c.ko"));

        // A required file is not left out, so that the caller reports it.
        let subset = index()
            .subset(&["d-e"], |path| path != "k/b.ko.xz")
            .unwrap();
        assert!(subset.files.contains(&"k/b.ko.xz".to_owned()));
    }

    #[test]
    fn leaves_out_soft_dependencies_of_which_a_dependency_is_missing() {
        let files = IndexFiles {
            dep: "x.ko:\ny.ko: z.ko\nz.ko:\n".into(),
            softdep: "softdep x pre: y\n".into(),
            ..IndexFiles::default()
        };
        let index = ModuleIndex::new("6.9", files).unwrap();
        let subset = index.subset(&["x"], |path| path != "z.ko").unwrap();
        assert_eq!(subset.files, ["x.ko"]);
        assert_eq!(subset.missing, ["z.ko", "y.ko"]);
    }

    #[test]
    fn removes_a_suffix_from_every_path() {
        let mut subset = subset(&["a"]);
        subset.remove_suffix(".xz");
        assert_eq!(subset.files, ["k/g.ko", "k/b.ko", "k/a.ko", "k/c.ko"]);
        let dep = "k/g.ko:\nk/b.ko:\nk/a.ko: k/b.ko k/inside.ko\nk/c.ko:\n";
        assert_eq!(subset.index.dep, dep);
    }

    #[test]
    fn rejects_unknown_modules() {
        let error = index().subset(&["gone"], |_| true).unwrap_err();
        assert_eq!(error.name, "gone");
    }
}
