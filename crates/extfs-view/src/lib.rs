//! Reads ext2, ext3 and ext4 file systems in images.
