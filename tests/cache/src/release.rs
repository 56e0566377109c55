//! A release uses no cache and no executor, whatever user.bazelrc names.

use std::iter;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;
use clean_build::BuildEnv;

use crate::context::{self, Context, FIRST};
use crate::server::Server;

/// A cacheable action that runs in a second.
const TARGET: &str = "//tests/sandbox:interfaces";

/// The caches and connections that a build used.
#[derive(Debug, Clone, Copy)]
struct Usage {
    actions: usize,
    connections: usize,
    /// Whether the disk cache exists.
    disk_cache: bool,
    /// Actions from a cache.
    hits: usize,
}

pub fn run(context: &Context) -> Result<Vec<String>> {
    // It accepts connections only to count them, and never responds.
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    server.set_nonblocking(true)?;
    let address = server.local_addr()?;
    let disk_cache = context.work.join("disk-cache");
    let mut nginx = Server::nginx(&context.work.join("nginx"))?;
    // Every way in which a user can name a server.
    let bazelrc = format!(
        "common --remote_cache=grpc://{address} --remote_executor=grpc://{address} --disk_cache={}
common:cache --remote_cache=grpc://{address}
build --config=cache --remote_accept_cached
common:late --remote_cache=http://{} --remote_executor=",
        disk_cache.display(),
        nginx.address
    );
    // Bazel builds on if an HTTP cache does not respond.
    let http = format!("--remote_cache=http://{address}");
    let connects = ["--remote_executor=", &http, "--remote_timeout=1s"];
    // In the compilation mode of a release, for the same action.
    let cached = ["--compilation_mode=opt", "--disk_cache=", "--config=late"];
    let builds: [&[&str]; 5] = [
        &["--config=release"],
        &connects,
        &cached,
        &cached,
        &["--config=release", "--config=late"],
    ];
    let mut build_dir = context.checkout(FIRST, BuildEnv::default(), &bazelrc)?;
    let mut usages = Vec::new();
    for arguments in builds {
        // As a release: `clean` connects to the servers too.
        build_dir.bazel("clean", &["--config=release"])?;
        let arguments = [arguments, &[TARGET]].concat();
        let watch = || nginx.ensure_running();
        let (built, build) = context::build(build_dir, "build", &arguments, watch)?;
        build_dir = built;
        let usage = Usage {
            actions: build.spawns.len(),
            connections: iter::from_fn(|| server.accept().ok()).count(),
            disk_cache: disk_cache.exists(),
            hits: build.spawns.iter().filter(|spawn| spawn.cache_hit).count(),
        };
        println!("{}: {usage:?}", arguments.join(" "));
        usages.push(usage);
    }
    build_dir.discard()?;
    Ok(failures(&usages))
}

/// Returns the failures of five builds: a release, one that can connect, two with nginx as the cache, and a release with nginx after
/// `--config=release`.
fn failures(usages: &[Usage]) -> Vec<String> {
    let &[release, connects, _, cached, late_cache] = usages else {
        return vec![format!("expected 5 builds, got {}", usages.len())];
    };
    let rules = [
        (release.connections > 0, "a release opened a connection"),
        (release.disk_cache, "a release used the disk cache"),
        (late_cache.hits > 0, "a release read from a cache"),
        (
            release.actions == 0 || late_cache.actions == 0,
            "a release ran no action",
        ),
        // Without these, the rules above could not fail.
        (
            connects.connections == 0 || cached.hits == 0,
            "a build that is not a release used no cache either",
        ),
    ];
    let broken = rules.iter().filter(|(is_broken, _)| *is_broken);
    broken.map(|(_, rule)| (*rule).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: Usage = Usage {
        actions: 1,
        connections: 0,
        disk_cache: false,
        hits: 0,
    };
    const OTHER: Usage = Usage {
        actions: 1,
        connections: 2,
        disk_cache: true,
        hits: 1,
    };

    #[test]
    fn rejects_a_release_that_uses_a_cache() {
        assert_eq!(failures(&[RELEASE, OTHER, OTHER, OTHER, RELEASE]), [""; 0]);
        assert_eq!(
            failures(&[OTHER; 5]),
            [
                "a release opened a connection",
                "a release used the disk cache",
                "a release read from a cache"
            ]
        );
    }

    #[test]
    fn rejects_builds_that_show_nothing() {
        let idle = Usage {
            actions: 0,
            ..RELEASE
        };
        assert_eq!(
            failures(&[idle, RELEASE, RELEASE, RELEASE, idle]),
            [
                "a release ran no action",
                "a build that is not a release used no cache either"
            ]
        );
    }
}
