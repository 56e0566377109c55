//! Two checked printf functions of glibc that Debian's libunwind calls and musl lacks, without the checks.
//! A va_list is passed on unchanged; the ABIs of all three CPUs pass it like a pointer.
#![no_std]

use core::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    fn vfprintf(file: *mut c_void, format: *const c_char, args: *mut c_void) -> c_int;
    fn vsnprintf(out: *mut c_char, size: usize, format: *const c_char, args: *mut c_void) -> c_int;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __vfprintf_chk(file: *mut c_void, _: c_int, format: *const c_char, args: *mut c_void) -> c_int {
    unsafe { vfprintf(file, format, args) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __vsnprintf_chk(
    out: *mut c_char,
    size: usize,
    _: c_int,
    _: usize,
    format: *const c_char,
    args: *mut c_void,
) -> c_int {
    unsafe { vsnprintf(out, size, format, args) }
}
