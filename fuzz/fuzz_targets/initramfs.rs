//! Reading any bytes as an initramfs terminates, and an archive that is appended to a valid image is
//! read too. Adapting a tree to any image keeps its files, and never replaces a directory with a file.
#![no_main]

use std::path::Path;

use initramfs::{
    Base, Content, Entry, Limits, Part, ReadError, Source, Tree, bootconfig_size, pad, read,
};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    paths: 1 << 20,
    entries: 64,
    bytes: 1 << 20,
};

fn entries(image: &[u8], limits: Limits) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    read(image, limits, &mut |part| match part {
        Part::Entry(entry) => entries.push(entry),
        Part::Archive { offset, .. } => assert!(offset < image.len() as u64),
        Part::Bootconfig { offset, size } => assert_eq!(offset + size, image.len() as u64),
    })?;
    Ok(entries)
}

fn adapt(bytes: &[u8]) {
    let Ok(base) = Base::read(bytes, LIMITS) else {
        return;
    };
    let mut tree = Tree::default();
    for path in ["a/b/c", "b/a", "c"] {
        let content = Content::Regular(Source::Bytes(path.as_bytes().into()));
        tree.insert(Path::new(path), 0o644, content).unwrap();
    }
    let link = Content::Symlink("../a/b".into());
    tree.insert(Path::new("d/link"), 0o777, link).unwrap();
    base.dangling_links(&tree);
    match base.adapt(tree) {
        Ok((adapted, _)) => {
            let files = adapted.iter().filter(|(_, mode, _)| mode >> 12 != 4);
            assert_eq!(files.count(), 4);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fuzz_target!(|bytes: &[u8]| {
    adapt(bytes);
    match entries(bytes, LIMITS) {
        Ok(_) if bootconfig_size(bytes).is_some() => {}
        Ok(mut found) => {
            assert!(found.len() as u64 <= LIMITS.entries);
            let mut both = bytes.to_vec();
            both.extend_from_slice(pad(both.len() as u64));
            let mut tree = Tree::default();
            tree.insert(Path::new("appended"), 0o755, Content::Directory)
                .unwrap();
            tree.write(&mut both, 0, &mut |_| ()).unwrap();
            let limits = Limits {
                entries: LIMITS.entries + 1,
                paths: LIMITS.paths + 8,
                bytes: LIMITS.bytes + both.len() as u64,
            };
            let mut all = entries(&both, limits).unwrap();
            assert_eq!(all.pop().unwrap().path, b"appended");
            // The appended archive does not change the entries before it.
            assert_eq!(all.len(), found.len());
            assert_eq!(all.pop(), found.pop());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
