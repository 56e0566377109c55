//! Nodes and their properties.

/// A node: a device, a bus, or a group of settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The name with the unit address: `usb@a600000`.
    pub name: String,
    /// The properties in their order.
    pub properties: Vec<Property>,
    /// The children in their order.
    pub children: Vec<Node>,
}

/// A property of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Property {
    /// The name, such as `compatible`.
    pub name: String,
    /// The value. Numbers are big-endian, strings end with NUL.
    pub value: Vec<u8>,
}

impl Node {
    /// Creates an empty node.
    pub fn new(name: impl Into<String>) -> Self {
        Node {
            name: name.into(),
            ..Node::default()
        }
    }

    /// Returns the name without the unit address.
    pub fn base_name(&self) -> &str {
        let base = self.name.split('@').next();
        base.unwrap_or_default()
    }

    /// Returns the value of a property.
    pub fn property(&self, name: &str) -> Option<&[u8]> {
        let property = self.properties.iter().find(|found| found.name == name)?;
        Some(&property.value)
    }

    /// Returns the value of a property, to change it in place.
    pub fn property_mut(&mut self, name: &str) -> Option<&mut Vec<u8>> {
        let mut properties = self.properties.iter_mut();
        let property = properties.find(|found| found.name == name)?;
        Some(&mut property.value)
    }

    /// Returns a property that is one number; `None` if it is missing or has another size.
    pub fn read_u32(&self, name: &str) -> Option<u32> {
        let value = self.property(name)?.try_into().ok()?;
        Some(u32::from_be_bytes(value))
    }

    /// Returns a property that is a list of numbers; `None` if it is missing or its size is not a
    /// multiple of 4.
    pub fn read_u32_list(&self, name: &str) -> Option<Vec<u32>> {
        let value = self.property(name)?;
        let cells = value.chunks(4).map(|cell| cell.try_into().ok());
        cells.map(|cell| cell.map(u32::from_be_bytes)).collect()
    }

    /// Returns a property that is one number of two cells; `None` if it is missing or has another size.
    pub fn read_u64(&self, name: &str) -> Option<u64> {
        let value = self.property(name)?.try_into().ok()?;
        Some(u64::from_be_bytes(value))
    }

    /// Returns a property that is one string; `None` if it is missing, not UTF-8, or contains another
    /// NUL than the last byte.
    pub fn read_string(&self, name: &str) -> Option<&str> {
        let text = self.property(name)?.strip_suffix(&[0])?;
        let text = std::str::from_utf8(text).ok()?;
        (!text.contains('\0')).then_some(text)
    }

    /// Returns the strings in a property; none if it is missing, not UTF-8, or the last byte is not NUL.
    pub fn read_strings(&self, name: &str) -> impl Iterator<Item = &str> {
        let text = self.property(name).and_then(|value| {
            let text = value.strip_suffix(&[0])?;
            std::str::from_utf8(text).ok()
        });
        text.into_iter().flat_map(|text| text.split('\0'))
    }

    /// Returns the number by which properties of other nodes refer to this one: its `phandle`, or the
    /// old `linux,phandle`. 0 and 0xffffffff are not valid.
    pub fn phandle(&self) -> Option<u32> {
        let phandle = ["phandle", "linux,phandle"]
            .iter()
            .find_map(|name| self.read_u32(name));
        phandle.filter(|phandle| !matches!(*phandle, 0 | u32::MAX))
    }

    /// Whether the device exists and can be used: `status` is missing, `okay` or `ok`.
    pub fn is_enabled(&self) -> bool {
        match self.property("status") {
            Some(status) => matches!(status, b"okay\0" | b"ok\0"),
            None => true,
        }
    }

    /// Changes the value of a property, or appends it.
    pub fn set_property(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.property_mut(name) {
            Some(old) => *old = value,
            None => self.properties.push(Property {
                name: name.to_owned(),
                value,
            }),
        }
    }

    /// Sets a property to one number.
    pub fn set_u32(&mut self, name: &str, value: u32) {
        self.set_property(name, value.to_be_bytes());
    }

    /// Sets a property to strings, which must not contain NUL.
    pub fn set_strings(&mut self, name: &str, strings: &[&str]) {
        let mut value = Vec::new();
        for string in strings {
            value.extend_from_slice(string.as_bytes());
            value.push(0);
        }
        self.set_property(name, value);
    }

    /// Removes a property, and returns its value.
    pub fn remove_property(&mut self, name: &str) -> Option<Vec<u8>> {
        let at = self.position(name)?;
        Some(self.properties.remove(at).value)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|found| found.name == name)
    }

    /// Returns a child: the first with this name, or with this name and any unit address, as libfdt
    /// does.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.get(self.child_position(name)?)
    }

    /// Like [`Node::child`], to change it.
    pub fn child_mut(&mut self, name: &str) -> Option<&mut Node> {
        let at = self.child_position(name)?;
        self.children.get_mut(at)
    }

    pub(crate) fn child_position(&self, name: &str) -> Option<usize> {
        self.children.iter().position(|child| child.has_name(name))
    }

    fn has_name(&self, name: &str) -> bool {
        let rest = self.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('@') && !name.contains('@')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_values_only_in_their_form() {
        let mut node = Node::new("usb@1");
        node.set_property("list", [0, 0, 0, 1, 0, 0, 0, 2]);
        node.set_property("odd", [1, 2, 3]);
        node.set_strings("names", &["a", "", "b"]);
        node.set_strings("name", &["a"]);
        node.set_property("empty", []);
        assert_eq!(node.base_name(), "usb");
        assert_eq!(node.read_u32_list("list"), Some(vec![1, 2]));
        assert_eq!(node.read_u64("list"), Some(0x1_0000_0002));
        assert_eq!(node.read_u32("list"), None);
        assert_eq!(node.read_u32_list("odd"), None);
        assert_eq!(node.read_u32_list("empty"), Some(vec![]));
        assert_eq!(node.read_string("name"), Some("a"));
        assert_eq!(node.read_string("names"), None);
        assert_eq!(node.read_string("odd"), None);
        let names: Vec<_> = node.read_strings("names").collect();
        assert_eq!(names, ["a", "", "b"]);
        assert_eq!(node.read_strings("empty").count(), 0);
        assert_eq!(node.read_strings("missing").count(), 0);
    }

    #[test]
    fn changes_and_removes_properties_in_place() {
        let mut node = Node::default();
        for name in ["a", "b", "c"] {
            node.set_u32(name, 1);
        }
        node.set_u32("b", 2);
        assert_eq!(node.remove_property("a"), Some(vec![0, 0, 0, 1]));
        assert_eq!(node.remove_property("a"), None);
        assert_eq!(node.properties[0].name, "b");
        assert_eq!(node.read_u32("b"), Some(2));
    }

    #[test]
    fn phandles_of_both_names_are_valid_numbers() {
        let mut node = Node::default();
        node.set_u32("linux,phandle", 1);
        assert_eq!(node.phandle(), Some(1));
        node.set_u32("phandle", 2);
        assert_eq!(node.phandle(), Some(2));
        for invalid in [0, u32::MAX] {
            node.set_u32("phandle", invalid);
            assert_eq!(node.phandle(), None);
        }
    }

    #[test]
    fn unit_addresses_of_children_may_be_left_out() {
        let node = Node {
            children: ["usb-phy@1", "usb@1", "usb@2"].map(Node::new).into(),
            ..Node::default()
        };
        let found = |name| node.child(name).map(|node| node.name.as_str());
        assert_eq!(found("usb"), Some("usb@1"));
        assert_eq!(found("usb@2"), Some("usb@2"));
        assert_eq!(found("usb@"), None);
        assert_eq!(found("us"), None);
    }
}
