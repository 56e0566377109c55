//! The build events: `bazel build --build_event_json_file=FILE`.
//!
//! Source of the format: `BuildMetrics` in `src/main/java/com/google/devtools/build/lib/buildeventstream/proto/build_event_stream.proto`
//! of Bazel, one event per line. Proto's JSON writes 64-bit numbers as strings.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::Error;

/// The cost of a build, as Bazel measures it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// The duration of the command, without the start of the server.
    pub wall_time: Duration,
    /// The number of executed actions, including those internal to Bazel.
    pub actions_executed: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    build_metrics: Option<BuildMetrics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildMetrics {
    #[serde(default)]
    action_summary: ActionSummary,
    timing_metrics: TimingMetrics,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ActionSummary {
    actions_executed: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimingMetrics {
    wall_time_in_ms: String,
}

/// Reads the cost of a build.
///
/// # Errors
/// The file cannot be read, or contains no build metrics.
pub fn read(path: &Path) -> Result<Metrics, Error> {
    let text = fs::read_to_string(path).map_err(|cause| Error::Open {
        path: path.display().to_string(),
        cause,
    })?;
    let metrics = parse(&text).map_err(|cause| Error::Parse {
        path: path.display().to_string(),
        cause,
    })?;
    metrics.ok_or_else(|| Error::Missing {
        path: path.display().to_string(),
        what: "build metrics",
    })
}

fn parse(text: &str) -> Result<Option<Metrics>, serde_json::Error> {
    for line in text.lines() {
        let event: Event = serde_json::from_str(line)?;
        if let Some(metrics) = event.build_metrics {
            let number = |text: &str| text.parse().unwrap_or_default();
            return Ok(Some(Metrics {
                wall_time: Duration::from_millis(number(&metrics.timing_metrics.wall_time_in_ms)),
                actions_executed: number(&metrics.action_summary.actions_executed),
            }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_event_with_the_metrics() {
        let text = r#"{"id": {"started": {}}, "started": {"uuid": "x"}}
{"buildMetrics": {"actionSummary": {"actionsExecuted": "7"}, "timingMetrics": {"wallTimeInMs": "1250", "cpuTimeInMs": "9"}}}"#;
        let expected = Metrics {
            wall_time: Duration::from_millis(1250),
            actions_executed: 7,
        };
        assert_eq!(parse(text).unwrap(), Some(expected));
    }

    #[test]
    fn finds_no_metrics_without_that_event() {
        assert_eq!(parse(r#"{"id": {}}"#).unwrap(), None);
        assert!(parse("{").is_err());
    }
}
