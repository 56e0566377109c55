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

    /// Returns the kernel's release from `.uname`; `None` if the text cannot be one.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn release(&self, file: &dyn ReadAt) -> Result<Option<String>, Error> {
        // A release is also the name of a directory.
        let is_release = |text: &String| {
            let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
            !text.is_empty() && text.bytes().all(is_allowed)
        };
        Ok(self.text(file, ".uname")?.filter(is_release))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tree::{image, pe};

    #[test]
    fn reads_the_sections_of_the_default_profile() {
        let linux = image("6.1", 0);
        let file = pe(&[
            (".linux", &linux),
            (".cmdline", b"base\n\0\0"),
            (".uname", b"6.1\0"),
            (".dtb", b"one"),
            (".dtbauto", b"two"),
            (".profile", b"ID=0"),
            (".cmdline", b"zero"),
            (".profile", b"ID=1"),
            (".cmdline", b"one"),
        ]);
        let uki = Uki::read(&file).unwrap().unwrap();
        assert_eq!(uki.linux().unwrap().size, linux.len() as u64);
        assert_eq!(uki.text(&file, ".cmdline").unwrap().unwrap(), "zero");
        assert_eq!(uki.release(&file).unwrap().unwrap(), "6.1");
        assert_eq!(uki.text(&file, ".osrel").unwrap(), None);
        let trees = uki.device_trees(&file).unwrap();
        assert_eq!(trees.iter().map(ReadAt::size).collect::<Vec<_>>(), [3, 3]);
    }

    #[test]
    fn sections_outside_of_the_file_do_not_count() {
        let mut file = pe(&[(".linux", &[1; 1000]), (".uname", b"../x")]);
        let uki = Uki::read(&file).unwrap().unwrap();
        assert_eq!(uki.release(&file).unwrap(), None);
        file.truncate(1200);
        assert!(Uki::read(&file).unwrap().is_none());
        for length in 0..file.len() {
            assert!(Uki::read(&&file[..length]).unwrap().is_none());
        }
    }
}
