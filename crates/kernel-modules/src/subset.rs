//! Reduces the indexes to the modules in an initramfs.

use std::collections::BTreeSet;

use crate::index::ModuleIndex;
use crate::load_order::UnknownModule;
use crate::name::module_name;

/// Some modules with their dependencies, and indexes that list only these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subset {
    /// The files in load order, as paths relative to the module directory.
    pub files: Vec<String>,
    /// The lines of the full indexes that concern these files.
    pub index: ModuleIndex,
}

impl ModuleIndex {
    /// Returns the subset that is needed to load `modules`. With its indexes,
    /// [`ModuleIndex::load_order`] returns the same order as with the full ones.
    pub fn subset(&self, modules: &[&str]) -> Result<Subset, UnknownModule> {
        let files = self.load_order(modules.iter().copied())?;
        let included: BTreeSet<_> = files.iter().map(|file| module_name(file)).collect();
        let is_included = |name: &str| included.contains(&module_name(name));
        // Builtin modules among these are requested by the caller, or a dependency of a file.
        let mut needed: BTreeSet<_> = modules.iter().map(|module| module_name(module)).collect();
        let mut dep = String::new();
        for (file, depends) in files.iter().filter_map(|file| self.find(file)) {
            dep += file;
            dep += ":";
            for dependency in depends {
                needed.insert(module_name(dependency));
                dep += " ";
                dep += dependency;
            }
            dep += "\n";
        }
        let softdep = self.softdep_lines(is_included);
        let builtin = self.builtin_lines(|name| needed.contains(&module_name(name)));
        let files = files.into_iter().map(str::to_owned).collect();
        let index = ModuleIndex::from_texts(dep, softdep, builtin);
        Ok(Subset { files, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEP: &str = "\
k/a.ko.xz: k/b.ko.xz k/inside.ko
k/b.ko.xz:
k/c.ko.xz:
k/d-e.ko.xz: k/b.ko.xz
";
    const SOFTDEP: &str = "\
# Soft dependencies extracted from modules themselves.
softdep d_e pre: c nothing
softdep a post: c
softdep c pre: b
";
    const BUILTIN: &str = "k/inside.ko\nk/other.ko\nk/requested.ko\n";

    fn index() -> ModuleIndex {
        ModuleIndex::new(DEP.into(), SOFTDEP.into(), BUILTIN.into()).unwrap()
    }

    #[test]
    fn contains_only_requested_modules_and_dependencies() {
        let subset = index().subset(&["d-e", "requested"]).unwrap();
        assert_eq!(subset.files, ["k/b.ko.xz", "k/c.ko.xz", "k/d-e.ko.xz"]);
        let [dep, softdep, builtin] = subset.index.files();
        assert_eq!(
            dep,
            (
                "modules.dep",
                "k/b.ko.xz:\nk/c.ko.xz:\nk/d-e.ko.xz: k/b.ko.xz\n"
            )
        );
        assert_eq!(
            softdep,
            (
                "modules.softdep",
                "softdep d_e pre: c nothing\nsoftdep c pre: b\n"
            )
        );
        assert_eq!(builtin, ("modules.builtin", "k/requested.ko\n"));
    }

    #[test]
    fn reduced_indexes_give_the_same_order() {
        for modules in [&["a"][..], &["d_e", "a"], &["c"], &["requested", "b"], &[]] {
            let index = index();
            let subset = index.subset(modules).unwrap();
            let order = index.load_order(modules.iter().copied()).unwrap();
            assert_eq!(subset.files, order);
            let again = subset.index.load_order(modules.iter().copied()).unwrap();
            assert_eq!(subset.files, again);
        }
    }

    #[test]
    fn rejects_unknown_modules() {
        assert_eq!(index().subset(&["gone"]).unwrap_err().name, "gone");
    }
}
