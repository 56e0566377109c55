//! Reads FAT file systems in images.
