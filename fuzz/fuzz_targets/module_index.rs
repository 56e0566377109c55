//! Any indexes of a module directory give a load order or an error; the order has no duplicates, and
//! only files of `modules.dep`.
//!
//! The input is `modules.dep`, `modules.softdep`, `modules.builtin`, a file of `modules-load.d`,
//! `modules.alias` and a file of modprobe.d(5), separated by NULs.
#![no_main]

use std::collections::BTreeSet;

use kernel_modules::{IndexFiles, ModuleIndex, module_name, modules_load_names};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut texts = text.split('\0').map(str::to_owned);
    let mut next = || texts.next().unwrap_or_default();
    let (dep, softdep, builtin, list) = (next(), next(), next(), next());
    let (alias, config) = (next(), next());
    let files = IndexFiles {
        dep: dep.clone(),
        softdep,
        alias,
        builtin,
    };
    let Ok(mut index) = ModuleIndex::new("6.1", files) else {
        return;
    };
    index.add_config(&config);
    match index.load_plan(modules_load_names(&list)) {
        Ok(plan) => {
            let names: BTreeSet<_> = plan.iter().map(|file| module_name(file.path)).collect();
            assert_eq!(names.len(), plan.len());
            for file in plan {
                let mut lines = dep.lines().filter_map(|line| line.split_once(':'));
                assert!(lines.any(|(path, _)| path.trim().ends_with(file.path)));
                assert!(!file.path.split('/').any(|part| matches!(part, "" | "..")));
                assert!(!index.options(file.path).contains('\n'));
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
