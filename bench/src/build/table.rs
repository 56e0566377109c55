//! The table of `bench build`.

use super::cost::Cost;

/// The header of the Markdown table; [`row`] formats its rows.
pub const HEADER: &str = "\
| case | Bazel, s | as Bazel reports it, s | CPU, s | actions | MB received | Cargo, s | CPU, s | crates compiled | MB received | Bazel / Cargo |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

/// Formats the costs of one case with both tools.
pub fn row(case: &str, bazel: &Cost, cargo: &Cost) -> String {
    let ratio = bazel.seconds / cargo.seconds;
    let own = bazel.own_seconds.unwrap_or(f64::NAN);
    format!(
        "| {case} | {:.2} | {own:.2} | {} | {:.2} | {} | {ratio:.2} |",
        bazel.seconds,
        cells(bazel),
        cargo.seconds,
        cells(cargo)
    )
}

fn cells(cost: &Cost) -> String {
    let megabytes = cost.received as f64 / 1e6;
    format!(
        "{:.1} | {} | {megabytes:.1}",
        cost.cpu_seconds, cost.actions
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_both_tools_and_their_ratio() {
        let cost = |seconds, own_seconds| Cost {
            seconds,
            own_seconds,
            cpu_seconds: 4.0,
            actions: 5,
            received: 1_500_000,
        };
        assert_eq!(
            row("cold", &cost(3.0, Some(2.5)), &cost(2.0, None)),
            "| cold | 3.00 | 2.50 | 4.0 | 5 | 1.5 | 2.00 | 4.0 | 5 | 1.5 | 1.50 |"
        );
    }
}
