//! Decompresses streams of gzip, xz, zstd, lz4 and bzip2 within limits of memory.
