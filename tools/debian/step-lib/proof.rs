//! `proof STRATEGY`: checks that it was built with that panic strategy, and that backtraces, unwinding and threads work.

use std::backtrace::Backtrace;
use std::thread;

#[inline(never)]
fn backtrace_of_proof() -> String {
    Backtrace::force_capture().to_string()
}

fn main() {
    let strategy = std::env::args().nth(1).expect("a strategy");
    if cfg!(panic = "unwind") {
        assert_eq!(strategy, "unwind");
        assert!(std::panic::catch_unwind(|| panic!("on purpose, to be caught")).is_err());
        assert!(backtrace_of_proof().contains("backtrace_of_proof"));
    } else {
        assert_eq!(strategy, "abort");
    }
    let sum = thread::spawn(|| (1..=10).sum::<u32>()).join().expect("a thread");
    println!("panic={strategy} works, {sum}");
}
