//! Opens the root file system in an image, whatever its format, and the view of an OSTree deployment.
