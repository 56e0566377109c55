//! What is found, and how it is shown.

use std::fmt;

use serde::Serialize;

/// How many parts are shown; JSON has all.
const SHOWN: usize = 12;

/// Where and how two files differ.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Explanation {
    /// Not at all.
    Same,
    /// Two ELF files.
    Elf {
        /// Of the files, in bytes.
        sizes: [usize; 2],
        /// What only one of them says.
        texts: [Texts; 2],
        /// The parts that differ.
        unlike: Vec<Unlike>,
    },
    /// At least one file is no ELF.
    Bytes {
        /// Of the files.
        sizes: [usize; 2],
        /// Their first difference; without one, the shorter file is the start of the longer one.
        place: Option<Place>,
    },
}

/// Texts that one file has and the other has not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Texts {
    /// The first of them.
    pub first: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// A part that differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Unlike {
    /// Its name: a section's, or what else it is.
    pub part: String,
    /// In A and in B, in bytes; `None` where there is no such part.
    pub sizes: [Option<usize>; 2],
    /// The first difference; without one, a part is the start of the other, or is in one file only.
    pub place: Option<Place>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From the start of the part.
    pub offset: usize,
    /// From the start of A.
    pub file_offset: usize,
    /// How many bytes differ from those at the same offset, here and after.
    pub differing: usize,
    /// The symbol that covers it, and the offset in that.
    pub symbol: Option<String>,
    /// The text there, in A and in B.
    pub texts: [Option<String>; 2],
}

impl Unlike {
    pub(crate) fn only(part: &str, sizes: [Option<usize>; 2]) -> Self {
        Unlike {
            part: part.to_owned(),
            sizes,
            place: None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Explanation::Same => f.write_str("  the same bytes"),
            Explanation::Bytes {
                sizes: [a, b],
                place,
            } => {
                write!(f, "  no ELF files; {a} bytes in A, {b} in B")?;
                match place {
                    Some(place) => write!(f, "\n  byte {}: {place}", place.file_offset),
                    None => write!(f, "\n  one is the start of the other"),
                }
            }
            Explanation::Elf {
                sizes: [a, b],
                texts,
                unlike,
            } => {
                write!(
                    f,
                    "  {a} bytes in A, {b} in B; {} parts differ",
                    unlike.len()
                )?;
                for (name, texts) in ["A", "B"].iter().zip(texts) {
                    texts.write(f, name)?;
                }
                let shown = unlike.iter().take(SHOWN);
                shown
                    .into_iter()
                    .try_for_each(|part| write!(f, "\n  {part}"))?;
                match unlike.len().saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\n  … and {more} more parts"),
                }
            }
        }
    }
}

impl Texts {
    fn write(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        for text in &self.first {
            write!(f, "\n  only in {name}: {text:?}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n  only in {name}: … and {more} more texts"),
        }
    }
}

impl fmt::Display for Unlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:14} ", self.part)?;
        match self.sizes {
            [Some(size), None] => return write!(f, "{size} bytes, only in A"),
            [None, Some(size)] => return write!(f, "{size} bytes, only in B"),
            [Some(a), Some(b)] if a != b => write!(f, "{a} bytes in A, {b} in B; ")?,
            [Some(size), _] => write!(f, "{size} bytes; ")?,
            [None, None] => {}
        }
        match &self.place {
            Some(place) => write!(f, "{place}"),
            None => f.write_str("one is the start of the other"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} differ, first at {:#x}", self.differing, self.offset)?;
        if self.file_offset != self.offset {
            write!(f, " (file {:#x})", self.file_offset)?;
        }
        if let Some(symbol) = &self.symbol {
            write!(f, " in {symbol}")?;
        }
        match &self.texts {
            [None, None] => Ok(()),
            texts => {
                let [a, b] = texts.each_ref().map(|text| match text {
                    Some(text) => format!("{text:?}"),
                    None => "no text".to_owned(),
                });
                write!(f, ": {a} in A, {b} in B")
            }
        }
    }
}
