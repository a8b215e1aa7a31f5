//! How far this process is with what takes long, and whether it has been told to stop. There is one terminal and one
//! Ctrl-C per process, so there is one of this; who shows it, and whether anybody does, is not known here.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static TOTAL: AtomicUsize = AtomicUsize::new(0);
static DONE: AtomicUsize = AtomicUsize::new(0);
static STOPPED: AtomicBool = AtomicBool::new(false);

static TELLER: OnceLock<fn(&str)> = OnceLock::new();

/// Who tells a person what takes long.
pub fn tell_by(teller: fn(&str)) {
    let _ = TELLER.set(teller);
}

/// Tells at once that something begins which takes long.
pub fn tell(text: &str) {
    if let Some(teller) = TELLER.get() {
        teller(text);
    }
}

/// Announces further pieces of work.
pub fn expect(pieces: usize) {
    TOTAL.fetch_add(pieces, Ordering::Relaxed);
}

/// One piece is done.
pub fn tick() {
    DONE.fetch_add(1, Ordering::Relaxed);
}

/// Pieces done, and pieces announced.
pub fn state() -> (usize, usize) {
    (DONE.load(Ordering::Relaxed), TOTAL.load(Ordering::Relaxed))
}

/// Asks for an end: what is begun is brought to one that leaves nothing half done, and no more is begun.
pub fn stop() {
    STOPPED.store(true, Ordering::Relaxed);
}

/// Whether an end was asked for.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
