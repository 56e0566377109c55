//! A part of the indexes: what an initramfs carries.

use std::collections::BTreeSet;

use crate::index::ModuleIndex;
use crate::load_order::UnknownModule;
use crate::name::module_name;

/// Some modules with all that they need, and indexes that know of nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subset {
    /// The files, in the order in which they are to be loaded; paths below the module directory.
    pub files: Vec<String>,
    /// The lines of the indexes that are about them.
    pub index: ModuleIndex,
}

impl ModuleIndex {
    /// What it takes to load `modules` in the order of [`ModuleIndex::load_order`], here and with
    /// the smaller indexes alike.
    pub fn subset(&self, modules: &[&str]) -> Result<Subset, UnknownModule> {
        let files = self.load_order(modules.iter().copied())?;
        let carried: BTreeSet<_> = files.iter().map(|file| module_name(file)).collect();
        let is_carried = |name: &str| carried.contains(&module_name(name));
        // What is built in is asked for by name, or needed by one of the files.
        let mut wanted: BTreeSet<_> = modules.iter().map(|module| module_name(module)).collect();
        let mut dep = String::new();
        for (file, depends) in files.iter().filter_map(|file| self.find(file)) {
            dep += file;
            dep += ":";
            for dependency in depends {
                wanted.insert(module_name(dependency));
                dep += " ";
                dep += dependency;
            }
            dep += "\n";
        }
        let softdep = self.softdep_lines(is_carried);
        let builtin = self.builtin_lines(|name| wanted.contains(&module_name(name)));
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
    const BUILTIN: &str = "k/inside.ko\nk/other.ko\nk/asked.ko\n";

    fn index() -> ModuleIndex {
        ModuleIndex::new(DEP.into(), SOFTDEP.into(), BUILTIN.into()).unwrap()
    }

    #[test]
    fn what_is_needed_is_there_and_nothing_else() {
        let subset = index().subset(&["d-e", "asked"]).unwrap();
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
        assert_eq!(builtin, ("modules.builtin", "k/asked.ko\n"));
    }

    #[test]
    fn the_smaller_indexes_give_the_same_order() {
        for modules in [&["a"][..], &["d_e", "a"], &["c"], &["asked", "b"], &[]] {
            let index = index();
            let subset = index.subset(modules).unwrap();
            let order = index.load_order(modules.iter().copied()).unwrap();
            assert_eq!(subset.files, order);
            let again = subset.index.load_order(modules.iter().copied()).unwrap();
            assert_eq!(subset.files, again);
        }
    }

    #[test]
    fn what_does_not_exist_is_an_error() {
        assert_eq!(index().subset(&["gone"]).unwrap_err().name, "gone");
    }
}
