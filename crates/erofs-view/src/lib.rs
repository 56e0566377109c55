//! Reads erofs file systems in images.
