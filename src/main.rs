//! The binary: sets up what a bug of ours looks like, then runs the command line.

use std::process::ExitCode;

use headerkit_backend::cli::{self, render};

/// Exit status of a bug of ours.
const BUG: i32 = 101;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        render::talk(&format!(
            "headerkit-backend {} has a bug: {panic}\nplease report it, with the command and the header",
            env!("CARGO_PKG_VERSION")
        ));
        std::process::exit(BUG);
    }));
    cli::run()
}
