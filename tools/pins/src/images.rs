//! The container images that workflows name: `image: name:tag@sha256:<digest>`, or `container:` in the place of `image:`.

use crate::actions::workflows;
use crate::{Error, Tree, is_hex};

/// One image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, with the tag.
    pub name: String,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// The file that names it.
    pub path: String,
}

/// All images, in the order of the files. Fails where one is not pinned by its digest.
pub fn read(tree: &Tree) -> Result<Vec<Image>, Error> {
    let mut images = Vec::new();
    for path in workflows(tree)? {
        for (number, line) in tree.read(&path)?.lines().enumerate() {
            let Some(named) = named(line) else {
                continue;
            };
            let (name, digest) = split(named).ok_or_else(|| {
                let cause = format!(
                    "the image {named} is not pinned; write `<name>:<tag>@sha256:<digest>`"
                );
                Error::new(format!("{path}:{}", number + 1), cause)
            })?;
            images.push(Image {
                name: name.to_owned(),
                digest: digest.to_owned(),
                path: path.clone(),
            });
        }
    }
    Ok(images)
}

fn named(line: &str) -> Option<&str> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    let line = line.trim_start_matches("- ");
    let value = line
        .strip_prefix("image:")
        .or_else(|| line.strip_prefix("container:"))?;
    // `container:` alone has its `image:` on a line below.
    Some(value.trim().trim_matches(['"', '\''])).filter(|value| !value.is_empty())
}

fn split(image: &str) -> Option<(&str, &str)> {
    let (name, digest) = image.split_once('@')?;
    let hex = digest.strip_prefix("sha256:")?;
    is_hex(hex, 64).then_some((name, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_a_digest() {
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(
            split(&format!("debian:forky@{digest}")),
            Some(("debian:forky", digest.as_str()))
        );
        for bad in [
            "debian",
            "debian:forky",
            "debian@sha256:12",
            "${{ matrix.image }}",
        ] {
            assert_eq!(split(bad), None);
        }
    }

    #[test]
    fn an_image_is_what_is_named_on_the_line() {
        assert_eq!(named("  image: \"a:1\" # why"), Some("a:1"));
        assert_eq!(named("  container: a"), Some("a"));
        assert_eq!(named("  - image: a"), Some("a"));
        for none in ["container:", "  # image: a", "name: image"] {
            assert_eq!(named(none), None);
        }
    }
}
