use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use decompress::Format;
use read_at::ReadAt;

use super::*;
use crate::{Options, Progress, View};

const BLOCK: usize = 4096;

/// A directory with a compressed file and the cache.
struct Setup {
    directory: tempfile::TempDir,
    options: Options,
}

impl Setup {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let cache = Some(directory.path().join("deep/cache"));
        Setup {
            directory,
            options: Options {
                cache,
                ..Options::default()
            },
        }
    }

    fn write(&self, name: &str, content: &[u8]) -> View {
        let path = self.directory.path().join(name);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        fs::write(&path, encoder.finish().unwrap()).unwrap();
        View::open(&path).unwrap()
    }

    fn cache(&self) -> Cache {
        let directory = self.options.cache_directory().unwrap();
        Cache::open(directory, self.options.cache_limit).unwrap()
    }

    fn get(&self, view: &View, progress: &mut dyn FnMut(Progress<'_>)) -> Result<FileAt, Cause> {
        self.cache().get(&mut Job {
            view,
            format: Format::Gzip,
            options: &self.options,
            left: &mut self.options.max_size.clone(),
            progress,
        })
    }

    /// The content, and whether it was unpacked.
    fn read(&self, view: &View) -> (Vec<u8>, bool) {
        let mut is_unpacked = false;
        let file = self.get(view, &mut |_| is_unpacked = true).unwrap();
        let mut content = vec![0; file.size() as usize];
        file.read_exact_at(&mut content, 0).unwrap();
        (content, is_unpacked)
    }

    fn error(&self, view: &View) -> String {
        self.get(view, &mut |_| {}).unwrap_err().to_string()
    }

    fn extensions(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.options.cache_directory().unwrap()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .map(|name| name.rsplit('.').next().unwrap().to_owned())
            .collect()
    }

    fn count(&self) -> usize {
        fs::read_dir(self.options.cache_directory().unwrap())
            .unwrap()
            .count()
    }
}

/// Blocks of zeros and others, with a partial block at the end.
fn content() -> Vec<u8> {
    let text = b"text".repeat(BLOCK / 4);
    let zeros = vec![0; 300 * BLOCK];
    [&text[..], &zeros, &text, &text, &zeros, b"end\0\0"].concat()
}

#[test]
fn content_is_unpacked_once() {
    let setup = Setup::new();
    let view = setup.write("image", &content());
    assert_eq!(setup.read(&view), (content(), true));
    assert_eq!(setup.read(&view), (content(), false));
    let extensions = setup.extensions();
    assert_eq!(extensions, ["image", "sha256"].map(str::to_owned).into());
    let changed = setup.write("image", b"other");
    assert_eq!(setup.read(&changed), (b"other".to_vec(), true));
}

#[test]
fn files_are_sparse_and_described() {
    let setup = Setup::new();
    let view = setup.write("image", &content());
    setup.read(&view);
    let key = view.origin().unwrap().key();
    let cache = setup.cache();
    let metadata = cache.path(&key, "image").metadata().unwrap();
    assert_eq!(metadata.len(), content().len() as u64);
    assert!(
        metadata.blocks() * 512 < 20 * BLOCK as u64,
        "{}",
        metadata.blocks()
    );
    assert_eq!(metadata.mode() & 0o777, 0o600);
    let mode = cache.directory.metadata().unwrap().mode();
    assert_eq!(mode & 0o777, 0o700);
    let description = fs::read_to_string(cache.path(&key, "sha256")).unwrap();
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(content()));
    assert!(
        description.ends_with(&format!("\n{digest}  {key}.image\n")),
        "{description}"
    );
}

#[test]
fn failures_leave_nothing() {
    let mut setup = Setup::new();
    let view = setup.write("image", &content());
    setup.options.max_size = 100_000;
    assert_eq!(setup.error(&view), "more than 100000 bytes, decompressed");
    assert_eq!(setup.count(), 0);
    setup.options = Options {
        max_size: 1 << 30,
        ..setup.options
    };
    let path = setup.directory.path().join("image");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 1);
    fs::write(&path, &bytes).unwrap();
    let truncated = View::open(&path).unwrap();
    assert!(setup.error(&truncated).starts_with("gzip: truncated"));
    assert_eq!(setup.count(), 0);
    let changed = setup.get(&truncated, &mut |_| fs::write(&path, &bytes).unwrap());
    assert!(changed.is_err());
    assert_eq!(setup.count(), 0);
}

#[test]
fn files_that_change_are_not_kept() {
    let setup = Setup::new();
    let view = setup.write("image", &content());
    let path = setup.directory.path().join("image");
    let bytes = fs::read(&path).unwrap();
    let result = setup.get(&view, &mut |_| {
        // Until the clock of the file system has moved on.
        while view.origin().unwrap().is_current() {
            fs::write(&path, &bytes).unwrap();
        }
    });
    assert!(matches!(result, Err(Cause::Changed)));
    assert_eq!(setup.count(), 0);
}

#[test]
fn content_without_origin_is_not_kept() {
    let setup = Setup::new();
    let file = setup.write("image", &content());
    let view = View::new("image", file.content().clone());
    assert_eq!(setup.read(&view), (content(), true));
    assert_eq!(setup.count(), 0);
}

#[test]
fn incomplete_files_are_unpacked_again() {
    let setup = Setup::new();
    let view = setup.write("image", &content());
    setup.read(&view);
    let key = view.origin().unwrap().key();
    let cache = setup.cache();
    let image = File::options()
        .write(true)
        .open(cache.path(&key, "image"))
        .unwrap();
    image.set_len(7).unwrap();
    assert_eq!(setup.read(&view), (content(), true));
    fs::remove_file(cache.path(&key, "sha256")).unwrap();
    assert_eq!(setup.read(&view), (content(), true));
}

#[test]
fn images_that_were_not_used_for_the_longest_time_are_removed() {
    let mut setup = Setup::new();
    let views = ["a", "b", "c"].map(|name| setup.write(name, name.repeat(10 * BLOCK).as_bytes()));
    let age = |view: &View, seconds| {
        let path = setup.cache().path(&view.origin().unwrap().key(), "image");
        let time = SystemTime::now() - Duration::from_secs(seconds);
        File::open(path).unwrap().set_modified(time).unwrap();
    };
    setup.read(&views[0]);
    setup.read(&views[1]);
    age(&views[0], 100);
    age(&views[1], 200);
    assert!(!setup.read(&views[1]).1, "is now the last used");
    setup.options.cache_limit = 25 * BLOCK as u64;
    setup.read(&views[2]);
    assert_eq!(setup.count(), 4);
    assert!(!setup.read(&views[1]).1);
    assert!(setup.read(&views[0]).1);
    setup.options.cache_limit = 0;
    let last = setup.write("d", b"d");
    setup.read(&last);
    assert_eq!(setup.count(), 2);
    assert!(!setup.read(&last).1);
}

#[test]
fn leftovers_are_removed_unless_they_are_locked() {
    let setup = Setup::new();
    let directory = setup.cache().directory;
    let name =
        |digit: &str, extension: &str| directory.join(format!("{}.{extension}", digit.repeat(64)));
    for (digit, extension) in [
        ("1", "partial"),
        ("2", "partial"),
        ("2", "sha256"),
        ("3", "sha256"),
    ] {
        fs::write(name(digit, extension), "").unwrap();
    }
    fs::write(directory.join("other.partial"), "").unwrap();
    let locked = File::open(name("2", "partial")).unwrap();
    flock(&locked, FlockOperation::LockExclusive).unwrap();
    setup.read(&setup.write("image", b"content"));
    assert!(!name("1", "partial").exists());
    assert!(!name("3", "sha256").exists());
    assert!(name("2", "partial").exists() && name("2", "sha256").exists());
    assert!(directory.join("other.partial").exists());
}

#[test]
fn two_at_once_unpack_once() {
    let setup = Arc::new(Setup::new());
    let view = setup.write("image", &content());
    let (begin, has_begun) = mpsc::channel();
    let (wait, is_waiting) = mpsc::channel();
    let other = {
        let (setup, view) = (Arc::clone(&setup), view.clone());
        std::thread::spawn(move || {
            has_begun.recv().unwrap();
            let mut events = Vec::new();
            let mut note = |event: Progress<'_>| {
                events.push(matches!(event, Progress::Waiting(_)));
                wait.send(()).unwrap();
            };
            setup.get(&view, &mut note).unwrap();
            events
        })
    };
    let mut is_first = true;
    let mut start = |_: Progress<'_>| {
        if std::mem::take(&mut is_first) {
            begin.send(()).unwrap();
            is_waiting.recv().unwrap();
        }
    };
    setup.get(&view, &mut start).unwrap();
    assert_eq!(other.join().unwrap(), [true]);
}

#[test]
fn unusable_directories_are_named() {
    let mut setup = Setup::new();
    let view = setup.write("image", b"content");
    setup.options.cache = Some(setup.directory.path().join("image/cache"));
    let directory = setup.options.cache_directory().unwrap();
    let error = Cache::open(directory, 0).unwrap_err().to_string();
    assert!(error.contains("image/cache: Not a directory"), "{error}");
    assert_eq!(view.name(), "image");
}
