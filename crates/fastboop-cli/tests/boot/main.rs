//! `fastboop boot` through the real program: boot images in files, and boots of devices with faults over UDP and TCP.
//! `tests/images/seeds/boot/make-devices` makes the image.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod devices;
mod exit_codes;
mod limits;
mod overrides;
mod profiles;
mod quirks;
mod serve;
mod work;
