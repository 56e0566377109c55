//! Which files a release has.

use fastboop_files::SUMS_NAME;

use crate::version::{Format, Version};

/// The host programs of a release: what `//:fastboop-<triple>` of Bazel builds.
pub const HOSTS: [&str; 2] = ["aarch64-unknown-linux-musl", "x86_64-unknown-linux-musl"];

/// What the signature of `SHA256SUMS` is called: a Sigstore bundle, with a key or keyless.
pub const SIGNATURE: &str = "SHA256SUMS.sigstore.json";

/// The plan of publishing, as data.
pub const PLAN: &str = "release-plan.json";

/// When an asset has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// Unless the packages were left out, which the plan says.
    Package,
    /// Where the toolchain can build it.
    Optional,
}

/// One file of a release.
#[derive(Debug)]
pub struct Asset {
    /// Its name. `{version}`, `{deb}` and `{rpm}` stand for the version as Cargo, Debian and RPM
    /// write it, made [`portable`]; `*` for any text.
    pub name: &'static str,
    /// When it has to be there.
    pub presence: Presence,
}

const fn required(name: &'static str) -> Asset {
    let presence = Presence::Required;
    Asset { name, presence }
}

/// Every file of a release, but for the crates, which the plan lists. docs/release.md says what
/// each is for.
pub const ASSETS: [Asset; 19] = [
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
    required("fastboop-{version}.intoto.json"),
    required(SUMS_NAME),
];

impl Asset {
    /// Its name in the release of `version`; it may hold one `*`.
    pub fn pattern(&self, version: &Version) -> String {
        let name = self.name.replace("{version}", &version.to_string());
        let name = name.replace("{deb}", &version.in_format(Format::Deb));
        portable(&name.replace("{rpm}", &version.in_format(Format::Rpm)))
    }
}

/// `name` as it survives an upload: GitHub puts a dot in the place of each `~`, and `SHA256SUMS` has
/// to name what is downloaded.
pub fn portable(name: &str) -> String {
    name.replace('~', ".")
}

/// Whether `pattern`, in which `*` stands for any text, is `name`.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => name
            .strip_prefix(start)
            .is_some_and(|rest| rest.ends_with(end)),
    }
}

/// The provenance's name.
pub fn provenance(version: &Version) -> String {
    format!("fastboop-{version}.intoto.json")
}

/// The name of the archive with the program for `host`.
pub fn host_archive(version: &Version, host: &str) -> String {
    format!("fastboop-{version}-{host}.tar.gz")
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
    fn names_have_the_version_of_their_reader() {
        let version: Version = "1.2.3-rc.4".parse().unwrap();
        let names: Vec<String> = ASSETS.iter().map(|asset| asset.pattern(&version)).collect();
        for name in [
            "fastboop-1.2.3-rc.4.tar.gz",
            "fastboop_1.2.3.rc4*.deb",
            "fastboop-1.2.3-0_rc4*.rpm",
        ] {
            assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
        }
        for name in HOSTS.map(|host| host_archive(&version, host)) {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        for name in [provenance, source_archive, vendor_archive, manual_archive] {
            assert!(names.contains(&name(&version)), "{names:?}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a_1*.deb", "a_1-1_amd64.deb"));
        assert!(matches("a_1*.deb", "a_1.deb"));
        assert!(!matches("a_1*.deb", "a_2-1_amd64.deb"));
        assert!(!matches("a_1*.deb", "a_1.rpm"));
        assert!(matches("a", "a"));
        assert!(!matches("a", "ab"));
        // The two parts may not overlap.
        assert!(!matches("ab*ba", "aba"));
    }
}
