//! One test for each layout.

use crate::Image;
use crate::kernels::{gzip, image, uki, zboot};

#[test]
fn debian() {
    let found = Image::new(&["root"])
        .file("usr/lib/modules/6.1.0-57-arm64/modules.dep", "")
        .file("usr/lib/modules/6.1.0-9-arm64/modules.dep", "")
        .link("lib", "usr/lib")
        .file("boot/vmlinuz-6.1.0-57-arm64", image("6.1.0-57-arm64"))
        .file("boot/vmlinuz-6.1.0-9-arm64", image("6.1.0-9-arm64"))
        .file("boot/initrd.img-6.1.0-57-arm64", "")
        .link("vmlinuz", "boot/vmlinuz-6.1.0-57-arm64")
        .link("vmlinuz.old", "boot/vmlinuz-6.1.0-9-arm64")
        .file("usr/lib/linux-image-6.1.0-57-arm64/qcom/a.dtb", "")
        .file("usr/lib/linux-image-6.1.0-9-arm64/qcom/a.dtb", "")
        .file(
            "usr/lib/os-release",
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
        )
        .link("etc-os-release", "usr/lib/os-release")
        .find("qcom/a");
    let expected = [
        "6.1.0-57-arm64 aarch64, Image",
        "root:/boot/vmlinuz-6.1.0-57-arm64",
        "root:/usr/lib/modules/6.1.0-57-arm64",
        "root:/usr/lib/linux-image-6.1.0-57-arm64/qcom/a.dtb",
        "Debian GNU/Linux 12 (bookworm)",
    ];
    assert_eq!(found, expected);
}

#[test]
fn debian_14() {
    let found = Image::new(&["root"])
        .file("usr/lib/modules/7.2.12+deb14-arm64/modules.dep", "")
        .file("usr/lib/modules/7.2.12+deb14-arm64/dtb/qcom/a.dtb", "")
        .link("lib", "usr/lib")
        .file(
            "boot/vmlinuz-7.2.12+deb14-arm64",
            image("7.2.12+deb14-arm64"),
        )
        .find("a");
    let expected = [
        "7.2.12+deb14-arm64 aarch64, Image",
        "root:/boot/vmlinuz-7.2.12+deb14-arm64",
        "root:/usr/lib/modules/7.2.12+deb14-arm64",
        "root:/usr/lib/modules/7.2.12+deb14-arm64/dtb/qcom/a.dtb",
    ];
    assert_eq!(found, expected);
}

#[test]
fn fedora_with_a_boot_partition() {
    let release = "6.12.9-200.fc41.aarch64";
    let kernel = zboot(&gzip(&image(release)));
    let entry = |release: &str| {
        format!(
            "title Fedora Linux ({release}) 41\nversion {release}\nlinux /vmlinuz-{release}\n\
             initrd /initramfs-{release}.img\noptions root=UUID=1 ro $tuned_params\n"
        )
    };
    let found = Image::new(&["boot", "root"])
        .file(&format!("vmlinuz-{release}"), &kernel)
        .file(&format!(".vmlinuz-{release}.hmac"), "")
        .file(&format!("dtb-{release}/qcom/a.dtb"), "")
        .link("dtb", &format!("dtb-{release}"))
        .file(&format!("loader/entries/id-{release}.conf"), entry(release))
        .file("vmlinuz-0-rescue-id", &kernel)
        .file("loader/entries/id-0-rescue.conf", entry("0-rescue-id"))
        .file_in(1, &format!("usr/lib/modules/{release}/modules.dep"), "")
        .file_in(1, &format!("usr/lib/modules/{release}/vmlinuz"), &kernel)
        .file_in(1, &format!("usr/lib/modules/{release}/dtb/qcom/a.dtb"), "")
        .find("qcom/a.dtb");
    let expected = [
        "6.12.9-200.fc41.aarch64 aarch64, Image, EFI zboot, gzip",
        "root:/usr/lib/modules/6.12.9-200.fc41.aarch64/vmlinuz",
        "root:/usr/lib/modules/6.12.9-200.fc41.aarch64",
        "root:/usr/lib/modules/6.12.9-200.fc41.aarch64/dtb/qcom/a.dtb",
        "entry id-6.12.9-200.fc41.aarch64: Fedora Linux (6.12.9-200.fc41.aarch64) 41, \
         root=UUID=1 ro $tuned_params",
    ];
    assert_eq!(found, expected);
}

#[test]
fn arch_linux_arm() {
    let found = Image::new(&["root"])
        .file("usr/lib/modules/6.2.10-1-aarch64-ARCH/modules.dep", "")
        .file(
            "usr/lib/modules/6.2.10-1-aarch64-ARCH/pkgbase",
            "linux-aarch64\n",
        )
        .file("usr/lib/modules/extramodules/version", "")
        .link("lib", "usr/lib")
        .file("boot/Image", image("6.2.10-1-aarch64-ARCH"))
        .file("boot/Image.gz", gzip(&image("6.2.10-1-aarch64-ARCH")))
        .file("boot/dtbs/qcom/a.dtb", "")
        .file("etc/os-release", "NAME='Arch Linux ARM'\n")
        .find("qcom/a");
    let expected = [
        "6.2.10-1-aarch64-ARCH aarch64, Image",
        "root:/boot/Image",
        "root:/usr/lib/modules/6.2.10-1-aarch64-ARCH",
        "root:/boot/dtbs/qcom/a.dtb",
        "Arch Linux ARM",
    ];
    assert_eq!(found, expected);
}

#[test]
fn alpine_with_two_flavors() {
    let found = Image::new(&["root"])
        .file("lib/modules/6.6.30-0-lts/modules.dep", "")
        .file("lib/modules/6.6.29-0-virt/modules.dep", "")
        .file("boot/vmlinuz-lts", gzip(&image("6.6.30-0-lts")))
        .file("boot/vmlinuz-virt", gzip(&image("6.6.29-0-virt")))
        .link("boot/boot", ".")
        .file("boot/dtbs-lts/qcom/a.dtb", "")
        .file("boot/dtbs-virt/qcom/a.dtb", "")
        .find("qcom/a");
    let expected = [
        "6.6.30-0-lts aarch64, Image, gzip",
        "root:/boot/vmlinuz-lts",
        "root:/lib/modules/6.6.30-0-lts",
        "root:/boot/dtbs-lts/qcom/a.dtb",
    ];
    assert_eq!(found, expected);
}

#[test]
fn opensuse() {
    let found = Image::new(&["root"])
        .file("usr/lib/modules/6.12.9-1-default/modules.dep", "")
        .file(
            "usr/lib/modules/6.12.9-1-default/Image",
            image("6.12.9-1-default"),
        )
        .link("boot", "usr/lib/modules/6.12.9-1-default")
        .file("usr/lib/modules/6.12.9-1-default/dtb/qcom/a.dtb", "")
        .find("qcom/a");
    let expected = [
        "6.12.9-1-default aarch64, Image",
        "root:/usr/lib/modules/6.12.9-1-default/Image",
        "root:/usr/lib/modules/6.12.9-1-default",
        "root:/usr/lib/modules/6.12.9-1-default/dtb/qcom/a.dtb",
    ];
    assert_eq!(found, expected);
}

#[test]
fn postmarketos_in_two_file_systems() {
    let found = Image::new(&["pmOS_boot", "pmOS_root"])
        .file("vmlinuz", gzip(&image("6.9.0-sdm845")))
        .file("initramfs", "")
        .file("dtbs/qcom/sdm845-oneplus-fajita.dtb", "")
        .file_in(1, "lib/modules/6.9.0-sdm845/modules.dep", "")
        .file_in(1, "etc/os-release", "PRETTY_NAME=\"postmarketOS edge\"\n")
        .file_in(
            1,
            "usr/share/deviceinfo/deviceinfo",
            "deviceinfo_dtb=\"qcom/sdm845-oneplus-fajita\"\ndeviceinfo_flash_offset_base=\"0x0\"\n",
        )
        .find("qcom/sdm845-oneplus-fajita");
    let expected = [
        "6.9.0-sdm845 aarch64, Image, gzip",
        "pmOS_boot:/vmlinuz",
        "pmOS_root:/lib/modules/6.9.0-sdm845",
        "pmOS_boot:/dtbs/qcom/sdm845-oneplus-fajita.dtb",
        "postmarketOS edge",
        "deviceinfo [\"qcom/sdm845-oneplus-fajita\"]",
    ];
    assert_eq!(found, expected);
}

#[test]
fn postmarketos_with_device_trees_beside_the_kernel() {
    let found = Image::new(&["pmOS_root", "pmOS_boot"])
        .file("lib/modules/6.9.0-sdm845/modules.dep", "")
        .file_in(1, "vmlinuz", image("6.9.0-sdm845"))
        .file_in(1, "sdm845-oneplus-fajita.dtb", "")
        .find("qcom/sdm845-oneplus-fajita");
    let expected = [
        "6.9.0-sdm845 aarch64, Image",
        "pmOS_boot:/vmlinuz",
        "pmOS_root:/lib/modules/6.9.0-sdm845",
        "pmOS_boot:/sdm845-oneplus-fajita.dtb",
    ];
    assert_eq!(found, expected);
}

#[test]
fn ostree_deployment() {
    let found = Image::new(&["deployment", "boot"])
        .file("usr/lib/modules/6.12.9/modules.dep", "")
        .file("usr/lib/modules/6.12.9/vmlinuz", image("6.12.9"))
        .file("usr/lib/modules/6.12.9/devicetree/qcom/a.dtb", "")
        .link("lib", "usr/lib")
        .file_in(1, "ostree/fedora-0123/vmlinuz-6.12.9", image("6.12.9"))
        .file_in(
            1,
            "loader/entries/ostree-1.conf",
            "title Fedora\nversion 1\nlinux /ostree/fedora-0123/vmlinuz-6.12.9\noptions ostree=/ostree/boot.1/x\n",
        )
        .find("a");
    let expected = [
        "6.12.9 aarch64, Image",
        "deployment:/usr/lib/modules/6.12.9/vmlinuz",
        "deployment:/usr/lib/modules/6.12.9",
        "deployment:/usr/lib/modules/6.12.9/devicetree/qcom/a.dtb",
        "entry ostree-1: Fedora, ostree=/ostree/boot.1/x",
    ];
    assert_eq!(found, expected);
}

#[test]
fn unified_kernel_image() {
    let kernel = zboot(&gzip(&image("6.12.9")));
    let sections: [(&str, &[u8]); 4] = [
        (".osrel", b"PRETTY_NAME=\"GNOME OS\"\nVERSION_ID=48\n"),
        (".cmdline", b"quiet\n"),
        (".uname", b"6.12.9"),
        (".linux", &kernel),
    ];
    let found = Image::new(&["esp", "root"])
        .file("EFI/Linux/gnomeos_48+3.efi", uki(&sections))
        .file("EFI/BOOT/BOOTAA64.EFI", uki(&sections[..3]))
        .file_in(1, "usr/lib/modules/6.12.9/modules.dep", "")
        .file_in(1, "usr/lib/modules/6.12.9/dtb/qcom/a.dtb", "")
        .find("qcom/b");
    let expected = [
        "6.12.9 aarch64, Image, EFI zboot, gzip, unified kernel image",
        "esp:/EFI/Linux/gnomeos_48+3.efi",
        "root:/usr/lib/modules/6.12.9",
        "device tree qcom/b: not found in /usr/lib/modules/6.12.9/dtb; name another with --dtb",
        "entry gnomeos_48: GNOME OS, quiet",
    ];
    assert_eq!(found, expected);
}

#[test]
fn without_a_kernel() {
    let found = Image::new(&["partition 1 (FAT)", "partition 2 (ext4)"])
        .file("vmlinuz", image("6.1"))
        .file_in(1, "lib/modules/6.2/modules.dep", "")
        .find("a");
    let expected = "no kernel with its modules found in partition 1 (FAT), partition 2 (ext4): looked for \
                    /usr/lib/modules/*/vmlinuz, vmlinuz* and Image* in /boot or a boot partition, boot entries \
                    in /loader/entries, and /EFI/Linux/*.efi; found partition 1 (FAT): kernel /vmlinuz: \
                    modules for 6.1 are missing in /usr/lib/modules; partition 2 (ext4): modules /lib/modules/6.2: a kernel 6.2 is missing";
    assert_eq!(found, [expected]);
}
