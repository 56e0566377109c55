use super::*;
use crate::MAX_DEPTH;

/// `/soc/uart@1` with the label `uart`, its user, and an alias.
fn base() -> DeviceTree {
    let mut base = DeviceTree::default();
    base.add_node("/soc/uart@1").unwrap().set_u32("phandle", 7);
    base.add_node("/user").unwrap().set_u32("uart", 7);
    let symbols = base.add_node("/__symbols__").unwrap();
    symbols.set_strings("uart", &["/soc/uart@1"]);
    let aliases = base.add_node("/aliases").unwrap();
    aliases.set_strings("serial0", &["/soc/uart@1"]);
    base
}

/// An overlay with one fragment with this target path.
fn overlay(target: &str) -> DeviceTree {
    let mut overlay = DeviceTree::default();
    let fragment = overlay.add_node("/fragment@0").unwrap();
    fragment.set_strings("target-path", &[target]);
    let changes = overlay.add_node("/fragment@0/__overlay__").unwrap();
    changes.set_u32("new", 1);
    overlay
}

/// Like [`overlay`], with a label as target.
fn labelled(label: &str, place: &str) -> DeviceTree {
    let mut overlay = overlay("/nowhere");
    let fragment = overlay.find_mut("/fragment@0").unwrap();
    fragment.remove_property("target-path");
    fragment.set_u32("target", u32::MAX);
    let fixups = overlay.add_node("/__fixups__").unwrap();
    fixups.set_strings(label, &[place]);
    overlay
}

fn message(overlay: &DeviceTree) -> String {
    let mut base = base();
    let before = base.clone();
    let error = base.apply_overlay(overlay).unwrap_err();
    assert_eq!(base, before);
    error.to_string()
}

#[test]
fn merges_into_paths_aliases_and_labels() {
    for overlay in [
        overlay("/soc/uart@1"),
        overlay("/soc/uart"),
        overlay("serial0"),
        labelled("uart", "/fragment@0:target:0"),
    ] {
        let mut base = base();
        base.apply_overlay(&overlay).unwrap();
        let node = base.find("/soc/uart@1").unwrap();
        assert_eq!(node.read_u32("new"), Some(1));
        assert_eq!(node.properties[0].name, "new", "inserted first");
    }
}

#[test]
fn shifts_phandles_and_references() {
    let mut overlay = overlay("/soc");
    let changes = overlay.find_mut("/fragment@0/__overlay__").unwrap();
    changes.set_property("refs", [0, 0, 0, 9, 0, 0, 0, 1]);
    let node = overlay.add_node("/fragment@0/__overlay__/new@2").unwrap();
    node.set_u32("phandle", 1);
    let fixups = overlay
        .add_node("/__local_fixups__/fragment@0/__overlay__")
        .unwrap();
    fixups.set_u32("refs", 4);
    let mut base = base();
    base.apply_overlay(&overlay).unwrap();
    base.apply_overlay(&overlay).unwrap();
    let soc = base.find("/soc").unwrap();
    assert_eq!(soc.read_u32_list("refs"), Some(vec![9, 8]));
    assert_eq!(soc.children[0].name, "new@2", "inserted first");
    assert_eq!(
        soc.child("new").unwrap().read_u32("phandle"),
        Some(8),
        "kept"
    );
}

#[test]
fn nodes_keep_the_phandle_of_the_base() {
    let mut overlay = overlay("/soc");
    let node = overlay.add_node("/fragment@0/__overlay__/uart@1").unwrap();
    node.set_u32("phandle", 1);
    node.set_u32("self", 1);
    let fixups = overlay
        .add_node("/__local_fixups__/fragment@0/__overlay__/uart@1")
        .unwrap();
    fixups.set_u32("self", 0);
    let mut base = base();
    base.apply_overlay(&overlay).unwrap();
    let node = base.find("serial0").unwrap();
    assert_eq!(node.read_u32("phandle"), Some(7));
    assert_eq!(node.read_u32("self"), Some(7));
}

#[test]
fn adds_labels_of_the_overlay() {
    let mut first = overlay("/soc");
    first
        .add_node("/fragment@0/__overlay__/new")
        .unwrap()
        .set_u32("phandle", 1);
    let symbols = first.add_node("/__symbols__").unwrap();
    for (label, path) in [
        ("new", "/fragment@0/__overlay__/new"),
        ("soc", "/fragment@0/__overlay__"),
        ("outside", "/fragment@0"),
        ("other", "/fragment@0/other"),
        ("similar", "/fragment@0/__overlay__s"),
    ] {
        symbols.set_strings(label, &[path]);
    }
    let mut base = base();
    base.apply_overlay(&first).unwrap();
    base.apply_overlay(&labelled("new", "/fragment@0:target:0"))
        .unwrap();
    assert_eq!(base.find("/soc/new").unwrap().read_u32("new"), Some(1));
    let symbols = base.find("/__symbols__").unwrap();
    assert_eq!(symbols.properties.len(), 3);
    assert_eq!(symbols.read_string("new"), Some("/soc/new"));
    assert_eq!(symbols.read_string("soc"), Some("/soc/"));
}

#[test]
fn creates_labels_in_a_base_without() {
    let mut overlay = overlay("/");
    let symbols = overlay.add_node("/__symbols__").unwrap();
    symbols.set_strings("new", &["/fragment@0/__overlay__/new"]);
    let mut base = DeviceTree::default();
    base.apply_overlay(&overlay).unwrap();
    let symbols = base.find("/__symbols__").unwrap();
    assert_eq!(symbols.read_string("new"), Some("/new"));
}

#[test]
fn errors_name_fragment_label_and_path() {
    assert_eq!(
        message(&labelled("gone", "/fragment@0:target:0")),
        "the overlay needs the label `gone`, which the base does not define in /__symbols__"
    );
    assert_eq!(
        message(&overlay("/gone")),
        "/fragment@0: the base has no node /gone"
    );
    for place in [
        "/fragment@0:target:1",
        "/fragment@0:target",
        "/gone:target:0",
        "/fragment@0:target:x",
        "",
    ] {
        let message = message(&labelled("uart", place));
        assert!(
            message.contains(&format!("/__fixups__/uart: `{place}`")),
            "{message}"
        );
    }
    let mut without_target = overlay("/soc");
    without_target
        .find_mut("/fragment@0")
        .unwrap()
        .remove_property("target-path");
    assert!(message(&without_target).contains("/fragment@0: neither target nor target-path"));

    let mut unresolved = labelled("uart", "/fragment@0:target:0");
    unresolved
        .find_mut("/__fixups__")
        .unwrap()
        .remove_property("uart");
    assert!(
        message(&unresolved)
            .contains("/fragment@0: the base has no node with the phandle 0xffffffff")
    );
}

#[test]
fn rejects_invalid_overlays() {
    let mut phandle = overlay("/soc");
    phandle.root.set_u32("phandle", u32::MAX - 7);
    assert!(message(&phandle).contains("phandle is not a valid phandle"));
    phandle.root.set_property("phandle", [1]);
    assert!(message(&phandle).contains("phandle is not a valid phandle"));

    for (property, offsets, expected) in [
        ("new", &[0_u8, 0, 0, 1][..], "shorter than its phandle at 1"),
        ("new", &[0xff; 4], "shorter than its phandle at 4294967295"),
        ("new", &[0], "expected offsets"),
        ("gone", &[0; 4], "/gone: no such property"),
    ] {
        let mut overlay = overlay("/soc");
        let fixups = overlay
            .add_node("/__local_fixups__/fragment@0/__overlay__")
            .unwrap();
        fixups.set_property(property, offsets);
        assert!(message(&overlay).contains(expected), "{expected}");
    }

    let mut symbols = overlay("/soc");
    let node = symbols.add_node("/__symbols__").unwrap();
    node.set_strings("a", &["/fragment@1/__overlay__"]);
    assert!(message(&symbols).contains("/__symbols__/a: no fragment /fragment@1"));
}

#[test]
fn limits_the_depth_of_the_result() {
    let mut deep = overlay("/soc/uart@1");
    let path = "/fragment@0/__overlay__".to_owned() + &"/a".repeat(MAX_DEPTH - 3);
    deep.add_node(&path).unwrap();
    let mut base = base();
    base.apply_overlay(&deep).unwrap();
    let target = deep.find_mut("/fragment@0").unwrap();
    target.set_strings("target-path", &["/soc/uart@1/a"]);
    let error = base.apply_overlay(&deep);
    assert!(matches!(error, Err(Error::TooDeep(_))));
    DeviceTree::parse(&base.to_bytes()).unwrap();
}

#[test]
fn limits_fragments_and_references() {
    let mut many = overlay("/soc");
    for number in 1..=MAX_FRAGMENTS {
        let path = format!("/fragment@{number}/__overlay__");
        many.add_node(&path).unwrap();
    }
    assert!(message(&many).contains("more than 1024 fragments"));

    let mut many = labelled("uart", "/fragment@0:target:0");
    let places = vec!["/fragment@0:target:0"; 16_385];
    let fixups = many.find_mut("/__fixups__").unwrap();
    fixups.set_strings("uart", &places);
    assert!(message(&many).contains("more than 16384 references"));
}
