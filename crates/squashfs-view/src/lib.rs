//! Reads squashfs file systems in images.
