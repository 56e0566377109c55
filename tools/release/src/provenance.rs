//! The provenance: what the assets were made from, as an in-toto Statement v1
//! (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>) with the predicate SLSA
//! Provenance v1 (<https://slsa.dev/spec/v1.0/provenance>).

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use fastboop_files::{Sha256Digest, Sums};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a statement's `_type` is.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// What a statement's `predicateType` is.
const PREDICATE: &str = "https://slsa.dev/provenance/v1";

/// Something with digests: an asset, or what assets were made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// From algorithm to hex digits.
    pub digest: BTreeMap<String, String>,
}

/// A statement about assets.
#[derive(Debug, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    /// The assets.
    pub subject: Vec<Resource>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    /// How they were made.
    pub predicate: Value,
}

/// What a release is made from, and by whom.
#[derive(Debug)]
pub struct Origin<'a> {
    /// The version.
    pub version: &'a str,
    /// The repository's address.
    pub repository: &'a str,
    /// The commit.
    pub commit: &'a str,
    /// Who made it: a URI.
    pub builder: &'a str,
    /// Files that fix what came from elsewhere, and their digests.
    pub inputs: &'a [(&'a str, Sha256Digest)],
}

impl Statement {
    /// Says that all files in `assets` were made from `origin`.
    pub fn new(assets: &Sums, origin: &Origin<'_>) -> Statement {
        let Origin {
            repository, commit, ..
        } = origin;
        let subject = assets
            .iter()
            .map(|(name, digest)| Resource {
                name: Some(String::from_utf8_lossy(name.as_bytes()).into_owned()),
                uri: None,
                digest: one_digest("sha256", digest.to_string()),
            })
            .collect();
        let source = Resource {
            name: None,
            uri: Some(format!("git+{repository}@{commit}")),
            digest: one_digest("gitCommit", (*commit).to_owned()),
        };
        let inputs = origin.inputs.iter().map(|(name, digest)| Resource {
            name: Some((*name).to_owned()),
            uri: None,
            digest: one_digest("sha256", digest.to_string()),
        });
        let dependencies: Vec<Resource> = std::iter::once(source).chain(inputs).collect();
        Statement {
            kind: STATEMENT.to_owned(),
            subject,
            predicate_type: PREDICATE.to_owned(),
            predicate: json!({
                "buildDefinition": {
                    "buildType": format!("{repository}/blob/main/docs/release.md#how-it-is-made"),
                    "externalParameters": { "version": origin.version },
                    "resolvedDependencies": dependencies,
                },
                "runDetails": { "builder": { "id": origin.builder } },
            }),
        }
    }

    /// Reads a statement, and checks that it is one with this predicate.
    pub fn parse(bytes: &[u8]) -> Result<Statement> {
        let statement: Statement = serde_json::from_slice(bytes).context("not a statement")?;
        for (found, wanted) in [
            (&statement.kind, STATEMENT),
            (&statement.predicate_type, PREDICATE),
        ] {
            ensure!(found == wanted, "says {found:?}, not {wanted:?}");
        }
        Ok(statement)
    }
}

fn one_digest(algorithm: &str, hex: String) -> BTreeMap<String, String> {
    BTreeMap::from([(algorithm.to_owned(), hex)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastboop_files::FileName;

    fn statement() -> Statement {
        let assets = [(FileName::new("a").unwrap(), Sha256Digest::of(b"a"))];
        Statement::new(
            &assets.into_iter().collect(),
            &Origin {
                version: "1.2.3",
                repository: "https://example.org/r",
                commit: "abc",
                builder: "https://example.org/b",
                inputs: &[("Cargo.lock", Sha256Digest::of(b"lock"))],
            },
        )
    }

    #[test]
    fn everything_that_went_in_is_named_with_its_digest() {
        let json = serde_json::to_value(statement()).unwrap();
        assert_eq!(json["_type"], STATEMENT);
        assert_eq!(json["predicateType"], PREDICATE);
        let digest = Sha256Digest::of(b"a").to_string();
        assert_eq!(
            json["subject"],
            json!([{ "name": "a", "digest": { "sha256": digest } }])
        );
        let from = &json["predicate"]["buildDefinition"]["resolvedDependencies"];
        assert_eq!(from[0]["uri"], "git+https://example.org/r@abc");
        assert_eq!(from[0]["digest"]["gitCommit"], "abc");
        assert_eq!(from[1]["name"], "Cargo.lock");
    }

    #[test]
    fn another_statement_is_refused() {
        let good = serde_json::to_string(&statement()).unwrap();
        assert!(Statement::parse(good.as_bytes()).is_ok());
        for bad in [
            "{}".to_owned(),
            good.replace("Statement/v1", "Statement/v9"),
            good.replace("provenance/v1", "provenance/v9"),
            good.replace("\"digest\"", "\"other\""),
        ] {
            assert!(Statement::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
