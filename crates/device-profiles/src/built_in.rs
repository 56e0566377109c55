//! The profiles that are built in.

/// Name and content of each file.
pub(crate) const FILES: [(&str, &str); 8] = [
    (
        "arrow-db410c",
        include_str!("../profiles/arrow-db410c.yaml"),
    ),
    (
        "google-sargo",
        include_str!("../profiles/google-sargo.yaml"),
    ),
    (
        "oneplus-enchilada",
        include_str!("../profiles/oneplus-enchilada.yaml"),
    ),
    (
        "oneplus-fajita",
        include_str!("../profiles/oneplus-fajita.yaml"),
    ),
    (
        "samsung-gt510",
        include_str!("../profiles/samsung-gt510.yaml"),
    ),
    (
        "shift-axolotl",
        include_str!("../profiles/shift-axolotl.yaml"),
    ),
    (
        "xiaomi-beryllium-ebbg",
        include_str!("../profiles/xiaomi-beryllium-ebbg.yaml"),
    ),
    (
        "xiaomi-beryllium-tianma",
        include_str!("../profiles/xiaomi-beryllium-tianma.yaml"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Condition, Match, Profile};

    const LINE: Option<&str> = Some("console=ttyMSM0,115200n8");

    /// Name, device tree, product ID, variables, header version, page size, base, encoding and command line.
    type Row = (
        &'static str,
        &'static str,
        u16,
        &'static [(&'static str, &'static str)],
        u32,
        u32,
        u64,
        &'static str,
        Option<&'static str>,
    );

    const ONEPLUS: &[(&str, &str)] = &[("product", "sdm845"), ("partition-type:op2", "raw")];
    const SHIFT: &[(&str, &str)] = &[("serialno", "S6MQ"), ("product", "sdm845")];
    const DB410C: &[(&str, &str)] = &[("product", "MSM8916"), ("variant", "SBC eMMC")];
    const GT510: &[(&str, &str)] = &[
        ("product", "lk2nd-msm8916"),
        ("lk2nd:compatible", "samsung,gt510wifi"),
    ];
    const SARGO: &[(&str, &str)] = &[("product", "sargo")];
    const POCO: &[(&str, &str)] = &[("product", "beryllium")];

    #[rustfmt::skip]
    const ROWS: [Row; 8] = [
        ("arrow-db410c", "apq8016-sbc", 0xd00d, DB410C, 0, 2048, 0x8000_0000, "image.gz+dtb", LINE),
        ("google-sargo", "sdm670-google-sargo", 0x4ee0, SARGO, 0, 4096, 0, "image.gz+dtb", None),
        ("oneplus-enchilada", "sdm845-oneplus-enchilada", 0xd00d, ONEPLUS, 2, 4096, 0, "image.gz", None),
        ("oneplus-fajita", "sdm845-oneplus-fajita", 0xd00d, ONEPLUS, 2, 4096, 0, "image.gz", None),
        ("samsung-gt510", "msm8916-samsung-gt510", 0xd00d, GT510, 0, 2048, 0x8000_0000, "image.gz+dtb", LINE),
        ("shift-axolotl", "sdm845-shift-axolotl", 0xd00d, SHIFT, 2, 4096, 0, "image.gz", None),
        ("xiaomi-beryllium-ebbg", "sdm845-xiaomi-beryllium-ebbg", 0xd00d, POCO, 2, 4096, 0, "image.gz", None),
        ("xiaomi-beryllium-tianma", "sdm845-xiaomi-beryllium-tianma", 0xd00d, POCO, 2, 4096, 0, "image.gz", None),
    ];

    #[test]
    fn have_these_values() {
        for ((name, text), row) in FILES.iter().zip(ROWS) {
            let profile = Profile::parse(text.as_bytes()).unwrap();
            assert_eq!((*name, profile.id.as_str()), (row.0, row.0));
            assert!(profile.display_name.is_some());
            assert_eq!(profile.device_tree, format!("qcom/{}", row.1));
            let (vid, pid) = (0x18d1, row.2);
            assert_eq!(profile.matches, [Match { vid, pid }]);
            assert_eq!(profile.probes.len(), row.3.len());
            for (probe, (variable, text)) in profile.probes.iter().zip(row.3) {
                let text = (*text).to_owned();
                assert_eq!(probe.variable, *variable);
                let expected = match *variable {
                    "serialno" => Condition::StartsWith(text),
                    _ => Condition::Equals(text),
                };
                assert_eq!(probe.condition, expected);
            }
            let image = &profile.boot_image;
            assert_eq!((image.header_version, image.page_size), (row.4, row.5));
            assert_eq!((image.base, image.kernel_offset), (row.6, 0x8000));
            assert_eq!(image.kernel_encoding.to_string(), row.7);
            assert_eq!(image.cmdline_append.as_deref(), row.8);
            assert_eq!(image.limits, crate::Limits::default());
        }
    }
}
