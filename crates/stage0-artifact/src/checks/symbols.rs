//! The check that nothing is left to be defined by a library.
//!
//! No field holds the number of dynamic symbols. DT_HASH has the number; DT_GNU_HASH
//! leads to the last symbol that it hashes, before which all undefined ones are; the section header
//! table, where there is one, has the table's size. The largest of these is taken.

use goblin::container::Ctx;
use goblin::elf::section_header::SHT_DYNSYM;
use goblin::elf::sym::Sym;

use crate::elf::Program;

/// Checks that every dynamic symbol is defined in the file.
pub fn check_defined(program: &Program<'_>) -> Result<(), String> {
    let Some(table) = program
        .dynamic()
        .map(|dynamic| dynamic.info.symtab)
        .filter(|table| *table != 0)
    else {
        return Ok(());
    };
    let count = count(program).ok_or(
        "unknown number of dynamic symbols (no DT_HASH, no DT_GNU_HASH); \
         link with --hash-style=both",
    )?;
    let symbols = Sym::parse(program.bytes(), table, count, program.context)
        .map_err(|error| format!("its dynamic symbols are damaged ({error}); build it again"))?;
    // The first is the null symbol.
    let mut undefined = symbols.iter().skip(1).filter(|symbol| symbol.st_shndx == 0);
    let Some(first) = undefined.next() else {
        return Ok(());
    };
    let name = program.dynamic_string(first.st_name as u64);
    Err(format!(
        "{} dynamic symbols are defined nowhere, first {}; link what defines them",
        1 + undefined.count(),
        name.unwrap_or("one without a name".to_owned())
    ))
}

fn count(program: &Program<'_>) -> Option<usize> {
    let info = &program.dynamic()?.info;
    let file = Words {
        bytes: program.bytes(),
        context: program.context,
    };
    let hash = info.hash.and_then(|offset| file.sysv_count(offset));
    let gnu = info.gnu_hash.and_then(|offset| file.gnu_count(offset));
    let section = program.sections().ok().and_then(|sections| {
        let section = sections.into_iter().find(|s| s.sh_type == SHT_DYNSYM)?;
        usize::try_from(section.sh_size / Sym::size(program.context.container) as u64).ok()
    });
    [hash, gnu, section].into_iter().flatten().max()
}

/// The file as 32-bit words in its byte order.
struct Words<'a> {
    bytes: &'a [u8],
    context: Ctx,
}

impl Words<'_> {
    fn get(&self, offset: usize) -> Option<usize> {
        let bytes = self.bytes.get(offset..offset.checked_add(4)?)?;
        let bytes = bytes.try_into().ok()?;
        Some(if self.context.is_little_endian() {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        } as usize)
    }

    /// `nchain` of the hash table, its second word (System V ABI, chapter 5).
    fn sysv_count(&self, table: u64) -> Option<usize> {
        self.get(usize::try_from(table).ok()?.checked_add(4)?)
    }

    /// The GNU hash table: four words, a Bloom filter of addresses, buckets with the first symbol
    /// of each chain, and one word a hashed symbol, whose lowest bit ends the chain.
    fn gnu_count(&self, table: u64) -> Option<usize> {
        let table = usize::try_from(table).ok()?;
        let header = |index: usize| self.get(table.checked_add(index * 4)?);
        let (buckets, first_hashed, filter) = (header(0)?, header(1)?, header(2)?);
        let filter_size = filter.checked_mul(if self.context.is_big() { 8 } else { 4 })?;
        let buckets_at = table.checked_add(16)?.checked_add(filter_size)?;
        let at = |index: usize| buckets_at.checked_add(index.checked_mul(4)?);

        let mut last = 0;
        for bucket in 0..buckets {
            last = last.max(self.get(at(bucket)?)?);
        }
        // Nothing is hashed: there are only the symbols before.
        let Some(mut chain) = last.checked_sub(first_hashed) else {
            return Some(first_hashed);
        };
        while self.get(at(buckets.checked_add(chain)?)?)? & 1 == 0 {
            chain += 1;
        }
        first_hashed.checked_add(chain)?.checked_add(1)
    }
}
