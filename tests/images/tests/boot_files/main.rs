//! Finds kernels in the layouts of distributions: directories of this machine with kernels made here.

#![allow(clippy::unwrap_used)]

mod kernels;
mod layouts;

use std::fs;
use std::path::Path;

use boot_files::{BootFiles, Options, Source};
use images_tests::Directory;
use tempfile::TempDir;

/// Directories that stand for the file systems of an image.
struct Image(Vec<(&'static str, TempDir)>);

impl Image {
    fn new(names: &[&'static str]) -> Self {
        let file_systems = names.iter().map(|name| (*name, TempDir::new().unwrap()));
        Image(file_systems.collect())
    }

    /// Writes a file into the first file system.
    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.file_in(0, path, content)
    }

    fn file_in(self, index: usize, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0[index].1.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn link(self, path: &str, target: &str) -> Self {
        std::os::unix::fs::symlink(target, self.0[0].1.path().join(path)).unwrap();
        self
    }

    /// Searches, and returns lines that describe what was found.
    fn find(&self, dtb: &str) -> Vec<String> {
        let directories = self.0.iter().map(|(_, path)| Directory::new(path.path()));
        let directories: Vec<Directory> = directories.collect();
        let sources: Vec<Source> = self
            .0
            .iter()
            .zip(&directories)
            .map(|((name, _), fs)| Source {
                name: (*name).to_owned(),
                fs,
            })
            .collect();
        match BootFiles::find(&sources, &Options::default()) {
            Ok(found) => describe(&found, &sources, dtb),
            Err(error) => vec![error.to_string()],
        }
    }
}

fn describe(found: &BootFiles, sources: &[Source], dtb: &str) -> Vec<String> {
    let place =
        |source: usize, path: &Path| format!("{}:/{}", sources[source].name, path.display());
    let kernel = &found.kernel;
    let mut lines = vec![
        format!(
            "{} {}, {}",
            kernel.release, kernel.architecture, kernel.form
        ),
        place(kernel.location.source, &kernel.location.path),
        place(found.modules.location.source, &found.modules.location.path),
    ];
    let content = found.open_kernel().unwrap().release().unwrap();
    assert_eq!(content.as_ref(), Some(&kernel.release));
    match found.find_dtb(dtb) {
        Ok(dtb) => lines.push(place(dtb.location.source, &dtb.location.path)),
        Err(error) => lines.push(error.to_string()),
    }
    lines.extend(found.os_name.clone());
    if let Some(found) = &found.entry {
        let entry = &found.entry;
        let texts = [&entry.title, &entry.options];
        let texts: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
        lines.push(format!("entry {}: {}", entry.id, texts.join(", ")));
    }
    if let Some(info) = &found.device_info {
        lines.push(format!("deviceinfo {:?}", info.dtbs));
    }
    lines
}
