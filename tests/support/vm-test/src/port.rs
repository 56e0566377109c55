//! The port that QEMU listens on.

use std::io;
use std::net::Ipv4Addr;

use procfs::ProcError;
use procfs::process::{FDTarget, Process};

/// The port of the process's UDP socket on 127.0.0.1.
pub fn find(process: u32) -> io::Result<u16> {
    let not_found = || io::Error::other("no UDP socket on 127.0.0.1");
    let port = find_in(process).map_err(io::Error::other)?;
    port.ok_or_else(not_found)
}

fn find_in(process: u32) -> Result<Option<u16>, ProcError> {
    let process = Process::new(i32::try_from(process).unwrap_or(0))?;
    let mut sockets = Vec::new();
    for file in process.fd()? {
        if let FDTarget::Socket(inode) = file?.target {
            sockets.push(inode);
        }
    }
    // Those of all processes of the network namespace.
    let entries = process.udp()?;
    let own = entries.iter().find(|entry| {
        entry.local_address.ip() == Ipv4Addr::LOCALHOST && sockets.contains(&entry.inode)
    });
    Ok(own.map(|entry| entry.local_address.port()))
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::process;

    use super::*;

    #[test]
    fn finds_the_port_of_a_socket() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = find(process::id()).unwrap();
        assert_eq!(port, socket.local_addr().unwrap().port());
    }

    #[test]
    fn reports_a_process_without_a_socket() {
        let message = find(1).unwrap_err().to_string();
        assert!(
            message.contains("no UDP socket") || message.contains("ermission"),
            "{message}"
        );
    }
}
