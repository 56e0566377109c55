//! The servers' configuration files: the whole of what each one needs.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// What makes BuildGrid an executor and not only a cache.
#[derive(Debug, Clone)]
pub struct Scheduler {
    /// The database of its queue, as SQLAlchemy names it.
    pub database: String,
    /// How long an action may wait for a worker. BuildGrid's own default is for ever, and Bazel has no such limit either.
    pub queue: Duration,
}

/// Bazel's HTTP cache: PUT and GET of /ac/<key> and /cas/<digest>. One process, so that killing it is killing the server.
pub fn nginx(address: SocketAddr, directory: &Path) -> String {
    let directory = directory.display();
    format!(
        "daemon off;
master_process off;
pid {directory}/pid;
error_log stderr crit;
events {{}}
http {{
  access_log off;
  client_body_temp_path {directory}/storage/incoming;
  server {{
    listen {address};
    root {directory}/storage;
    client_max_body_size 0;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"
    )
}

/// The services of the Remote Execution API: the three that a cache is, and with a scheduler the one that executes. The action cache is
/// in memory.
pub fn buildgrid(address: SocketAddr, directory: &Path, scheduler: Option<&Scheduler>) -> String {
    let storage = directory.join("storage");
    let storage = storage.display();
    let (executor, service) = match scheduler {
        Some(scheduler) => (
            executor(scheduler),
            "\n      - !execution { scheduler: *scheduler }",
        ),
        None => (String::new(), ""),
    };
    format!(
        "server:
  - !channel
    address: \"{address}\"
    insecure-mode: true
storages:
  - !disk-storage &blobs
    path: {storage}
caches:
  - !lru-action-cache &actions
    storage: *blobs
    max-cached-refs: 100000
    allow-updates: true
    cache-failed-actions: false
{executor}instances:
  - name: ''
    services:
      - !cas {{ storage: *blobs }}
      - !bytestream {{ storage: *blobs }}
      - !action-cache {{ cache: *actions }}{service}
"
    )
}

fn executor(scheduler: &Scheduler) -> String {
    let Scheduler { database, queue } = scheduler;
    format!(
        "connections:
  - !sql-connection &database
    connection-string: \"{database}\"
    pool-size: 20
schedulers:
  - !sql-scheduler &scheduler
    storage: *blobs
    sql: *database
    action-cache: *actions
    # A worker that says nothing for so long is dead, and what it had goes to another one. The default: ten minutes.
    bot-session-keepalive-timeout: 10
    session-expiry-timer-interval: 1
    queue-timeout-job-max-age: {{ seconds: {} }}
    queue-timeout-period: {{ seconds: 1 }}
# Each action that waits for a worker takes a thread: more than Bazel's --jobs, of which the configuration `rbe` has 50.
thread-pool-size: 100
",
        queue.as_secs()
    )
}
