//! Reads the images that mkfs.erofs made of the standard set of files.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use erofs_view::ErofsView;
use images_tests::{Detail, list};
use lzma_rust2::XzReader;

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

fn seed(path: &Path) -> Vec<u8> {
    let mut image = Vec::new();
    let mut reader = XzReader::new(fs::File::open(path).unwrap(), false);
    reader.read_to_end(&mut image).unwrap();
    image
}

#[test]
fn lists_all_files_of_each_seed() {
    let expected = fs::read_to_string(seeds().join("tree.list")).unwrap();
    let expected: Vec<&str> = expected.lines().collect();
    let mut count = 0;
    for entry in fs::read_dir(seeds().join("erofs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xz") {
            let view = ErofsView::new(seed(&path)).unwrap();
            let found = list(&view, Detail::Attributes)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "{}", path.display());
            }
            assert_eq!(found.len(), expected.len(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 20, "{count} seeds");
}
