//! The strings block, which contains the names of all properties: Devicetree Specification 0.4, section
//! 5.5.

use std::collections::BTreeMap;

use crate::Node;

/// The strings block in dtc's layout: names in the order of their first use; a name that another name
/// ends with shares its bytes, if that is used before.
pub(crate) struct Strings<'a> {
    block: Vec<u8>,
    offsets: BTreeMap<&'a str, usize>,
}

impl<'a> Strings<'a> {
    pub(crate) fn new(root: &'a Node) -> Self {
        let mut names = Vec::new();
        collect(root, &mut BTreeMap::new(), &mut names);
        let holders = find_holders(&names);
        let mut strings = Strings {
            block: Vec::new(),
            offsets: BTreeMap::new(),
        };
        for (name, holder) in names.into_iter().zip(holders) {
            let offset = match strings.offsets.get(holder) {
                Some(offset) => offset + holder.len() - name.len(),
                None => strings.append(name),
            };
            strings.offsets.insert(name, offset);
        }
        strings
    }

    pub(crate) fn block(&self) -> &[u8] {
        &self.block
    }

    /// The offset in bytes of a name that the tree has.
    pub(crate) fn offset(&self, name: &str) -> usize {
        self.offsets.get(name).copied().unwrap_or_default()
    }

    fn append(&mut self, name: &str) -> usize {
        let offset = self.block.len();
        self.block.extend_from_slice(name.as_bytes());
        self.block.push(0);
        offset
    }
}

/// Appends the names of all properties in the order of their first use.
fn collect<'a>(node: &'a Node, seen: &mut BTreeMap<&'a str, ()>, names: &mut Vec<&'a str>) {
    for property in &node.properties {
        if seen.insert(&property.name, ()).is_none() {
            names.push(&property.name);
        }
    }
    for child in &node.children {
        collect(child, seen, names);
    }
}

/// Returns, for each name, the first name that ends with it, which may be itself.
///
/// Sorted by their reversed bytes, all names with one ending follow that ending, so one pass from the
/// end finds the first of them. A search for each name in the block, as in dtc, takes quadratic time.
fn find_holders<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut sorted: Vec<usize> = (0..names.len()).collect();
    let name = |number: usize| names.get(number).copied().unwrap_or_default();
    sorted.sort_by(|one, other| name(*one).bytes().rev().cmp(name(*other).bytes().rev()));
    // For each place in `sorted`: the place after all names with that ending, and the number of the
    // first of them.
    let mut endings = vec![(0, 0); names.len()];
    for (place, number) in sorted.iter().enumerate().rev() {
        let mut first = *number;
        let mut next = place + 1;
        while let Some(longer) = sorted.get(next) {
            let ending = endings.get(next).copied();
            let Some((end, least)) = ending.filter(|_| name(*longer).ends_with(name(*number)))
            else {
                break;
            };
            first = first.min(least);
            next = end;
        }
        if let Some(ending) = endings.get_mut(place) {
            *ending = (next, first);
        }
    }
    let mut holders = vec![""; names.len()];
    for (number, (_, first)) in sorted.iter().zip(endings) {
        if let Some(holder) = holders.get_mut(*number) {
            *holder = name(first);
        }
    }
    holders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(names: &[&str]) -> Vec<u8> {
        let mut root = Node::default();
        for name in names {
            root.set_property(name, []);
        }
        let strings = Strings::new(&root);
        for name in names {
            let rest = &strings.block()[strings.offset(name)..];
            assert!(rest.starts_with(format!("{name}\0").as_bytes()), "{name}");
        }
        strings.block().to_vec()
    }

    #[test]
    fn names_share_the_end_of_an_earlier_name() {
        assert_eq!(block(&["a-reg", "reg", "x"]), b"a-reg\0x\0");
        assert_eq!(block(&["reg", "a-reg"]), b"reg\0a-reg\0");
        assert_eq!(block(&["b-reg", "a-reg", "eg", "reg"]), b"b-reg\0a-reg\0");
        assert_eq!(block(&["g", "eg", "reg", "x-reg"]), b"g\0eg\0reg\0x-reg\0");
        assert_eq!(block(&["", "a"]), b"\0a\0");
        assert_eq!(block(&["a", ""]), b"a\0");
        assert_eq!(block(&[]), b"");
    }

    /// A search in the block, as in dtc, gives the same.
    #[test]
    fn agrees_with_a_search() {
        let names: Vec<String> = (0..400_u32)
            .map(|number| format!("{:b}", number.wrapping_mul(2_654_435_761) >> 20))
            .collect();
        let mut expected = Vec::new();
        for name in &names {
            let text = format!("{name}\0").into_bytes();
            if !expected.windows(text.len()).any(|part| part == text) {
                expected.extend(text);
            }
        }
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(block(&names), expected);
    }
}
