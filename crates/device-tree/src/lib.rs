//! Reads, edits and writes flattened device trees, and applies overlays.
