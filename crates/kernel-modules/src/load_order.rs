//! Orders module files by their dependencies.

use std::fmt;

use crate::index::ModuleIndex;

/// The error for a module that is neither listed in `modules.dep` nor built into the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownModule {
    /// The name or path, as given.
    pub name: String,
    /// The file that depends on it according to `modules.dep`; `None` if the caller requested it.
    pub needed_by: Option<String>,
}

/// A file to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleFile<'a> {
    /// The path relative to the module directory.
    pub path: &'a str,
    /// Whether the module was requested, or a requested module depends on it. The others are soft
    /// dependencies: failing to load one of them is not an error.
    pub is_required: bool,
}

impl ModuleIndex {
    /// Returns the files to load for `modules`, each once and after its dependencies, as paths relative
    /// to the module directory. Builtin modules have no file. Like modprobe(8), it loads all modules of
    /// an alias, and skips soft dependencies that do not exist and blacklisted modules that no other
    /// module requires.
    pub fn load_order<'a>(
        &'a self,
        modules: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<&'a str>, UnknownModule> {
        let files = self.load_plan(modules)?;
        Ok(files.iter().map(|file| file.path).collect())
    }

    /// Like [`ModuleIndex::load_order`], and reports whether each file is required.
    pub fn load_plan<'a>(
        &'a self,
        modules: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<ModuleFile<'a>>, UnknownModule> {
        let mut walk = Walk {
            index: self,
            seen: Vec::new(),
            steps: Vec::new(),
            order: Vec::new(),
        };
        let mut required: Vec<&str> = Vec::new();
        for module in modules {
            let Some(paths) = walk.resolve(module) else {
                // An initramfs can lack a module that is never loaded.
                if self.is_blacklisted(module) {
                    continue;
                }
                return Err(UnknownModule {
                    name: module.to_owned(),
                    needed_by: None,
                });
            };
            // Of several modules of an alias, one may need other hardware than the others.
            if let [path] = paths[..] {
                // A line of modules.dep lists indirect dependencies too.
                let depends = self.find(path).map(|(_, depends)| depends);
                required.push(path);
                required.extend(depends.into_iter().flatten());
            }
            for path in paths {
                walk.run(path)?;
            }
        }
        let files = walk.order.into_iter().map(|path| ModuleFile {
            path,
            is_required: required.contains(&path),
        });
        Ok(files.collect())
    }
}

/// A depth-first walk through the dependencies. Not recursive: stage0's stack is small, and chains of
/// dependencies can be long.
struct Walk<'a> {
    index: &'a ModuleIndex,
    /// The files of modules that were visited or are being visited, which ends cycles of soft
    /// dependencies. Not a set: there are only some dozens, and stage0 should be small.
    seen: Vec<&'a str>,
    /// A stack: the next step is the last.
    steps: Vec<Step<'a>>,
    order: Vec<&'a str>,
}

enum Step<'a> {
    /// Visit the module of a file and its dependencies; `needed_by` is the file that depends on it.
    Visit {
        path: &'a str,
        needed_by: Option<&'a str>,
    },
    /// Append this file to the order: its dependencies are already there.
    Append(&'a str),
}

impl<'a> Walk<'a> {
    fn run(&mut self, path: &'a str) -> Result<(), UnknownModule> {
        let needed_by = None;
        self.steps.push(Step::Visit { path, needed_by });
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Visit { path, needed_by } => self.visit(path, needed_by)?,
                Step::Append(path) => self.order.push(path),
            }
        }
        Ok(())
    }

    fn visit(&mut self, path: &'a str, needed_by: Option<&'a str>) -> Result<(), UnknownModule> {
        let Some((path, depends)) = self.index.find(path) else {
            return if self.index.is_builtin(path) {
                Ok(())
            } else {
                Err(UnknownModule {
                    name: path.to_owned(),
                    needed_by: needed_by.map(str::to_owned),
                })
            };
        };
        if self.seen.contains(&path) {
            return Ok(());
        }
        self.seen.push(path);
        let soft = self.index.soft_dependencies(path);
        // The steps are a stack, so push the last step first.
        self.push_existing(soft.post, false);
        self.steps.push(Step::Append(path));
        // depmod lists the dependency to load first last, which fits the stack.
        self.steps.extend(depends.map(|depend| Step::Visit {
            path: depend,
            needed_by: Some(path),
        }));
        self.push_existing(soft.pre, true);
        Ok(())
    }

    /// Pushes those of the soft dependencies that can be loaded, before (`pre`) or after a module.
    fn push_existing(&mut self, modules: Vec<&'a str>, pre: bool) {
        for module in modules.into_iter().rev() {
            let mut paths = self.resolve(module).unwrap_or_default();
            paths.retain(|path| self.has_dependencies_of(path, pre));
            let needed_by = None;
            let visits = paths.into_iter().rev();
            self.steps
                .extend(visits.map(|path| Step::Visit { path, needed_by }));
        }
    }

    /// Whether all files that the file at `path` depends on are known, and for `pre` also not those whose
    /// soft dependency it is. A line of modules.dep lists indirect dependencies too.
    fn has_dependencies_of(&self, path: &str, pre: bool) -> bool {
        let depends = self.index.find(path).map(|(_, depends)| depends);
        depends
            .into_iter()
            .flatten()
            .all(|depend| match self.index.find(depend) {
                Some((path, _)) => !pre || !self.seen.contains(&path) || self.order.contains(&path),
                None => self.index.is_builtin(depend),
            })
    }

    /// Like [`ModuleIndex::resolve`], without blacklisted modules.
    fn resolve(&self, module: &str) -> Option<Vec<&'a str>> {
        let mut paths = self.index.resolve(module)?;
        paths.retain(|path| !self.index.is_blacklisted(path));
        Some(paths)
    }
}

impl fmt::Display for UnknownModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownModule { name, needed_by } = self;
        match needed_by {
            Some(path) => write!(
                f,
                "no module {name}, which {path} needs: neither in modules.dep nor an alias nor built into the kernel"
            ),
            None => write!(
                f,
                "no module {name}: neither in modules.dep nor an alias nor built into the kernel"
            ),
        }
    }
}

impl std::error::Error for UnknownModule {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IndexFiles;

    const DEP: &str = "\
k/a.ko: k/b.ko k/c.ko
k/b.ko: k/c.ko
k/c.ko:
k/d.ko:
k/lost.ko: k/gone.ko
k/e.ko: k/inside.ko
";

    fn index(softdep: &str) -> ModuleIndex {
        let files = IndexFiles {
            dep: DEP.into(),
            softdep: softdep.into(),
            alias: "alias crypto-d d\nalias both c\nalias both d\n".into(),
            builtin: "k/inside.ko\n".into(),
        };
        ModuleIndex::new("6.9", files).unwrap()
    }

    fn check(softdep: &str, modules: &[&str], expected: &[&str]) {
        let index = index(softdep);
        assert_eq!(index.load_order(modules.iter().copied()).unwrap(), expected);
    }

    #[test]
    fn dependencies_come_first_and_once() {
        check("", &["a"], &["k/c.ko", "k/b.ko", "k/a.ko"]);
        check(
            "",
            &["b", "a", "d"],
            &["k/c.ko", "k/b.ko", "k/a.ko", "k/d.ko"],
        );
        check("", &[], &[]);
    }

    #[test]
    fn builtin_modules_have_no_file() {
        check("", &["inside", "e"], &["k/e.ko"]);
    }

    #[test]
    fn existing_soft_dependencies_come_before_and_after() {
        check(
            "softdep d pre: c nothing inside post: b\n",
            &["d"],
            &["k/c.ko", "k/d.ko", "k/b.ko"],
        );
    }

    #[test]
    fn soft_dependencies_may_be_aliases() {
        check("softdep c pre: crypto-d\n", &["c"], &["k/d.ko", "k/c.ko"]);
        check(
            "softdep e pre: both\n",
            &["e"],
            &["k/c.ko", "k/d.ko", "k/e.ko"],
        );
    }

    #[test]
    fn one_of_several_modules_of_an_alias_is_not_required() {
        let index = index("");
        let plan = |module| index.load_plan([module]).unwrap();
        assert!(plan("crypto_d").iter().all(|file| file.is_required));
        let both: Vec<_> = plan("both")
            .iter()
            .map(|f| (f.path, f.is_required))
            .collect();
        assert_eq!(both, [("k/c.ko", false), ("k/d.ko", false)]);
    }

    #[test]
    fn blacklisted_modules_are_loaded_only_for_modules_that_require_them() {
        let mut index = index("softdep d pre: b\n");
        index.add_config("blacklist b\nblacklist d");
        let order = |module| index.load_order([module]).unwrap();
        assert_eq!(order("b"), [""; 0]);
        assert_eq!(order("crypto-d"), [""; 0]);
        assert_eq!(order("a"), ["k/c.ko", "k/b.ko", "k/a.ko"]);
        index.add_config("blacklist absent");
        assert_eq!(index.load_order(["absent"]), Ok(vec![]));
    }

    #[test]
    fn soft_dependencies_with_unknown_dependencies_are_skipped() {
        check(
            "softdep d pre: lost post: lost e\n",
            &["d"],
            &["k/d.ko", "k/e.ko"],
        );
    }

    #[test]
    fn cycles_of_soft_dependencies_end() {
        let cycle = "softdep c pre: d\nsoftdep d pre: c\n";
        check(cycle, &["c"], &["k/d.ko", "k/c.ko"]);
    }

    #[test]
    fn a_module_comes_after_its_dependency_in_a_cycle_with_a_soft_one() {
        let cycle = "softdep c pre: b\n";
        check(cycle, &["c", "b"], &["k/c.ko", "k/b.ko"]);
        check(cycle, &["b"], &["k/c.ko", "k/b.ko"]);
        check("softdep c post: b\n", &["c"], &["k/c.ko", "k/b.ko"]);
    }

    #[test]
    fn dependencies_of_soft_dependencies_are_not_required() {
        let index = index("softdep d pre: b\n");
        let required = |modules: &[&'static str]| -> Vec<_> {
            let plan = index.load_plan(modules.iter().copied()).unwrap();
            plan.iter().map(|f| (f.path, f.is_required)).collect()
        };
        let [b, d] = [("k/b.ko", false), ("k/d.ko", true)];
        assert_eq!(required(&["d"]), [("k/c.ko", false), b, d]);
        assert_eq!(required(&["d", "c"]), [("k/c.ko", true), b, d]);
        assert_eq!(required(&["d", "b"])[1], ("k/b.ko", true));
    }

    #[test]
    fn long_chains_fit_into_a_small_stack() {
        const LENGTH: usize = 500;
        let dep: String = (0..LENGTH).map(|n| format!("m{n}.ko:\n")).collect();
        let softdep: String = (1..LENGTH)
            .map(|n| format!("softdep m{} pre: m{n}\n", n - 1))
            .collect();
        let files = IndexFiles {
            dep,
            softdep,
            ..IndexFiles::default()
        };
        let index = ModuleIndex::new("6.9", files).unwrap();
        let count = std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(move || index.load_order(["m0"]).map(|order| order.len()));
        assert_eq!(count.unwrap().join().unwrap(), Ok(LENGTH));
    }

    #[test]
    fn names_unknown_modules() {
        let index = index("");
        let error = index.load_order(["nothing"]).unwrap_err();
        assert!(error.to_string().starts_with("no module nothing: "));
        let error = index.load_order(["lost"]).unwrap_err();
        assert_eq!(error.needed_by.as_deref(), Some("k/lost.ko"));
        assert!(error.to_string().contains("gone.ko, which k/lost.ko needs"));
    }
}
