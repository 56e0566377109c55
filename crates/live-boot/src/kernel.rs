//! The kernel, and what belongs to it.

use std::path::Path;

use boot_files::{
    Architecture, BootFiles, Kernel, ModulesDirectory, Options, Payload, Source,
    modules_directories,
};
use device_profiles::{BootImageParameters, Compression};
use read_at::FileAt;
use stage0_artifact::Target;

use crate::{Error, Request};

/// A kernel with the files of the image that belong to it.
pub(crate) struct Found<'a> {
    pub(crate) kernel: Kernel<'a>,
    /// `None` if a file of the user does not contain it.
    pub(crate) release: Option<String>,
    /// Where the kernel is, for messages.
    pub(crate) path: String,
    /// `None` if the image has none for the kernel.
    pub(crate) modules: Option<ModulesDirectory>,
    /// What was found in the image, whose kernel is of the same release; `None` if it has none.
    pub(crate) files: Option<BootFiles<'a>>,
}

/// Finds the kernel in the image, or opens the user's and finds what belongs to it.
pub(crate) fn find<'a>(sources: &'a [Source<'a>], request: &Request) -> Result<Found<'a>, Error> {
    if let Some(path) = &request.kernel {
        return open(path, sources);
    }
    let options = Options {
        kernel_release: request.kernel_release.clone(),
    };
    let files = BootFiles::find(sources, &options)?;
    let location = &files.kernel.location;
    let source = sources.get(location.source);
    let name = source.map_or("the image", |source| &source.name);
    Ok(Found {
        kernel: files.open_kernel()?,
        release: Some(files.kernel.release.clone()),
        path: format!("/{} in {name}", location.path.display()),
        modules: Some(files.modules.clone()),
        files: Some(files),
    })
}

fn open<'a>(path: &Path, sources: &'a [Source<'a>]) -> Result<Found<'a>, Error> {
    let invalid = |cause| Error::KernelFile {
        path: path.to_owned(),
        cause,
    };
    let file = FileAt::open(path).map_err(|error| invalid(error.into()))?;
    let kernel = Kernel::open(file).map_err(invalid)?;
    let release = kernel.release().map_err(invalid)?;
    let mut found = Found {
        kernel,
        path: path.display().to_string(),
        modules: None,
        files: None,
        release,
    };
    let Some(release) = &found.release else {
        return Ok(found);
    };
    let options = Options {
        kernel_release: Some(release.clone()),
    };
    match BootFiles::find(sources, &options) {
        Ok(files) => {
            found.modules = Some(files.modules.clone());
            found.files = Some(files);
        }
        // The image may have modules of it all the same.
        Err(boot_files::Error::NoKernel { .. } | boot_files::Error::ReleaseNotFound { .. }) => {
            let is_usable = |found: &ModulesDirectory| found.has_index && found.release == *release;
            found.modules = modules_directories(sources)?.into_iter().find(is_usable);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(found)
}

/// Fails if the kernel does not fit stage0, the encoding, or the memory that the boot loader has for it.
pub(crate) fn check(
    kernel: &Kernel,
    stage0: Target,
    parameters: &BootImageParameters,
) -> Result<(), Error> {
    let architecture = kernel.architecture();
    if !runs(architecture, stage0) {
        return Err(Error::Architecture {
            kernel: architecture,
            stage0,
        });
    }
    let encoding = parameters.kernel_encoding;
    let is_compressed = encoding.compression != Compression::None;
    if is_compressed && kernel.form().payload != Payload::Image {
        return Err(Error::Encoding {
            form: kernel.form().to_string(),
            encoding: encoding.to_string(),
        });
    }
    match (window(kernel), parameters.limits.kernel_window) {
        (Some(size), Some(limit)) if size > limit => Err(Error::Limit {
            what: "kernel in memory",
            size,
            limit,
            source_of_limit: "max_kernel_window_bytes of the profile",
            hint: "use a smaller kernel with --kernel",
        }),
        _ => Ok(()),
    }
}

/// The memory in bytes that the kernel takes, by its header.
pub(crate) fn window(kernel: &Kernel) -> Option<u64> {
    let header = kernel.image_header()?;
    Some(header.image_size).filter(|size| *size > 0)
}

/// Whether programs for the target run on a kernel. 64-bit Arm kernels also run 32-bit programs, if the CPU does.
fn runs(kernel: Architecture, stage0: Target) -> bool {
    match kernel {
        Architecture::Arm64 => matches!(stage0, Target::Aarch64 | Target::Armv7),
        Architecture::Arm => stage0 == Target::Armv7,
        Architecture::Riscv => stage0 == Target::Riscv64,
        Architecture::X86_64 => stage0 == Target::X86_64,
        Architecture::X86 => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage0_fits_the_kernels_of_its_cpu() {
        for (kernel, stage0, fits) in [
            (Architecture::Arm64, Target::Aarch64, true),
            (Architecture::Arm64, Target::Armv7, true),
            (Architecture::Arm64, Target::X86_64, false),
            (Architecture::Arm, Target::Aarch64, false),
            (Architecture::Riscv, Target::Riscv64, true),
            (Architecture::X86_64, Target::X86_64, true),
            (Architecture::X86, Target::X86_64, false),
        ] {
            assert_eq!(runs(kernel, stage0), fits, "{kernel} {stage0}");
        }
    }

    /// A zImage of 32-bit Arm: its magic number is at 36, in the kernel's `arch/arm/boot/compressed/head.S`.
    fn zimage() -> Vec<u8> {
        let mut image = vec![0; 64];
        image[36..40].copy_from_slice(&0x016f_2818_u32.to_le_bytes());
        image
    }

    #[test]
    fn a_kernel_that_decompresses_itself_is_not_compressed_again() {
        let kernel = Kernel::open(zimage()).unwrap();
        let mut parameters = BootImageParameters::default();
        check(&kernel, Target::Armv7, &parameters).unwrap();
        parameters.kernel_encoding.compression = Compression::Gzip;
        let error = check(&kernel, Target::Armv7, &parameters).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("zImage, which decompresses itself"),
            "{error}"
        );
    }

    #[test]
    fn rejects_kernels_that_take_more_memory_than_there_is() {
        let kernel = Kernel::open(crate::test_image::kernel()).unwrap();
        let mut parameters = BootImageParameters::default();
        parameters.limits.kernel_window = Some(0x20_0000);
        check(&kernel, Target::Aarch64, &parameters).unwrap();
        parameters.limits.kernel_window = Some(0x1f_ffff);
        let error = check(&kernel, Target::Aarch64, &parameters).unwrap_err();
        let words = "kernel in memory: 2097152 bytes, expected at most 2097151";
        assert!(error.to_string().starts_with(words), "{error}");
    }
}
