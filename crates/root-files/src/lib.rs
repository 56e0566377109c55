//! Opens the root file system in an image, whatever its format, and the view of an OSTree deployment.
//!
//! [`open()`] recognizes the format. [`deployments`] lists the OSTree deployments of a root, and
//! [`DeploymentView`] shows one as the device will see it.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

mod open;
mod ostree;

pub use open::open;
pub use ostree::{Deployment, DeploymentView, deployments};
