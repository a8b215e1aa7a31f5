//! Ctrl-C: the first one lets the process come to an end that leaves no temporary file behind, the second one ends it
//! at once.

use super::Failure;
use crate::progress;

/// Exit status after SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;

/// From now on SIGINT and SIGTERM ask for an end. Call it before any thread is started. Processes that are started
/// from now on do not see these signals; whoever starts them ends them when [`progress::is_stopped`].
#[cfg(unix)]
pub(super) fn arm() {
    use nix::sys::signal::{SigSet, Signal};

    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    // Where signals cannot be blocked they end the process, as they always did.
    if signals.thread_block().is_err() {
        return;
    }
    std::thread::spawn(move || {
        while signals.wait().is_ok() {
            if progress::is_stopped() {
                std::process::exit(i32::from(INTERRUPTED));
            }
            progress::stop();
        }
    });
}

/// There, Ctrl-C ends the process at once; what it leaves in the store is removed later.
#[cfg(not(unix))]
pub(super) fn arm() {}

/// Fails if an end was asked for.
pub(super) fn check() -> Result<(), Failure> {
    if !progress::is_stopped() {
        return Ok(());
    }
    let text = "interrupted: what was finished is in the store, and no output file is half written\n".into();
    Err(Failure { text, status: INTERRUPTED })
}
