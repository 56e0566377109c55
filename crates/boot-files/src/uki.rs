//! Unified kernel images: PE files with a kernel in the section `.linux` and what belongs to it in others
//! (UAPI.5, Unified Kernel Image).

use read_at::{ReadAt, Window};

use crate::Error;
use crate::pe::{Section, sections};

/// The maximum size in bytes of a section with text.
const MAX_TEXT: u64 = 64 << 10;

/// A unified kernel image. Of one with several profiles, this is the default one, `@0`.
#[derive(Debug, Clone)]
pub struct Uki {
    /// The sections of the default profile, then those that all profiles share.
    sections: Vec<Section>,
}

impl Uki {
    /// Reads the table of sections; `None` if the file is not a unified kernel image.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn read(file: &dyn ReadAt) -> Result<Option<Self>, Error> {
        let Some(sections) = sections(file)? else {
            return Ok(None);
        };
        let mut profiles = sections.split(|section| section.name == ".profile");
        let base = profiles.next().unwrap_or_default();
        let first = profiles.next().unwrap_or_default();
        let uki = Uki {
            sections: [first, base].concat(),
        };
        Ok(uki.section(".linux").is_some().then_some(uki))
    }

    pub(crate) fn linux(&self) -> Option<&Section> {
        self.section(".linux")
    }

    fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Returns the text of a section, such as `.cmdline`, `.osrel` or `.uname`, without white space and
    /// NUL at its end; `None` if the image lacks it or it has more than 64 KiB.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn text(&self, file: &dyn ReadAt, name: &str) -> Result<Option<String>, Error> {
        let section = self.section(name).filter(|found| found.size <= MAX_TEXT);
        let Some(section) = section else {
            return Ok(None);
        };
        let mut text = vec![0; usize::try_from(section.size).unwrap_or_default()];
        file.read_exact_at(&mut text, section.start)?;
        let text = String::from_utf8_lossy(&text);
        let text = text.trim_end_matches(|end: char| end == '\0' || end.is_whitespace());
        Ok(Some(text.to_owned()))
    }

    /// Opens the embedded device trees: the sections `.dtb` and `.dtbauto`, of which the boot loader chooses
    /// one by its `compatible`.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn device_trees<'a>(
        &self,
        file: &'a dyn ReadAt,
    ) -> Result<Vec<Window<&'a dyn ReadAt>>, Error> {
        let is_device_tree = |section: &&Section| [".dtb", ".dtbauto"].contains(&&*section.name);
        let windows = self.sections.iter().filter(is_device_tree);
        Ok(windows
            .map(|section| section.open(file))
            .collect::<Result<_, _>>()?)
    }
}
