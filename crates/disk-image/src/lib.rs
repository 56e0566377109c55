//! Reads disk images through their layers: compression, Android sparse, partition tables.
