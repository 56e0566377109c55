//! Checks that the program has no undefined dynamic symbols.
//!
//! No header field contains the number of dynamic symbols. There are three sources, each of which can be
//! absent: DT_HASH contains the number; DT_GNU_HASH gives the index of the last defined symbol, and
//! undefined symbols come before the defined ones; the section header contains the size of the symbol
//! table. The check uses the largest number.

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
    let count = count_symbols(program).ok_or(
        "unknown number of dynamic symbols (no DT_HASH, no DT_GNU_HASH); \
         link with --hash-style=both",
    )?;
    let symbols = Sym::parse(program.bytes(), table, count, program.context)
        .map_err(|error| format!("damaged dynamic symbols: {error}; build it again"))?;
    // The first symbol is always the null symbol.
    let mut undefined = symbols.iter().skip(1).filter(|symbol| symbol.st_shndx == 0);
    let Some(first) = undefined.next() else {
        return Ok(());
    };
    let name = program.dynamic_string(first.st_name as u64);
    Err(format!(
        "{} undefined dynamic symbols, first {}; link the objects that define them",
        1 + undefined.count(),
        name.unwrap_or("an unnamed one".to_owned())
    ))
}

fn count_symbols(program: &Program<'_>) -> Option<usize> {
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

/// Reads 32-bit words of the file in its byte order.
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

    /// The number of symbols by the hash table: its second word, `nchain` (System V ABI, chapter 5).
    fn sysv_count(&self, table: u64) -> Option<usize> {
        self.get(usize::try_from(table).ok()?.checked_add(4)?)
    }

    /// The number of symbols by the GNU hash table. It consists of four words, a Bloom filter of
    /// address-sized words, buckets with the first symbol of each chain, and one word for each hashed
    /// symbol, whose lowest bit marks the end of a chain.
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
        // No symbol is hashed: all symbols come before the hashed ones.
        let Some(mut chain) = last.checked_sub(first_hashed) else {
            return Some(first_hashed);
        };
        while self.get(at(buckets.checked_add(chain)?)?)? & 1 == 0 {
            chain += 1;
        }
        first_hashed.checked_add(chain)?.checked_add(1)
    }
}
