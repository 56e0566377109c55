use super::*;

/// A boot sector of a floppy disk: 2880 sectors, 2847 clusters.
fn floppy() -> Vec<u8> {
    let mut sector = vec![0; 512];
    for (offset, bytes) in [
        (11, &512_u16.to_le_bytes()[..]),
        (13, &[1]),
        (14, &1_u16.to_le_bytes()),
        (16, &[2]),
        (17, &224_u16.to_le_bytes()),
        (19, &2880_u16.to_le_bytes()),
        (21, &[0xf0]),
        (22, &9_u16.to_le_bytes()),
    ] {
        sector[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
    sector
}

/// A boot sector of FAT32: 32 reserved sectors, two tables of 1000 sectors, 8 sectors per cluster.
fn fat32(sectors: u32) -> Vec<u8> {
    let mut sector = floppy();
    sector[13] = 8;
    sector[14] = 32;
    sector[17..24].copy_from_slice(&[0, 0, 0, 0, 0xf8, 0, 0]);
    sector[32..36].copy_from_slice(&sectors.to_le_bytes());
    sector[36..40].copy_from_slice(&1000_u32.to_le_bytes());
    sector[44] = 2;
    sector
}

#[test]
fn finds_the_parts_of_a_floppy_disk() {
    let expected = Geometry {
        width: Width::Bits12,
        table: 512,
        root: Root::Area {
            offset: 19 * 512,
            size: 14 * 512,
        },
        data: 33 * 512,
        cluster_size: 512,
        clusters: 2847,
    };
    assert_eq!(Geometry::parse(&floppy()).unwrap(), expected);
}

#[test]
fn number_of_clusters_decides_between_12_and_16_bits() {
    for (clusters, width) in [(4084, Width::Bits12), (4085, Width::Bits16)] {
        let mut sector = floppy();
        let table_sectors = 100_u16;
        sector[22..24].copy_from_slice(&table_sectors.to_le_bytes());
        let sectors = 1 + 2 * table_sectors + 14 + clusters;
        sector[19..21].copy_from_slice(&sectors.to_le_bytes());
        let geometry = Geometry::parse(&sector).unwrap();
        assert_eq!(geometry.width, width, "{clusters}");
        assert_eq!(geometry.clusters, u32::from(clusters));
    }
}

#[test]
fn finds_the_parts_of_fat32() {
    let mut sector = fat32(2032 + 8 * 70_000);
    let geometry = Geometry::parse(&sector).unwrap();
    assert_eq!(geometry.width, Width::Bits32);
    assert_eq!(geometry.root, Root::Cluster(2));
    assert_eq!((geometry.table, geometry.data), (32 * 512, 2032 * 512));
    assert_eq!(geometry.clusters, 70_000);

    sector[40] = 0x81;
    let geometry = Geometry::parse(&sector).unwrap();
    assert_eq!(geometry.table, 1032 * 512, "the second table is active");
}

#[test]
fn clusters_without_an_entry_in_the_table_do_not_exist() {
    let geometry = Geometry::parse(&fat32(u32::MAX)).unwrap();
    assert_eq!(geometry.clusters, 1000 * 128 - 2);
}

#[test]
fn rejects_invalid_fields() {
    for (offset, bytes, words) in [
        (11, &[0, 0][..], "sector size 0, expected 512"),
        (11, &[0, 3], "sector size 768"),
        (11, &[0, 32], "sector size 8192"),
        (13, &[0], "sectors per cluster 0, expected a power of two"),
        (13, &[3], "sectors per cluster 3"),
        (14, &[0, 0], "reserved sectors 0"),
        (16, &[0], "number of tables 0"),
        (19, &[10, 0], "10 sectors, expected more than 33"),
        (21, &[1], "media 1, expected"),
    ] {
        let mut sector = floppy();
        sector[offset..offset + bytes.len()].copy_from_slice(bytes);
        let message = Geometry::parse(&sector).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
    let mut sector = fat32(100_000);
    sector[40] = 0x82;
    let message = Geometry::parse(&sector).unwrap_err().to_string();
    assert!(message.contains("active table 2, expected"), "{message}");
    for length in 0..48 {
        assert!(Geometry::parse(&floppy()[..length]).is_err());
    }
}

#[test]
fn rejects_too_many_clusters() {
    let mut sector = floppy();
    sector[19..21].copy_from_slice(&[0, 0]);
    sector[22..24].copy_from_slice(&1000_u16.to_le_bytes());
    sector[32..36].copy_from_slice(&100_000_u32.to_le_bytes());
    let message = Geometry::parse(&sector).unwrap_err().to_string();
    assert!(message.contains("expected up to 65524"), "{message}");
}
