//! The table.

use crate::measure::Run;

/// The head of the Markdown table that [`row`]s go into.
pub const HEADER: &str = "\
| files | program | wall, median | ratio | wall, best | CPU | ratio | cores used | peak memory |
|---|---|--:|--:|--:|--:|--:|--:|--:|";

/// The row of a program; the ratios are to `ours`.
pub fn row(title: &str, program: &str, runs: &[Run], ours: &[Run]) -> String {
    let wall = median(runs, |run| run.wall);
    let cpu = median(runs, |run| run.cpu);
    let best = runs
        .iter()
        .map(|run| run.wall)
        .fold(f64::INFINITY, f64::min);
    format!(
        "| {title} | {program} | {wall:.3} s | {:.2} | {best:.3} s | {cpu:.3} s | {:.2} | {:.2} | {:.1} MiB |",
        wall / median(ours, |run| run.wall),
        cpu / median(ours, |run| run.cpu),
        cpu / wall,
        median(runs, |run| run.peak) / 1024.0,
    )
}

/// The median of one value of all runs.
fn median(runs: &[Run], value: impl Fn(&Run) -> f64) -> f64 {
    bench_statistics::median(runs.iter().map(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(walls: &[f64]) -> Vec<Run> {
        let run = |wall: &f64| Run {
            wall: *wall,
            cpu: 2.0 * wall,
            peak: 2048.0,
            output: Vec::new(),
        };
        walls.iter().map(run).collect()
    }

    #[test]
    fn a_row_has_medians_and_ratios() {
        let row = row("x", "y", &runs(&[3.0, 1.0, 2.0]), &runs(&[1.0, 1.0]));
        assert_eq!(
            row,
            "| x | y | 2.000 s | 2.00 | 1.000 s | 4.000 s | 2.00 | 2.00 | 2.0 MiB |"
        );
    }
}
