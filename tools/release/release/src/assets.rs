//! The files of a release, and the hosts that its program runs on.

use std::path::Path;

use anyhow::{Context, Result};
use fastboop_files::SUMS_NAME;

use crate::version::{Format, Version};

/// The signature of `SHA256SUMS`: a Sigstore bundle, made with a key or keyless.
pub const SIGNATURE: &str = "SHA256SUMS.sigstore.json";

/// The plan of publishing, as JSON.
pub const PLAN: &str = "release-plan.json";

/// A kind of machine that fastboop is released for.
#[derive(Debug)]
pub struct Host {
    /// The CPU, as in `std::env::consts::ARCH`.
    cpu: &'static str,
    /// The target triple. `//:fastboop-<triple>` of Bazel builds its program.
    pub triple: &'static str,
    /// The suffixes of its packages' names.
    packages: [&'static str; 2],
}

/// All hosts.
pub const HOSTS: [Host; 2] = [
    Host {
        cpu: "aarch64",
        triple: "aarch64-unknown-linux-musl",
        packages: ["_arm64.deb", ".aarch64.rpm"],
    },
    Host {
        cpu: "x86_64",
        triple: "x86_64-unknown-linux-musl",
        packages: ["_amd64.deb", ".x86_64.rpm"],
    },
];

impl Host {
    /// The host with this CPU.
    pub fn with_cpu(cpu: &str) -> Result<&'static Host> {
        let host = HOSTS.iter().find(|host| host.cpu == cpu);
        host.with_context(|| {
            let known = HOSTS.map(|host| host.cpu).join(" or ");
            format!("{cpu}: fastboop is not released for this CPU; assemble on {known}")
        })
    }

    /// The name of its program, and of the Bazel target that builds it.
    pub fn program(&self) -> String {
        format!("fastboop-{}", self.triple)
    }

    /// The name of the archive with its program.
    pub fn archive(&self, version: &Version) -> String {
        format!("fastboop-{version}-{}.tar.gz", self.triple)
    }

    /// Whether this host can run the program in `package`, according to the package's name.
    pub fn can_run(&self, package: &Path) -> bool {
        let name = package.to_string_lossy();
        self.packages.iter().any(|end| name.ends_with(end))
    }
}

/// When an asset is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// Unless the release has no packages, according to its plan.
    Package,
    /// If the toolchain can build it.
    Optional,
}

/// One file of a release.
#[derive(Debug)]
pub struct Asset {
    /// Its name. `{version}`, `{deb}` and `{rpm}` stand for the version in the format of Cargo, Debian
    /// and RPM, with the replacements of [`portable_name`]; `*` stands for any text.
    pub name: &'static str,
    pub presence: Presence,
}

const fn required(name: &'static str) -> Asset {
    let presence = Presence::Required;
    Asset { name, presence }
}

/// Every file of a release, except for the signature and the crates, which the plan lists.
/// docs/release.md describes them.
pub const ASSETS: [Asset; 18] = [
    required("fastboop-stage0-aarch64-unknown-linux-musl"),
    required("fastboop-stage0-armv7-unknown-linux-musleabihf"),
    required("fastboop-stage0-x86_64-unknown-linux-musl"),
    Asset {
        name: "fastboop-stage0-riscv64gc-unknown-linux-musl",
        presence: Presence::Optional,
    },
    required("fastboop-{version}-aarch64-unknown-linux-musl.tar.gz"),
    required("fastboop-{version}-x86_64-unknown-linux-musl.tar.gz"),
    required("fastboop-{version}.tar.gz"),
    required("fastboop-{version}-vendor.tar.gz"),
    required("fastboop-{version}-man.tar.gz"),
    required("fastboop.bash"),
    required("fastboop.fish"),
    required("fastboop.zsh"),
    Asset {
        name: "fastboop_{deb}*.deb",
        presence: Presence::Package,
    },
    Asset {
        name: "fastboop-{rpm}*.rpm",
        presence: Presence::Package,
    },
    required("fastboop-{version}.cdx.json"),
    required("fastboop-stage0-{version}.cdx.json"),
    required(PLAN),
    required(SUMS_NAME),
];

impl Asset {
    /// Its name in the release of `version`, which may contain one `*`.
    pub fn pattern(&self, version: &Version) -> String {
        let name = self.name.replace("{version}", &version.to_string());
        let name = name.replace("{deb}", &version.in_format(Format::Deb));
        portable_name(&name.replace("{rpm}", &version.in_format(Format::Rpm)))
    }
}

/// Replaces each `~` in `name` with a dot, as GitHub does on upload: `SHA256SUMS` has to list the
/// names of downloads.
pub fn portable_name(name: &str) -> String {
    name.replace('~', ".")
}

/// Whether `name` matches `pattern`, in which `*` stands for any text.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => name
            .strip_prefix(start)
            .is_some_and(|rest| rest.ends_with(end)),
    }
}

/// The name of the archive of the manual pages.
pub fn manual_archive(version: &Version) -> String {
    format!("fastboop-{version}-man.tar.gz")
}

/// The name of the archive of the crates that the sources are built from.
pub fn vendor_archive(version: &Version) -> String {
    format!("fastboop-{version}-vendor.tar.gz")
}

/// The name of the archive of the sources.
pub fn source_archive(version: &Version) -> String {
    format!("fastboop-{version}.tar.gz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_contain_the_version_in_the_format_of_their_reader() {
        let version: Version = "1.2.3-rc.4".parse().unwrap();
        let names = ASSETS.map(|asset| asset.pattern(&version));
        let mut expected = vec![
            "fastboop_1.2.3.rc4*.deb".to_owned(),
            "fastboop-1.2.3-0_rc4*.rpm".to_owned(),
        ];
        expected.extend(HOSTS.map(|host| host.archive(&version)));
        expected
            .extend([source_archive, vendor_archive, manual_archive].map(|name| name(&version)));
        for name in expected {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
    }

    #[test]
    fn star_matches_any_text() {
        assert!(matches("a_1*.deb", "a_1-1_amd64.deb"));
        assert!(matches("a_1*.deb", "a_1.deb"));
        assert!(!matches("a_1*.deb", "a_2-1_amd64.deb"));
        assert!(!matches("a_1*.deb", "a_1.rpm"));
        assert!(matches("a", "a"));
        assert!(!matches("a", "ab"));
        // The two parts may not overlap.
        assert!(!matches("ab*ba", "aba"));
    }

    #[test]
    fn rejects_an_unknown_cpu() {
        let x86_64 = Host::with_cpu("x86_64").unwrap();
        assert!(x86_64.can_run(Path::new("fastboop_1-1_amd64.deb")));
        assert!(!x86_64.can_run(Path::new("fastboop_1-1_arm64.deb")));
        for cpu in ["riscv64", "arm", "x86", "powerpc64"] {
            let error = Host::with_cpu(cpu).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{cpu}: fastboop is not released")),
                "{error}"
            );
        }
    }
}
