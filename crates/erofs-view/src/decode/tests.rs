use std::io::Write;

use lzma_rust2::{LzmaOptions, MicroLzmaEncoder};

use super::*;

fn text() -> Vec<u8> {
    (0..4000).map(|number: u32| (number % 251) as u8).collect()
}

fn lzma(text: &[u8]) -> Vec<u8> {
    let mut encoder = MicroLzmaEncoder::new(&LzmaOptions::default()).unwrap();
    let mut cluster = vec![0; 5000];
    let (consumed, length) = encoder.compress_prefix(text, &mut cluster).unwrap();
    assert_eq!(consumed, text.len());
    cluster.truncate(length);
    cluster
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

#[test]
fn decompresses_behind_padding() {
    let text = text();
    for (algorithm, mut cluster) in [
        (Algorithm::Lz4, lz4_flex::block::compress(&text)),
        (Algorithm::MicroLzma, lzma(&text)),
        (Algorithm::Deflate, deflate(&text)),
    ] {
        for _ in 0..2 {
            for length in [text.len(), 3000, 1] {
                let output = algorithm.decompress(&cluster, length).unwrap();
                assert_eq!(output, text[..length], "{algorithm:?} {length}");
            }
            cluster.splice(0..0, [0; 100]);
        }
        let half = &cluster[..200 + (cluster.len() - 200) / 2];
        let message = algorithm
            .decompress(half, text.len())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("cannot decompress 4000 bytes with"),
            "{message}"
        );
    }
}

#[test]
fn old_lz4_has_padding_behind_it() {
    let mut cluster = lz4_flex::block::compress(&text());
    cluster.resize(4096, 0);
    let output = Algorithm::Lz4.decompress(&cluster, 4000).unwrap();
    assert_eq!(output, text());
}

#[test]
fn rejects_clusters_of_zeros() {
    for (algorithm, name) in ALGORITHMS {
        for cluster in [&[0; 100][..], &[]] {
            let message = algorithm.decompress(cluster, 100).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }
}

#[test]
fn only_available_algorithms_are_known() {
    assert_eq!(Algorithm::from_number(3, 0b1000), Some(Algorithm::Zstd));
    assert_eq!(Algorithm::from_number(3, 0b0111), None);
    assert_eq!(Algorithm::from_number(4, u16::MAX), None);
}
