//! Memory that the kernel reads or writes while this process uses it.

use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU32;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};

/// A type that every content of its bytes is a value of.
///
/// # Safety
///
/// The type consists of integers and arrays of them, and has no padding.
pub unsafe trait Plain: Copy {}

/// A mapping, of a file or of anonymous memory. All access is by value and checked against its size.
pub struct Memory {
    start: NonNull<u8>,
    size: usize,
    is_anonymous: bool,
}

// SAFETY: the mapping belongs to the process, not to a thread, and this value is its only owner.
unsafe impl Send for Memory {}

impl Memory {
    /// Maps `size` bytes of a file that the driver or io_uring shares, from `offset` on.
    pub fn map(
        fd: BorrowedFd<'_>,
        offset: u64,
        size: usize,
        protection: ProtFlags,
    ) -> Result<Self, Errno> {
        // SAFETY: a new mapping, at an address that the kernel chooses, does not affect other memory.
        let start = unsafe {
            mmap(
                ptr::null_mut(),
                size,
                protection,
                MapFlags::SHARED | MapFlags::POPULATE,
                fd,
                offset,
            )?
        };
        let start = NonNull::new(start.cast()).ok_or(Errno::NOMEM)?;
        Ok(Self {
            start,
            size,
            is_anonymous: false,
        })
    }

    /// Allocates `size` bytes of zeros, present in memory at once. They are never freed: the kernel may use addresses that it got from an
    /// io_uring for some time after the ring is closed.
    pub fn allocate(size: usize) -> Result<Self, Errno> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: as in `map`.
        let start = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                size,
                protection,
                MapFlags::PRIVATE | MapFlags::POPULATE,
            )?
        };
        let start = NonNull::new(start.cast()).ok_or(Errno::NOMEM)?;
        Ok(Self {
            start,
            size,
            is_anonymous: true,
        })
    }

    /// The address of the byte at `offset`, as the kernel's structs hold it.
    pub fn address(&self, offset: usize) -> u64 {
        self.at(offset, 0).expose_provenance() as u64
    }

    /// Copies a value out.
    pub fn read<T: Plain>(&self, offset: usize) -> T {
        // SAFETY: within the mapping and aligned, which `value_at` asserts; every content is a value of a `Plain`. Volatile, as the kernel writes
        // it too; whoever calls this has synchronized with the kernel by an atomic of the ring.
        unsafe { self.value_at::<T>(offset).read_volatile() }
    }

    /// Copies a value in.
    pub fn write<T: Plain>(&mut self, offset: usize, value: T) {
        // SAFETY: as in `read`.
        unsafe { self.value_at::<T>(offset).write_volatile(value) }
    }

    /// The counter at `offset`, which the kernel changes too.
    pub fn atomic(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: within the mapping, which lives as long as `self`, and aligned; both sides access counters by atomic operations only.
        unsafe { AtomicU32::from_ptr(self.value_at(offset)) }
    }

    /// The bytes from `offset` on. The kernel must not be using them.
    ///
    /// # Safety
    ///
    /// While the slice lives, the kernel neither reads nor writes these bytes.
    pub unsafe fn bytes(&mut self, offset: usize, size: usize) -> &mut [u8] {
        let start = self.at(offset, size);
        // SAFETY: within the mapping, initialized by the kernel with zeros, and borrowed from `self`; the caller keeps the kernel away.
        unsafe { std::slice::from_raw_parts_mut(start, size) }
    }

    fn value_at<T>(&self, offset: usize) -> *mut T {
        let start = self.at(offset, size_of::<T>()).cast::<T>();
        assert!(start.is_aligned());
        start
    }

    fn at(&self, offset: usize, size: usize) -> *mut u8 {
        assert!(offset <= self.size && size <= self.size - offset);
        // SAFETY: within the mapping.
        unsafe { self.start.as_ptr().add(offset) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.is_anonymous {
            return;
        }
        // SAFETY: the mapping is this value's own, and no reference into it outlives the value. The kernel keeps its side of shared memory.
        // An error is impossible for a mapping as a whole, and would only leave it in place.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.size) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written() {
        let mut memory = Memory::allocate(4096).unwrap();
        assert_eq!(memory.read::<u32>(4092), 0);
        memory.write(4092, 7_u32);
        assert_eq!(memory.read::<u32>(4092), 7);
        assert_eq!(memory.address(8) - memory.address(0), 8);
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn rejects_access_beyond_the_end() {
        Memory::allocate(4096).unwrap().read::<u32>(4094);
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn rejects_misaligned_access() {
        Memory::allocate(4096).unwrap().read::<u32>(2);
    }
}
