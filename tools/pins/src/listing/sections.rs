//! The sections of docs/inputs.md, one for each kind of input.

use std::collections::{BTreeMap, BTreeSet};

use super::{Crates, Listing};
use crate::markdown::Section;
use crate::policy;
use crate::workspace::{self, file};
use crate::{Error, actions, bazel, debian, images, module, npm};

impl Listing<'_> {
    pub(super) fn bazel(&mut self) -> Section {
        let read = bazel::read(self.tree).map(Some);
        let licence = self.licence_of("bazel");
        let programs = self
            .kept(read)
            .map(|bazel| bazel.programs)
            .unwrap_or_default();
        Section {
            heading: "Bazel",
            text: "`.bazelversion` names the version and Bazelisk downloads it. `tools/bazel` compares it with `tools/bazel.sha256` before it \
                   starts. In the Debian root Bazel is Debian's package."
                .into(),
            columns: &["program", "sha256", "licence"],
            rows: programs.into_iter().map(|(name, sha256)| vec![name, code(&sha256), licence.clone()]).collect(),
        }
    }

    pub(super) fn modules(&mut self) -> Section {
        let read = module::read(self.tree).map(Some);
        let mut rows = Vec::new();
        for dependency in self
            .kept(read)
            .map(|module| module.dependencies)
            .unwrap_or_default()
        {
            let licence = self.licence_of(&dependency.name);
            rows.push(vec![
                dependency.name,
                dependency.version.value,
                licence,
                dependency.comment,
            ]);
        }
        Section {
            heading: "Bazel modules",
            text: "Pinned by version in `MODULE.bazel`. The digest of each archive is in the Bazel Central Registry's entry for that version, and \
                   Bazel compares it; the registry's entries themselves are taken from it over TLS, as are those of the modules that these \
                   ones need. Bazel's own lock file would pin them too, and is not kept: it records addresses. In the Debian root \
                   all of them are Debian's packages."
                .into(),
            columns: &["module", "version", "licence", "for"],
            rows,
        }
    }

    pub(super) fn rust(&mut self) -> Section {
        let licence = self.licence_of("rust");
        // Its errors are told with the modules.
        let rows = match module::read(self.tree) {
            Err(_) => Vec::new(),
            Ok(module) => vec![
                vec![
                    "compiler, Cargo, rustfmt, standard libraries".into(),
                    module.rust.value.clone(),
                    "in rules_rust".into(),
                    licence.clone(),
                ],
                vec![
                    format!("standard library for {}", module::RISCV64),
                    module.rust.value,
                    code(&module.riscv64_sha256.value),
                    licence,
                ],
            ],
        };
        Section {
            heading: "Rust",
            text: "Pinned in `MODULE.bazel`. rules_rust, listed above, carries the digests of the archives of each Rust version it knows; for the \
                   one that it does not know the digest goes with the version. In the Debian root Rust is Debian's package, and the standard \
                   libraries for musl are built from its source."
                .into(),
            columns: &["archive", "version", "sha256", "licence"],
            rows,
        }
    }

    pub(super) fn crates(&mut self, crates: &Crates) -> Section {
        let mut rows = BTreeMap::new();
        let directories: Vec<_> = self
            .policy
            .workspaces
            .iter()
            .map(|workspace| workspace.directory.clone())
            .collect();
        for directory in &directories {
            let path = file(directory, "Cargo.lock");
            let lock = self.kept(workspace::read(self.tree, directory));
            for ((name, version), locked) in lock {
                let said = crates
                    .get(directory)
                    .and_then(|metadata| metadata.get(&name, &version));
                let licence = said.and_then(|said| said.license.clone());
                let next = "its Cargo.toml has no `license`, so take another crate";
                let licence = self.allowed(&path, &format!("{name} {version}"), licence, next);
                let row = rows.entry((name, version, locked.checksum)).or_insert((
                    licence,
                    BTreeSet::new(),
                    Vec::new(),
                ));
                row.1.extend(locked.used_by);
                row.2.push(code(&path));
            }
        }
        let rows = rows
            .into_iter()
            .map(|((name, version, checksum), (licence, users, locks))| {
                let users = users.into_iter().collect::<Vec<_>>().join(", ");
                vec![
                    name,
                    version,
                    code(&checksum),
                    licence,
                    users,
                    locks.join(", "),
                ]
            });
        Section {
            heading: "Crates",
            text: "Pinned in the lock files, by the sha256 of each crate's archive; Cargo and crate_universe compare it. The licence is what the \
                   crate says. Not every one is compiled: the lock files hold the crates for all platforms."
                .into(),
            columns: &["crate", "version", "sha256", "licence", "our packages that use it", "pinned in"],
            rows: rows.collect(),
        }
    }

    pub(super) fn npm(&mut self) -> Section {
        let mut rows = Vec::new();
        for package in self.kept(npm::read(self.tree)) {
            let licence = self.licence_of(&package.name);
            rows.push(vec![
                package.name,
                package.version,
                code(&package.integrity),
                licence,
                package.comment,
            ]);
        }
        Section {
            heading: "npm packages",
            text: format!(
                "Programs that checks run. Pinned in `{}`; `.ci/lib.sh` compares the digest before it installs one.",
                npm::PATH
            ),
            columns: &["package", "version", "integrity", "licence", "for"],
            rows,
        }
    }

    pub(super) fn actions(&mut self) -> Section {
        let mut uses: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for action in self.kept(actions::read(self.tree)) {
            uses.entry((action.name, action.tag, action.commit))
                .or_default()
                .insert(code(&action.path));
        }
        let mut rows = Vec::new();
        for ((name, tag, commit), paths) in uses {
            let licence = self.licence_of(&name);
            rows.push(vec![
                name,
                tag,
                code(&commit),
                licence,
                paths.into_iter().collect::<Vec<_>>().join(", "),
            ]);
        }
        for image in self.kept(images::read(self.tree)) {
            let licence = self.licence_of(&image.name);
            rows.push(vec![
                format!("image {}", image.name),
                String::new(),
                code(&image.digest),
                licence,
                code(&image.path),
            ]);
        }
        let none = if rows.is_empty() {
            " None is used."
        } else {
            ""
        };
        Section {
            heading: "GitHub Actions",
            text: format!(
                "Pinned in the workflows, by the commit, which is a digest of all that is in it. The tag is a \
                 comment. Container images are pinned by their digest. The machines that jobs run on are GitHub's, and not pinned.{none}"
            ),
            columns: &["action", "tag", "commit", "licence", "used in"],
            rows,
        }
    }

    pub(super) fn debian(&mut self) -> Section {
        let mut packages = debian::read(self.tree, &self.policy, &mut self.errors);
        packages.sort_by(|a, b| (&a.path, &a.name).cmp(&(&b.path, &b.name)));
        let row = |package: debian::Package| {
            vec![
                package.name,
                package.suite,
                code(&package.path),
                package.purpose,
            ]
        };
        Section {
            heading: "Debian packages",
            text: "For the Debian root and for checks, **not** for a build with Bazelisk, and neither version nor digest is pinned here: \
                   forky moves, and takes old versions away. They are pinned by the archive's signature: its Release file is signed, and has the \
                   digest of the lists, which have the digest of each package. apt and mmdebstrap check all three against the keys in \
                   debian-archive-keyring; that the Release file is recent is not asked, so that a snapshot will do. Of what these packages \
                   need, the same holds. Kernels for tests come this way too. The workflows take Ubuntu's packages, and Alpine's in Alpine: theirs \
                   are archives with signatures as well. Licences: each is in Debian's main section, and has its own in \
                   `/usr/share/doc/<package>/copyright`."
                .into(),
            columns: &["package", "release", "asked for in", "for"],
            rows: packages.into_iter().map(row).collect(),
        }
    }

    pub(super) fn gaps(&mut self) -> Section {
        let outside = self
            .policy
            .outside
            .iter()
            .map(|outside| (format!("{}/", outside.directory), &outside.because));
        let scripts = self
            .policy
            .scripts
            .iter()
            .filter_map(|script| Some((script.path.clone(), script.gap.as_ref()?)));
        let rows: Vec<_> = outside
            .chain(scripts)
            .map(|(place, why)| vec![code(&place), why.clone()])
            .collect();
        let unknown = self.unknown_workspaces();
        let unknown = self.kept(unknown);
        self.errors.extend(unknown);
        Section {
            heading: "What is not pinned",
            text: "Known, and to become shorter. Anything else that is not pinned makes the check fail. What a machine has before the build \
                   starts (Bazelisk or apt, and what they trust) is its owner's choice, and not listed."
                .into(),
            columns: &["where", "what and why"],
            rows,
        }
    }

    /// The Cargo workspaces that the policy does not name, so that nobody reads their lock files.
    fn unknown_workspaces(&self) -> Result<Vec<Error>, Error> {
        let mut errors = Vec::new();
        for top in ["bench", "crates", "fuzz", "stage0", "tools"] {
            for path in self.tree.files(top)? {
                let Some(directory) = path.strip_suffix("/Cargo.toml") else {
                    continue;
                };
                let known = self
                    .policy
                    .workspaces
                    .iter()
                    .map(|workspace| &workspace.directory);
                let mut known =
                    known.chain(self.policy.outside.iter().map(|outside| &outside.directory));
                let is_workspace = self
                    .tree
                    .read(&path)?
                    .lines()
                    .any(|line| line.trim() == "[workspace]");
                if is_workspace && !known.any(|known| known == directory) {
                    errors.push(Error::new(&path, format!("a workspace that {} does not name, so nothing lists its crates; name it there", policy::PATH)));
                }
            }
        }
        Ok(errors)
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
