//! What the server reports to the supervisor, and the supervisor to PID 1: lines on standard output.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::num::NonZeroU32;

use smoo_wire::{Export, ExportId};

use super::Image;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The server handles control requests.
    Listening,
    /// The server has made a block device for this image. From then on it accepts no other.
    Image(Image),
    /// The block device of this number can be used.
    Ready(u32),
    /// The server, or the supervisor, cannot do its work, and why.
    Failed(String),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Listening => f.write_str("listening"),
            Report::Image(image) => write!(f, "image {}", format_image(image)),
            Report::Ready(number) => write!(f, "ready {number}"),
            Report::Failed(cause) => write!(f, "failed {}", cause.replace(char::is_control, " ")),
        }
    }
}

impl Report {
    fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "listening" => Some(Report::Listening),
            "image" => parse_image(rest).map(Report::Image),
            "ready" => rest.parse().ok().map(Report::Ready),
            "failed" => Some(Report::Failed(rest.to_owned())),
            _ => None,
        }
    }

    /// Writes the line. Errors are ignored: after the switch to the new root nobody reads it any more.
    pub fn send(&self) {
        let mut output = io::stdout();
        let _ = output
            .write_all(format!("{self}\n").as_bytes())
            .and_then(|()| output.flush());
    }
}

/// The reports of a process until it ends, but for lines that are none.
pub fn read_all(output: Option<BufReader<impl Read>>) -> impl Iterator<Item = Report> {
    let lines = output.into_iter().flat_map(BufRead::lines);
    lines
        .map_while(Result::ok)
        .filter_map(|line| Report::parse(&line))
}

/// The image as one word.
pub fn format_image(image: &Image) -> String {
    let Image { export, number } = image;
    format!(
        "{number}:{}:{}:{}",
        export.id(),
        export.block_size(),
        export.size()
    )
}

/// Parses what [`format_image`] returns.
pub fn parse_image(text: &str) -> Option<Image> {
    let mut fields = text.split(':');
    let number = fields.next()?.parse().ok()?;
    let id = NonZeroU32::new(u32::from_str_radix(fields.next()?, 16).ok()?)?;
    let block_size = fields.next()?.parse().ok()?;
    let size = fields.next()?.parse().ok()?;
    let export = Export::new(ExportId(id), block_size, size).ok()?;
    fields.next().is_none().then_some(Image { export, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_formats() {
        let id = ExportId(NonZeroU32::new(0x00ab_cdef).unwrap());
        let export = Export::new(id, 4096, 1 << 40).unwrap();
        let image = Image { export, number: 3 };
        assert_eq!(format_image(&image), "3:00abcdef:4096:1099511627776");
        for report in [
            Report::Listening,
            Report::Image(image),
            Report::Ready(12),
            Report::Failed("/dev/x: no".to_owned()),
        ] {
            assert_eq!(Report::parse(&report.to_string()), Some(report));
        }
        for text in [
            "",
            "ready",
            "ready -1",
            "image 3:0:512:512",
            "image 3:1:512:512:",
            "other",
        ] {
            assert_eq!(Report::parse(text), None, "{text}");
        }
    }
}
