//! The result: which artifacts are equal in all builds, and why others differ.

use std::collections::BTreeSet;
use std::fmt;

use crate::build::{Build, digest};
use crate::diffoscope;

/// diffoscope can run for minutes on one file.
const MAX_REPORTS: usize = 4;

/// The comparison of all builds.
#[derive(Debug)]
pub struct Summary {
    builds: Vec<Build>,
    artifacts: Vec<Artifact>,
    differences: Vec<Difference>,
    /// Errors that invalidate the comparison.
    errors: Vec<String>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Artifact {
    name: String,
    /// The SHA-256 digest in each build; `None` if the build lacks the artifact.
    digests: Vec<Option<String>>,
}

/// The difference of an artifact between the first and another build.
#[derive(Debug)]
struct Difference {
    artifact: String,
    report: String,
}

impl Summary {
    /// Compares the artifacts of all builds. `errors` lists errors of the builds themselves.
    pub fn new(builds: Vec<Build>, mut errors: Vec<String>) -> anyhow::Result<Self> {
        let names = builds.iter().flat_map(|build| build.files.keys());
        let names: BTreeSet<_> = names.cloned().collect();
        if names.is_empty() || builds.len() < 2 {
            errors.push("nothing to compare".to_owned());
        }
        let mut artifacts = Vec::new();
        let mut differences = Vec::new();
        for name in names {
            let artifact = Artifact::new(name, &builds)?;
            if let Some(other) = artifact.first_different() {
                if differences.len() < MAX_REPORTS {
                    differences.extend(Difference::new(
                        &artifact.name,
                        &builds[0],
                        &builds[other],
                    )?);
                }
            }
            artifacts.push(artifact);
        }
        Ok(Summary {
            builds,
            artifacts,
            differences,
            errors,
            notes: Vec::new(),
        })
    }

    pub fn with_notes(self, notes: Vec<String>) -> Self {
        Summary { notes, ..self }
    }

    /// Whether the comparison is valid and all artifacts are equal.
    pub fn is_same(&self) -> bool {
        self.errors.is_empty() && !self.has_differences()
    }

    pub fn has_differences(&self) -> bool {
        let mut artifacts = self.artifacts.iter();
        artifacts.any(|artifact| artifact.first_different().is_some())
    }
}

impl Artifact {
    fn new(name: String, builds: &[Build]) -> anyhow::Result<Self> {
        let digest = |build: &Build| {
            let path = build.files.get(&name);
            path.map(|path| Ok(digest(path)?.to_string())).transpose()
        };
        let digests = builds.iter().map(digest).collect::<anyhow::Result<_>>()?;
        Ok(Artifact { name, digests })
    }

    /// The index of the first build whose artifact differs from that of build 0.
    fn first_different(&self) -> Option<usize> {
        let first = self.digests.first()?;
        self.digests.iter().position(|digest| digest != first)
    }
}

impl Difference {
    /// Compares the artifact of two builds; `None` if one of them lacks it.
    fn new(artifact: &str, a: &Build, b: &Build) -> anyhow::Result<Option<Self>> {
        let (Some(a), Some(b)) = (a.files.get(artifact), b.files.get(artifact)) else {
            return Ok(None);
        };
        let report = diffoscope::report(a, b)?;
        Ok(Some(Difference {
            artifact: artifact.to_owned(),
            report,
        }))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, build) in self.builds.iter().enumerate() {
            writeln!(
                f,
                "build {}  {}: {:.0} s",
                index + 1,
                build.description,
                build.seconds
            )?;
        }
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "{note}"))?;
        let width = self
            .artifacts
            .iter()
            .map(|artifact| artifact.name.len())
            .max();
        let width = width.unwrap_or_default();
        for Artifact { name, digests } in &self.artifacts {
            let first = digests
                .first()
                .and_then(Option::as_deref)
                .unwrap_or("missing");
            let same = digests
                .iter()
                .filter(|digest| **digest == digests[0])
                .count();
            writeln!(f, "{name:width$}  {first:64}  {same} of {}", digests.len())?;
        }
        let different = self
            .artifacts
            .iter()
            .filter(|artifact| artifact.first_different().is_some());
        for Artifact { name, digests } in different {
            writeln!(f, "\nDIFFERS: {name}")?;
            for (index, digest) in digests.iter().enumerate() {
                writeln!(
                    f,
                    "  build {}  {}",
                    index + 1,
                    digest.as_deref().unwrap_or("missing")
                )?;
            }
            let difference = self
                .differences
                .iter()
                .find(|difference| difference.artifact == *name);
            if let Some(Difference { report, .. }) = difference {
                writeln!(f, "{report}")?;
            }
        }
        self.errors
            .iter()
            .try_for_each(|error| writeln!(f, "error: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Summarizes builds with one artifact each; `None` is a build without it.
    fn summary<const N: usize>(contents: [Option<&str>; N], errors: &[&str]) -> Summary {
        let directory = tempfile::tempdir().unwrap();
        let build = |(index, content): (usize, Option<&str>)| {
            let path = directory.path().join(index.to_string());
            let file = content.map(|content| {
                fs::write(&path, content).unwrap();
                ("program".to_owned(), path)
            });
            Build {
                description: index.to_string(),
                seconds: 1.0,
                files: file.into_iter().collect(),
            }
        };
        let builds = contents.into_iter().enumerate().map(build).collect();
        Summary::new(builds, errors.iter().map(ToString::to_string).collect()).unwrap()
    }

    #[test]
    fn accepts_the_same_bytes() {
        let summary = summary([Some("a"); 3], &[]);
        assert!(summary.is_same());
        assert!(summary.to_string().contains("  3 of 3"), "{summary}");
    }

    #[test]
    fn reports_different_bytes() {
        let summary = summary([Some("ab"), Some("ab"), Some("ac")], &[]);
        assert!(!summary.is_same() && summary.has_differences());
        let text = summary.to_string();
        assert!(text.contains("  2 of 3"), "{text}");
        assert!(text.contains("DIFFERS: program"), "{text}");
        // In diffoscope's report, or in the command that prints it.
        assert!(text.contains("diffoscope") || text.contains("ac"), "{text}");
    }

    #[test]
    fn reports_a_missing_file() {
        let summary = summary([Some("a"), None], &[]);
        assert!(!summary.is_same());
        assert!(
            summary.to_string().contains("build 2  missing"),
            "{summary}"
        );
    }

    #[test]
    fn rejects_a_comparison_of_nothing() {
        assert!(!summary([Some("a")], &[]).is_same());
        assert!(!summary([None, None], &[]).is_same());
    }

    #[test]
    fn reports_errors_of_the_builds() {
        let summary = summary([Some("a"); 2], &["read a cache"]);
        assert!(!summary.is_same() && !summary.has_differences());
        assert!(summary.to_string().contains("error: read a cache"));
    }
}
