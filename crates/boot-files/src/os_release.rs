//! os-release(5).

use std::path::Path;

use crate::source::Source;
use crate::{Error, assignments};

/// Returns the name of the operating system, such as `Debian GNU/Linux 14 (forky)`: `PRETTY_NAME`, otherwise
/// `NAME`; `None` if there is neither.
pub(crate) fn os_name(source: &Source) -> Result<Option<String>, Error> {
    for path in ["etc/os-release", "usr/lib/os-release"] {
        if let Some(text) = source.text(Path::new(path))? {
            return Ok(name(&text));
        }
    }
    Ok(None)
}

/// The same of the text of an os-release file.
pub(crate) fn name(text: &str) -> Option<String> {
    let mut values = assignments::parse(text);
    let name = values.remove("PRETTY_NAME");
    name.or_else(|| values.remove("NAME"))
        .filter(|name| !name.is_empty())
}
