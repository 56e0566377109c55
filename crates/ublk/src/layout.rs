//! The structs that the kernel reads and writes: include/uapi/linux/ublk_cmd.h and include/uapi/linux/io_uring.h. All fields have fixed
//! widths and no padding, so they are the same on every CPU; the assertions make each target's compiler verify that.

use std::mem::{offset_of, size_of};

use crate::memory::Plain;

/// Commands for /dev/ublk-control: name, and `UBLK_U_CMD_*`.
#[derive(Clone, Copy)]
pub struct Command {
    pub name: &'static str,
    pub opcode: u32,
}

const READ: u32 = 2;
const READ_WRITE: u32 = 3;

/// The macros `_IOR` and `_IOWR` of include/uapi/asm-generic/ioctl.h, for ublk's letter.
const fn ioctl(direction: u32, number: u32, size: usize) -> u32 {
    direction << 30 | (size as u32) << 16 | (b'u' as u32) << 8 | number
}

const fn command(name: &'static str, direction: u32, number: u32) -> Command {
    Command {
        name,
        opcode: ioctl(direction, number, size_of::<ControlCommand>()),
    }
}

pub const GET_DEV_INFO: Command = command("GET_DEV_INFO", READ, 0x02);
pub const ADD_DEV: Command = command("ADD_DEV", READ_WRITE, 0x04);
pub const DEL_DEV: Command = command("DEL_DEV", READ_WRITE, 0x05);
pub const START_DEV: Command = command("START_DEV", READ_WRITE, 0x06);
pub const STOP_DEV: Command = command("STOP_DEV", READ_WRITE, 0x07);
pub const SET_PARAMS: Command = command("SET_PARAMS", READ_WRITE, 0x08);
pub const GET_PARAMS: Command = command("GET_PARAMS", READ, 0x09);
pub const START_USER_RECOVERY: Command = command("START_USER_RECOVERY", READ_WRITE, 0x10);
pub const END_USER_RECOVERY: Command = command("END_USER_RECOVERY", READ_WRITE, 0x11);

/// Commands for /dev/ublkcN, `UBLK_U_IO_*`.
pub const FETCH: u32 = ioctl(READ_WRITE, 0x20, size_of::<IoCommand>());
pub const COMMIT_AND_FETCH: u32 = ioctl(READ_WRITE, 0x21, size_of::<IoCommand>());

/// `UBLK_F_USER_RECOVERY`, `UBLK_F_USER_RECOVERY_REISSUE` and `UBLK_F_CMD_IOCTL_ENCODE`.
pub const FLAGS: u64 = 1 << 3 | 1 << 4 | 1 << 6;

/// `UBLK_PARAM_TYPE_BASIC`
pub const BASIC: u32 = 1;
/// `UBLK_ATTR_READ_ONLY`
pub const READ_ONLY: u32 = 1;

/// `ublksrv_ctrl_cmd`
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct ControlCommand {
    pub number: u32,
    pub queue: u16,
    pub length: u16,
    pub address: u64,
    pub data: u64,
    pub path_length: u16,
    pub pad: u16,
    pub reserved: u32,
}

/// `ublksrv_ctrl_dev_info`
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct DeviceInfo {
    pub queues: u16,
    pub queue_depth: u16,
    pub state: u16,
    pub pad0: u16,
    /// In bytes.
    pub max_io: u32,
    pub number: u32,
    pub server_pid: i32,
    pub pad1: u32,
    pub flags: u64,
    pub server_flags: u64,
    pub owner_uid: u32,
    pub owner_gid: u32,
    pub reserved: [u64; 2],
}

/// The beginning of `ublk_params`, up to and with `ublk_param_basic`; sectors are of 512 bytes.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct BasicParameters {
    pub length: u32,
    pub types: u32,
    pub attributes: u32,
    pub logical_block_shift: u8,
    pub physical_block_shift: u8,
    pub optimal_io_shift: u8,
    pub minimal_io_shift: u8,
    pub max_sectors: u32,
    pub chunk_sectors: u32,
    pub sectors: u64,
    pub virtual_boundary_mask: u64,
}

/// `ublksrv_io_cmd`
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct IoCommand {
    pub queue: u16,
    pub tag: u16,
    pub result: i32,
    pub address: u64,
}

/// `ublksrv_io_desc`; sectors are of 512 bytes.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct IoDescriptor {
    pub operation_and_flags: u32,
    pub sectors: u32,
    pub start_sector: u64,
    pub address: u64,
}

/// `io_uring_sqe` as far as it is used here, with the payload of a command at its end: rustix's has no room for a control command.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Entry<C> {
    pub opcode: u8,
    pub flags: u8,
    pub priority: u16,
    pub fd: i32,
    pub command: u32,
    pub pad: u32,
    pub address: u64,
    pub length: u32,
    /// For a poll its events.
    pub operation_flags: u32,
    pub user_data: u64,
    pub buffer_index: u16,
    pub personality: u16,
    pub file_index: u32,
    pub payload: C,
}

/// The payload of an entry of 128 bytes (`IORING_SETUP_SQE128`).
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct ControlPayload {
    pub command: ControlCommand,
    pub unused: [u64; 6],
}

/// `io_uring_cqe`
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Completion {
    pub user_data: u64,
    pub result: i32,
    pub flags: u32,
}

// SAFETY: `repr(C)`, integers only, and without padding: the sizes below are the sums of the fields' sizes.
unsafe impl Plain for DeviceInfo {}
// SAFETY: likewise.
unsafe impl Plain for BasicParameters {}
// SAFETY: likewise.
unsafe impl Plain for IoDescriptor {}
// SAFETY: likewise.
unsafe impl Plain for Completion {}
// SAFETY: likewise.
unsafe impl Plain for Entry<IoCommand> {}
// SAFETY: likewise.
unsafe impl Plain for Entry<ControlPayload> {}
// SAFETY: an integer.
unsafe impl Plain for u32 {}

const _: () = {
    assert!(size_of::<ControlCommand>() == 32);
    assert!(offset_of!(ControlCommand, address) == 8);
    assert!(offset_of!(ControlCommand, data) == 16);
    assert!(offset_of!(ControlCommand, path_length) == 24);

    assert!(size_of::<DeviceInfo>() == 64);
    assert!(offset_of!(DeviceInfo, max_io) == 8);
    assert!(offset_of!(DeviceInfo, number) == 12);
    assert!(offset_of!(DeviceInfo, server_pid) == 16);
    assert!(offset_of!(DeviceInfo, flags) == 24);
    assert!(offset_of!(DeviceInfo, owner_uid) == 40);
    assert!(offset_of!(DeviceInfo, reserved) == 48);

    assert!(size_of::<BasicParameters>() == 40);
    assert!(offset_of!(BasicParameters, attributes) == 8);
    assert!(offset_of!(BasicParameters, logical_block_shift) == 12);
    assert!(offset_of!(BasicParameters, max_sectors) == 16);
    assert!(offset_of!(BasicParameters, sectors) == 24);

    assert!(size_of::<IoCommand>() == 16);
    assert!(offset_of!(IoCommand, tag) == 2);
    assert!(offset_of!(IoCommand, result) == 4);
    assert!(offset_of!(IoCommand, address) == 8);

    assert!(size_of::<IoDescriptor>() == 24);
    assert!(offset_of!(IoDescriptor, start_sector) == 8);
    assert!(offset_of!(IoDescriptor, address) == 16);

    assert!(size_of::<Entry<IoCommand>>() == 64);
    assert!(size_of::<Entry<ControlPayload>>() == 128);
    assert!(offset_of!(Entry<IoCommand>, fd) == 4);
    assert!(offset_of!(Entry<IoCommand>, command) == 8);
    assert!(offset_of!(Entry<IoCommand>, address) == 16);
    assert!(offset_of!(Entry<IoCommand>, length) == 24);
    assert!(offset_of!(Entry<IoCommand>, operation_flags) == 28);
    assert!(offset_of!(Entry<IoCommand>, user_data) == 32);
    assert!(offset_of!(Entry<IoCommand>, buffer_index) == 40);
    assert!(offset_of!(Entry<IoCommand>, file_index) == 44);
    assert!(offset_of!(Entry<IoCommand>, payload) == 48);
    assert!(offset_of!(Entry<ControlPayload>, payload) == 48);

    assert!(size_of::<Completion>() == 16);
    assert!(offset_of!(Completion, result) == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What a C program prints for the header's macros.
    #[test]
    fn opcodes_are_those_of_the_header() {
        let opcodes = [
            GET_DEV_INFO,
            ADD_DEV,
            DEL_DEV,
            START_DEV,
            STOP_DEV,
            SET_PARAMS,
            GET_PARAMS,
            START_USER_RECOVERY,
            END_USER_RECOVERY,
        ]
        .map(|command| command.opcode);
        assert_eq!(
            opcodes,
            [
                0x8020_7502,
                0xc020_7504,
                0xc020_7505,
                0xc020_7506,
                0xc020_7507,
                0xc020_7508,
                0x8020_7509,
                0xc020_7510,
                0xc020_7511
            ]
        );
        assert_eq!([FETCH, COMMIT_AND_FETCH], [0xc010_7520, 0xc010_7521]);
    }
}
