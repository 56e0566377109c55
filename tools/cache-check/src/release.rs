//! A release uses no cache and no executor, whatever user.bazelrc names.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;
use clean_build::Surroundings;

use crate::context::{self, Context, FIRST};

/// A cacheable action that runs in a second.
const TARGET: &str = "//tools/sandbox:interfaces";

/// What one build used.
#[derive(Debug, Clone, Copy)]
struct Usage {
    actions: usize,
    connections: usize,
    disk_cache: bool,
}

pub fn run(context: &Context) -> Result<Vec<String>> {
    let server = Listener::start()?;
    let address = server.address;
    let disk_cache = context.work.join("disk-cache");
    // Every way in which a user can name a server.
    let bazelrc = format!(
        "common --remote_cache=http://{address} --remote_executor=grpc://{address} --disk_cache={}
common:cache --remote_cache=http://{address}
build --config=cache --remote_accept_cached",
        disk_cache.display()
    );
    let mut place = context.checkout(FIRST, Surroundings::plain(), &bazelrc)?;
    let mut usages = Vec::new();
    // The second build shows that the first one could have used the server. It would fail without the executor.
    for argument in ["--config=release", "--remote_executor="] {
        place.command_well("clean", &[])?;
        let before = server.connections();
        let (built, build) = context::build(place, "build", &[argument, TARGET], || Ok(()))?;
        place = built;
        let usage = Usage {
            actions: build.spawns.len(),
            connections: server.connections() - before,
            disk_cache: disk_cache.exists(),
        };
        println!("{argument}: {usage:?}");
        usages.push(usage);
    }
    place.discard()?;
    Ok(failures(usages[0], usages[1]))
}

fn failures(release: Usage, other: Usage) -> Vec<String> {
    let rules = [
        (release.connections > 0, "a release opened a connection"),
        (release.disk_cache, "a release used the disk cache"),
        (release.actions == 0, "a release ran no action"),
        (
            other.connections == 0 || !other.disk_cache,
            "a build that is not a release used no cache either",
        ),
    ];
    let broken = rules.iter().filter(|(is_broken, _)| *is_broken);
    broken.map(|(_, rule)| (*rule).to_owned()).collect()
}

/// Counts connections and closes them.
struct Listener {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Listener {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            for _ in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Ok(Listener {
            address,
            connections,
        })
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: Usage = Usage {
        actions: 1,
        connections: 0,
        disk_cache: false,
    };
    const OTHER: Usage = Usage {
        actions: 1,
        connections: 2,
        disk_cache: true,
    };

    #[test]
    fn rejects_a_release_that_uses_a_cache() {
        assert_eq!(failures(RELEASE, OTHER), [""; 0]);
        assert_eq!(
            failures(OTHER, OTHER),
            [
                "a release opened a connection",
                "a release used the disk cache"
            ]
        );
    }

    #[test]
    fn rejects_builds_that_show_nothing() {
        let idle = Usage {
            actions: 0,
            ..RELEASE
        };
        assert_eq!(failures(idle, RELEASE).len(), 2);
    }
}
