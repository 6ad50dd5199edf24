//! Ports that are given to nobody else until they are used.

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Mutex;

use rustix::process::getuid;

/// So many ports after the wanted one are tried.
const TRIED: u16 = 200;

/// The ports that this run has reserved. The kernel gives them back when the run ends.
#[derive(Default)]
pub(crate) struct Ports(Mutex<Vec<File>>);

impl Ports {
    /// The wanted port, or the next one up that nobody listens on, that is not `taken`, and that no
    /// other run of this user has reserved; 0 stays 0.
    pub(crate) fn reserve(&self, wanted: u16, taken: impl Fn(u16) -> bool) -> io::Result<u16> {
        if wanted == 0 {
            return Ok(0);
        }
        let last = wanted.saturating_add(TRIED);
        let mut tried = wanted..=last;
        let port = tried.find(|&port| !taken(port) && self.hold(port) && is_free(port));
        port.ok_or_else(|| io::Error::other(format!("no port from {wanted} to {last} is free")))
    }

    /// Reserves a port among the runs of this user. Where no such note can be kept, only who
    /// listens counts.
    fn hold(&self, port: u16) -> bool {
        let Ok(file) = note(port) else {
            return true;
        };
        let is_ours = file.try_lock().is_ok();
        if is_ours {
            self.0.lock().unwrap().push(file);
        }
        is_ours
    }
}

/// A port that nobody uses just now.
pub(crate) fn any() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn note(port: u16) -> io::Result<File> {
    let folder = format!("pipeline-ports-{}", getuid().as_raw());
    let folder: PathBuf = std::env::temp_dir().join(folder);
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(err) if err.kind() != io::ErrorKind::AlreadyExists => return Err(err),
        _ => {}
    }
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(false).mode(0o600);
    options.open(folder.join(port.to_string()))
}

/// Whether nobody listens there: on all addresses or on one of this machine's own, for some systems
/// give the one who asks for all of them a port that another has on one.
pub(super) fn is_free(port: u16) -> bool {
    let addresses: [IpAddr; 4] = [
        Ipv4Addr::UNSPECIFIED.into(),
        Ipv4Addr::LOCALHOST.into(),
        Ipv6Addr::UNSPECIFIED.into(),
        Ipv6Addr::LOCALHOST.into(),
    ];
    let is_taken = |address: &IpAddr| {
        let bound = TcpListener::bind((*address, port));
        bound.is_err_and(|err| err.kind() == io::ErrorKind::AddrInUse)
    };
    !addresses.iter().any(is_taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_a_port_twice() {
        let (one, other) = (Ports::default(), Ports::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listening = listener.local_addr().unwrap().port();
        let first = one.reserve(listening, |_| false).unwrap();
        assert!(first > listening, "somebody listens on the wanted one");
        let second = other.reserve(listening, |_| false).unwrap();
        assert!(second > first, "the other run has reserved the first");
        let third = one.reserve(first, |port| port == second + 1).unwrap();
        assert!(third > second + 1);
        drop(other);
        drop(one);
        assert_eq!(Ports::default().reserve(first, |_| false).unwrap(), first);
        assert_eq!(Ports::default().reserve(0, |_| true).unwrap(), 0);
    }
}
