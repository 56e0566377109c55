//! Finds kernel, device trees, modules and firmware in the root file systems of images.
