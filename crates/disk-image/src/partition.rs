//! Partitions, and the choice of one.

use std::fmt;

use crate::Cause;

/// The format of a partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// The GUID partition table.
    Gpt,
    /// The master boot record.
    Mbr,
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TableFormat::Gpt => "GPT",
            TableFormat::Mbr => "MBR",
        })
    }
}

/// A partition table, whose partitions lie within the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionTable {
    /// The format.
    pub format: TableFormat,
    /// The size of a logical block in bytes: 512 or 4096.
    pub block_size: u64,
    /// The disk's UUID in lower case, or the signature in the MBR as 8 hexadecimal digits.
    pub uuid: String,
    /// The partitions, by their numbers.
    pub partitions: Vec<Partition>,
}

/// The type of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionType {
    /// The GUID in a GPT, in lower case.
    Guid(String),
    /// The byte in an MBR.
    Byte(u8),
}

impl fmt::Display for PartitionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartitionType::Guid(guid) => f.write_str(guid),
            PartitionType::Byte(byte) => write!(f, "{byte:#04x}"),
        }
    }
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The number, as the kernel counts: from 1 on, and logical partitions from 5 on.
    pub number: u32,
    /// The name (`PARTLABEL`) in a GPT; `None` if it is empty.
    pub name: Option<String>,
    /// The `PARTUUID` in lower case.
    pub uuid: String,
    /// The type.
    pub kind: PartitionType,
    /// The offset in bytes from the beginning of the disk.
    pub start: u64,
    /// The size in bytes.
    pub size: u64,
    /// Whether it is marked as active (MBR), or as bootable by a legacy BIOS (GPT).
    pub is_bootable: bool,
    /// The attributes in a GPT: UEFI specification 2.10, section 5.3.3; 0 in an MBR.
    pub attributes: u64,
}

impl Partition {
    /// Whether it is an extended partition of an MBR, which contains the logical ones.
    pub fn is_extended(&self) -> bool {
        matches!(self.kind, PartitionType::Byte(0x05 | 0x0f | 0x85))
    }
}

/// As in messages: `partition 2 "root"`.
impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partition {}", self.number)?;
        match &self.name {
            Some(name) => write!(f, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// How a partition is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionChoice {
    /// By its number.
    Number(u32),
    /// By its name (`PARTLABEL`), which only a GPT has.
    Name(String),
    /// By its `PARTUUID`: a UUID in a GPT, or for example `12345678-02` in an MBR. Case is ignored.
    Uuid(String),
}

impl PartitionChoice {
    /// Parses `PARTLABEL=<name>`, `PARTUUID=<UUID>`, a number, or otherwise a name.
    pub fn parse(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("PARTLABEL=") {
            return PartitionChoice::Name(name.to_owned());
        }
        if let Some(uuid) = text.strip_prefix("PARTUUID=") {
            return PartitionChoice::Uuid(uuid.to_owned());
        }
        match text.parse() {
            Ok(number) => PartitionChoice::Number(number),
            Err(_) => PartitionChoice::Name(text.to_owned()),
        }
    }

    /// Whether the choice describes this partition.
    pub fn matches(&self, partition: &Partition) -> bool {
        match self {
            PartitionChoice::Number(number) => partition.number == *number,
            PartitionChoice::Name(name) => partition.name.as_ref() == Some(name),
            PartitionChoice::Uuid(uuid) => partition.uuid.eq_ignore_ascii_case(uuid),
        }
    }
}

impl fmt::Display for PartitionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartitionChoice::Number(number) => write!(f, "the number {number}"),
            PartitionChoice::Name(name) => write!(f, "the name {name:?}"),
            PartitionChoice::Uuid(uuid) => write!(f, "the UUID {uuid:?}"),
        }
    }
}

impl PartitionTable {
    /// Returns the partition that `choice` describes.
    ///
    /// # Errors
    /// If no partition or more than one matches.
    pub fn find(&self, choice: &PartitionChoice) -> Result<&Partition, Cause> {
        let matches = |partition: &&Partition| choice.matches(partition);
        let found: Vec<&Partition> = self.partitions.iter().filter(matches).collect();
        match found[..] {
            [partition] => Ok(partition),
            [] => {
                let all = join(self.partitions.iter().map(Partition::to_string));
                Err(Cause::NoPartition(choice.to_string(), all))
            }
            _ => {
                let numbers = join(found.iter().map(|partition| partition.number.to_string()));
                Err(Cause::ManyPartitions(choice.to_string(), numbers))
            }
        }
    }

    /// Returns two partitions that overlap. An extended partition and its logical ones do not.
    pub(crate) fn overlap(&self) -> Option<(&Partition, &Partition)> {
        let mut sorted: Vec<&Partition> = self.partitions.iter().collect();
        sorted.retain(|partition| !partition.is_extended());
        sorted.sort_by_key(|partition| partition.start);
        sorted.windows(2).find_map(|pair| match pair {
            [first, second] if first.start + first.size > second.start => Some((*first, *second)),
            _ => None,
        })
    }
}

/// Joins up to 20 of `items`, so that messages stay readable.
fn join(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.take(21).collect();
    if items.len() > 20 {
        items.truncate(20);
        items.push("others".to_owned());
    }
    items.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: u32, name: &str, start: u64) -> Partition {
        Partition {
            number,
            name: (!name.is_empty()).then(|| name.to_owned()),
            uuid: format!("1234abcd-{number:02x}"),
            kind: PartitionType::Byte(0x83),
            start,
            size: 100,
            is_bootable: false,
            attributes: 0,
        }
    }

    fn table() -> PartitionTable {
        PartitionTable {
            format: TableFormat::Mbr,
            block_size: 512,
            uuid: String::new(),
            partitions: vec![
                partition(1, "boot", 100),
                partition(2, "root", 200),
                partition(3, "root", 300),
                partition(5, "", 0),
            ],
        }
    }

    #[test]
    fn finds_partitions_by_number_name_and_uuid() {
        let table = table();
        for (text, number) in [
            ("2", 2),
            ("boot", 1),
            ("PARTLABEL=boot", 1),
            ("PARTUUID=1234ABCD-05", 5),
        ] {
            let found = table.find(&PartitionChoice::parse(text)).unwrap();
            assert_eq!(found.number, number, "{text}");
        }
    }

    #[test]
    fn rejects_ambiguous_and_missing_choices() {
        let error = |text| {
            table()
                .find(&PartitionChoice::parse(text))
                .unwrap_err()
                .to_string()
        };
        let expected =
            "more than one partition with the name \"root\": 2, 3; choose one by its number";
        assert_eq!(error("root"), expected);
        let expected = "no partition with the number 4; there are: partition 1 \"boot\", \
                        partition 2 \"root\", partition 3 \"root\", partition 5";
        assert_eq!(error("4"), expected);
        assert!(error("PARTUUID=").contains("no partition"));
    }

    #[test]
    fn overlapping_partitions_are_found() {
        assert_eq!(table().overlap(), None);
        let mut table = table();
        table.partitions[3].size = 101;
        let (first, second) = table.overlap().unwrap();
        assert_eq!((first.number, second.number), (5, 1));
        table.partitions[3].kind = PartitionType::Byte(5);
        assert_eq!(table.overlap(), None);
    }
}
