//! Chooses the kernel modules that a device needs to be a USB gadget, by its device tree.
