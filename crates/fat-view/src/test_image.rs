//! Images for tests.

/// The size of a cluster and of a sector in bytes.
pub(crate) const CLUSTER_SIZE: usize = 512;
/// The offset of cluster 2.
const DATA: usize = (1 + TABLE_SECTORS) * CLUSTER_SIZE;
const TABLE_SECTORS: usize = 250;
/// The number of clusters.
const CLUSTERS: u32 = 30_100;

/// An image of FAT32, whose root directory begins with cluster 2. Each of `links` is a cluster and what
/// its entry in the table contains; other clusters are ends of chains.
pub(crate) fn fat32(links: &[(u32, u32)]) -> Vec<u8> {
    let mut image = vec![0; DATA + CLUSTERS as usize * CLUSTER_SIZE];
    put(&mut image, 11, &(CLUSTER_SIZE as u16).to_le_bytes());
    // Sectors per cluster, reserved sectors (2 bytes), tables.
    put(&mut image, 13, &[1, 1, 0, 1]);
    put(&mut image, 21, &[0xf8]);
    let sectors = image.len() / CLUSTER_SIZE;
    put(&mut image, 32, &(sectors as u32).to_le_bytes());
    put(&mut image, 36, &(TABLE_SECTORS as u32).to_le_bytes());
    put(&mut image, 44, &[2]);
    put(
        &mut image,
        CLUSTER_SIZE,
        &[0xff; TABLE_SECTORS * CLUSTER_SIZE],
    );
    for (cluster, next) in links {
        let offset = CLUSTER_SIZE + 4 * *cluster as usize;
        put(&mut image, offset, &next.to_le_bytes());
    }
    image
}

/// Writes the content of a cluster.
pub(crate) fn put_cluster(image: &mut [u8], cluster: u32, content: &[u8]) {
    let offset = DATA + (cluster as usize - 2) * CLUSTER_SIZE;
    put(image, offset, content);
}

fn put(image: &mut [u8], offset: usize, bytes: &[u8]) {
    image[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// An entry of a directory: its name in 11 bytes, attributes, first cluster and size.
pub(crate) fn record(name: &[u8; 11], attributes: u8, cluster: u16, size: u32) -> [u8; 32] {
    let mut record = [0; 32];
    put(&mut record, 0, name);
    record[11] = attributes;
    put(&mut record, 26, &cluster.to_le_bytes());
    put(&mut record, 28, &size.to_le_bytes());
    record
}

/// The entries of a long name, followed by that of the short name.
pub(crate) fn long(name: &str, short: [u8; 32]) -> Vec<[u8; 32]> {
    let checksum = short[..11]
        .iter()
        .fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
    let mut units: Vec<u16> = name.encode_utf16().collect();
    if units.len() % 13 != 0 {
        units.push(0);
    }
    units.resize(units.len().next_multiple_of(13), 0xffff);
    let mut records = vec![short];
    for (at, part) in units.chunks(13).enumerate() {
        let mut record = [0; 32];
        record[0] = at as u8 + 1;
        record[11] = 0xf;
        record[13] = checksum;
        for (unit, offset) in part
            .iter()
            .zip([1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30])
        {
            put(&mut record, offset, &unit.to_le_bytes());
        }
        records.insert(0, record);
    }
    records[0][0] |= 0x40;
    records
}
