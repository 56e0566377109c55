use std::time::{Duration, Instant};

use super::*;
use crate::{BootImageParameters, Compression, Condition, Limits, Match, Probe};

const BASE: &str = include_str!("../../profiles/oneplus-fajita.yaml");

#[test]
fn reads_every_key() {
    let profile = parse(include_bytes!("complete.yaml")).unwrap();
    assert_eq!(profile.id, "complete");
    let name = profile.display_name.as_deref();
    assert_eq!(name, Some("The \"complete\" one: 1 \\ # ü"));
    assert_eq!(profile.device_tree, "a/b");
    let ids = [(0x18d1, 0xd00d), (0, 0xffff)];
    assert_eq!(profile.matches, ids.map(|(vid, pid)| Match { vid, pid }));
    let text = str::to_owned;
    let probes = [
        ("product", Condition::Equals(text("1"))),
        ("serialno", Condition::StartsWith(text("S6"))),
        ("partition-type:op2", Condition::NotEquals(text("raw disk"))),
        ("a", Condition::Exists),
        ("b", Condition::Exists),
        ("c", Condition::NotExists),
        ("d", Condition::Exists),
    ];
    let probes = probes.map(|(variable, condition)| Probe {
        variable: text(variable),
        condition,
    });
    assert_eq!(profile.probes, probes);
    let image = BootImageParameters {
        header_version: 2,
        page_size: 16384,
        base: u64::MAX,
        kernel_offset: 0x8000,
        ramdisk_offset: 2,
        second_offset: 3,
        tags_offset: 4,
        dtb_offset: 5,
        kernel_encoding: "image.lz4+dtb".parse().unwrap(),
        ramdisk_compression: Some(Compression::Zstd),
        cmdline_append: Some(text("quiet console=ttyMSM0,115200n8")),
        limits: Limits {
            kernel: None,
            kernel_window: Some(48 << 20),
            ramdisk: Some(32 << 20),
            image: None,
            command_line: 1024,
        },
    };
    assert_eq!(profile.boot_image, image);
    assert_eq!(profile.stage0.kernel_modules, ["dwc3", "0"]);
    let mac = &profile.stage0.inject_mac;
    assert_eq!(mac.wifi.as_deref(), Some("qcom,wcn3990-wifi"));
    assert_eq!(mac.bluetooth.as_deref(), Some("qcom,wcn3990-bt"));
}

#[test]
fn json_has_the_keys_of_the_file() {
    let profile = parse(BASE.as_bytes()).unwrap();
    let json = serde_json::to_value(&profile).unwrap();
    assert_eq!(json["match"][0]["pid"], 0xd00d);
    assert_eq!(json["probe"][0]["fastboot.getvar"], "product");
    assert_eq!(json["probe"][0]["equals"], "sdm845");
    assert_eq!(json["android_bootimg"]["kernel"], "image.gz");
    assert_eq!(json["android_bootimg"]["limits"]["max_cmdline_bytes"], 511);
}

/// Replaces a line of a valid profile, whose number is in the first column, and compares the error.
#[test]
fn mistakes_are_reported_at_their_line_and_column() {
    for (line, text, expected) in [
        (1, "id:", "1:4: id: missing value, expected a string"),
        (
            1,
            "id: 1",
            "1:5: id: invalid type: integer `1`, expected a string",
        ),
        (1, "id: ''", "1:5: id: empty string"),
        (1, "id: a b", "1:5: id: invalid id \"a b\""),
        (1, "id: -a", "1:5: id: invalid id \"-a\""),
        (1, "id: \"a\\e\"", "1:5: id: control character '\\u{1b}'"),
        (
            1,
            "Id: a",
            "1:1: unknown field `Id`, expected one of `id`, ",
        ),
        (1, "# nothing", "2:1: missing field `id`"),
        (
            1,
            "id: !a b",
            "1:5: id: invalid type: enum, expected a value without a tag",
        ),
        (
            2,
            "display_name: [a]",
            "2:15: display_name: invalid type: sequence",
        ),
        (2, "id: again", "2:1: repeated field `id`"),
        (
            3,
            "devicetree_name: /a",
            "3:18: devicetree_name: invalid device tree",
        ),
        (
            3,
            "devicetree_name: a/../b",
            "3:18: devicetree_name: invalid device tree",
        ),
        (
            3,
            "devicetree_name: a.dtb",
            "3:18: devicetree_name: invalid device tree",
        ),
        (
            4,
            "match: []\nx:",
            "4:8: match: invalid length 0, expected a list of at",
        ),
        (
            4,
            "match: a\nx:",
            "4:8: match: invalid type: string \"a\", expected a list",
        ),
        (
            5,
            "  - fastbot:",
            "5:5: match[0]: unknown field `fastbot`, expected `fastboot`",
        ),
        (
            5,
            "  - fastboot:\n      vip: 1",
            "6:7: match[0].fastboot: unknown field `vip`",
        ),
        (
            6,
            "      vid: 0x18d10",
            "6:12: match[0].fastboot.vid: invalid value: integer",
        ),
        (
            6,
            "      vid: -1",
            "6:12: match[0].fastboot.vid: invalid type: integer `-1`",
        ),
        (
            6,
            "      vid: 18d1",
            "6:12: match[0].fastboot.vid: invalid type: string",
        ),
        (
            6,
            "      vid: 1.5",
            "6:12: match[0].fastboot.vid: invalid type: floating",
        ),
        (
            6,
            "      vid: '1'",
            "6:12: match[0].fastboot.vid: invalid type: string",
        ),
        (6, "", "7:7: match[0].fastboot: missing field `vid`"),
        (
            9,
            "  - getvar: product",
            "9:5: probe[0]: unknown field `getvar`, expected one of",
        ),
        (
            9,
            "  - fastboot.getvar: all",
            "9:22: probe[0].fastboot.getvar: variable `all`",
        ),
        (
            9,
            "  - fastboot.getvar: [a]",
            "9:22: probe[0].fastboot.getvar: invalid type",
        ),
        (
            9,
            "  - exists:\n  - x:",
            "9:5: probe[0]: missing field `fastboot.getvar`",
        ),
        (
            10,
            "    equal: sdm845",
            "10:5: probe[0]: unknown field `equal`, expected one of",
        ),
        (
            10,
            "    equals: 1",
            "10:13: probe[0].equals: invalid type: integer `1`",
        ),
        (
            10,
            "    equals: true",
            "10:13: probe[0].equals: invalid type: boolean `true`",
        ),
        (10, "    equals:", "10:12: probe[0].equals: missing value"),
        (10, "    equals: ''", "10:13: probe[0].equals: empty string"),
        (
            10,
            "    starts_with: [a]",
            "10:18: probe[0].starts_with: invalid type: sequence",
        ),
        (
            10,
            "    not_equals: 0x1",
            "10:17: probe[0].not_equals: invalid type: integer",
        ),
        (
            10,
            "    not_exist:",
            "10:5: probe[0]: unknown field `not_exist`",
        ),
        (
            10,
            "    not_exists: product",
            "10:17: probe[0].not_exists: invalid type: string",
        ),
        (
            10,
            "    exists: false",
            "10:13: probe[0].exists: expected no value or `true`",
        ),
        (
            10,
            "    equals: a\n    not_equals: b",
            "11:5: probe[0]: second condition `not_equals` after `equals`",
        ),
        (
            10,
            "    equals: a\n    equals: b",
            "11:5: probe[0]: repeated field `equals`",
        ),
        (
            13,
            "boot: a\nx:",
            "13:7: boot: invalid type: string \"a\", expected a mapping",
        ),
        (
            16,
            "      header_version: 5",
            "16:23: boot.fastboot_boot.android_bootimg.header_version: invalid value: \
             integer `5`, expected a header version from 0 to 4",
        ),
        (
            17,
            "      page_size: 4095",
            "17:18: boot.fastboot_boot.android_bootimg.page_size: invalid value: integer \
             `4095`, expected a page size of 2048, 4096, 8192 or 16384 bytes",
        ),
        (
            17,
            "",
            "16:7: boot.fastboot_boot.android_bootimg: missing field `page_size`",
        ),
        (
            18,
            "      kernel_offset: 0x10000000000000000",
            "18:22: boot.fastboot_boot.android_bootimg.kernel_offset: invalid type: integer",
        ),
        (
            18,
            "      limits: { max_kernel: 1 }",
            "18:17: boot.fastboot_boot.android_bootimg.limits: unknown field `max_kernel`",
        ),
        (
            18,
            "      limits: { max_cmdline_bytes: 0 }",
            "18:36: boot.fastboot_boot.android_bootimg.limits.max_cmdline_bytes: invalid",
        ),
        (
            18,
            "      initrd: { compress: xz }",
            "18:27: boot.fastboot_boot.android_bootimg.initrd.compress: unknown compression",
        ),
        (
            20,
            "        encoding: gz+dtb",
            "20:19: boot.fastboot_boot.android_bootimg.kernel.encoding: unknown encoding",
        ),
        (
            20,
            "        encoding: image\nstage0: { modules: [] }",
            "21:11: stage0: unknown field `modules`",
        ),
        (
            20,
            "\tx: y",
            "20:1: found character that cannot start any token",
        ),
        (20, "        encoding: *a", "20:19: "),
        (
            20,
            "        encoding: image.gz\n---\nid: a",
            "21:1: more than one document",
        ),
        (20, "        <<: { encoding: image }", "20:9: "),
    ] {
        let mut lines: Vec<&str> = BASE.lines().collect();
        lines[line - 1] = text;
        let error = parse(lines.join("\n").as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!error.contains(" at line"), "{error}");
    }
}

#[test]
fn rejects_other_bytes_than_text_at_their_place() {
    for (bytes, expected) in [
        (&b"id: a\n# \xc3\xbc\xff"[..], "2:4: not valid UTF-8"),
        (b"id: a\n# \x1b", "2:3: forbidden character '\\u{1b}'"),
        (b"id: \xef\xbb\xbf", "1:5: forbidden character '\\u{feff}'"),
        (b"\xef\xbb\xbf\r\n", "2:1: missing field `id`"),
    ] {
        assert_eq!(parse(bytes).unwrap_err().to_string(), expected);
    }
}

#[test]
fn rejects_large_files() {
    let padding = |size: usize| format!("{BASE}#{}", "x".repeat(size - BASE.len() - 1));
    assert!(parse(padding(MAX_SIZE).as_bytes()).is_ok());
    let error = parse(padding(MAX_SIZE + 1).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "1:1: larger than 65536 bytes");
}

#[test]
fn long_texts_and_names_are_rejected() {
    for (line, text, length) in [
        (1, "id: ", 129),
        (9, "  - fastboot.getvar: ", 58),
        (2, "display_name: ", 4097),
    ] {
        let parse = |length: usize| {
            let mut lines: Vec<&str> = BASE.lines().collect();
            let long = text.to_owned() + &"x".repeat(length);
            lines[line - 1] = &long;
            parse(lines.join("\n").as_bytes())
        };
        assert!(parse(length - 1).is_ok());
        let error = parse(length).unwrap_err();
        assert_eq!(
            (error.line, error.column),
            (line, text.len() + 1),
            "{error}"
        );
    }
}

#[test]
fn aliases_are_read_and_their_number_is_limited() {
    let text = BASE
        .replace("name: OnePlus 6T", "name: &a OnePlus")
        .replace("raw", "*a");
    let profile = parse(text.as_bytes()).unwrap();
    assert_eq!(profile.probes[1].condition.text(), Some("OnePlus"));

    let list = |value: &str| format!("[{}]", vec![value; 1000].join(","));
    let bomb = format!(
        "a: &a {}\nb: &b {}\nc: {}\n",
        list("x"),
        list("*a"),
        list("*b")
    );
    let start = Instant::now();
    let error = parse(bomb.as_bytes()).unwrap_err();
    assert!(error.message.contains("more than 4096 values"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn deep_and_recursive_documents_end() {
    let start = Instant::now();
    for (text, words) in [
        (
            "[".repeat(MAX_SIZE),
            "1:1025: more than 1024 brackets and braces",
        ),
        ("{a: ".repeat(1024), ": recursion limit exceeded"),
        ("- ".repeat(MAX_SIZE / 2), ": recursion limit exceeded"),
        ("a: &a [*a]".to_owned(), ": recursion limit exceeded"),
    ] {
        let error = parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}
