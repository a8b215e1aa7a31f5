//! The only code that prints. Standard output is data, standard error is talk.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::diagnostics::{Diagnostic, Hint, Severity};
use crate::env;
use crate::progress;

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Errors only.
    Quiet,
    /// What a person wants to know.
    Normal,
    /// Each look-up and its reason.
    Verbose,
}

/// Writes data to standard output. A closed pipe is not an error: the reader has had enough.
pub fn data(text: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints a line of talk.
pub fn talk(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Asks on standard error and reads a line; an empty one means the default. `None` at the end of the input.
pub fn ask(question: &str, default: &str) -> io::Result<Option<String>> {
    let mut talk = io::stderr().lock();
    write!(talk, "{question} [{default}]: ")?;
    talk.flush()?;
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line)?;
    let line = line.trim();
    Ok((length > 0).then(|| if line.is_empty() { default.to_owned() } else { line.to_owned() }))
}

/// Whether a person can be asked.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prints an error block.
pub fn error(block: &str) {
    let _ = io::stderr().lock().write_all(block.as_bytes());
}

/// An error with its causes, clang's findings and what to do next, as a block of lines.
pub fn block(kind: &str, failure: &(impl Error + Hint), diagnostics: &[Diagnostic]) -> String {
    format!("{}: {}", paint(kind, "1;31"), told(failure, diagnostics, paint))
}

/// The same without its kind and without colors: the message of an exception.
pub fn message(failure: &(impl Error + Hint), diagnostics: &[Diagnostic]) -> String {
    told(failure, diagnostics, |text, _| text.to_owned()).trim_end().to_owned()
}

/// Colors a text; the color is what stands in the escape sequence.
pub type Paint = fn(&str, &str) -> String;

fn told(failure: &(impl Error + Hint), diagnostics: &[Diagnostic], paint: Paint) -> String {
    let mut text = format!("{failure}\n");
    let mut shown = failure.to_string();
    let mut source = failure.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        // Transparent wrappers repeat their source word for word.
        if !shown.contains(&message) {
            text.push_str(&format!("  caused by: {message}\n"));
            shown = message;
        }
        source = cause.source();
    }
    for diagnostic in diagnostics.iter().filter(|found| found.severity == Severity::Error) {
        text.push_str(&found(diagnostic, paint));
    }
    for hint in failure.hints() {
        text.push_str(&format!("{}: {hint}\n", paint("hint", "1;36")));
    }
    text
}

/// A diagnostic as `file:line:column: severity: message`, its notes indented below.
pub fn finding(diagnostic: &Diagnostic) -> String {
    found(diagnostic, paint)
}

/// The same without colors, as one message.
pub fn plain_finding(diagnostic: &Diagnostic) -> String {
    found(diagnostic, |text, _| text.to_owned()).trim_end().to_owned()
}

fn found(diagnostic: &Diagnostic, paint: Paint) -> String {
    let (word, color) = match diagnostic.severity {
        Severity::Error => ("error", "1;31"),
        Severity::Warning => ("warning", "1;33"),
        Severity::Note => ("note", "1;36"),
    };
    let place = diagnostic.location.as_ref().map(|location| format!("{location}: ")).unwrap_or_default();
    let mut text = format!("{place}{}: {}\n", paint(word, color), diagnostic.message);
    for note in &diagnostic.notes {
        text.push_str(&format!("  {note}\n"));
    }
    text
}

fn paint(text: &str, color: &str) -> String {
    if env::get(env::NO_COLOR).is_none() && io::stderr().is_terminal() {
        colored(text, color)
    } else {
        text.to_owned()
    }
}

fn colored(text: &str, color: &str) -> String {
    format!("\u{1b}[{color}m{text}\u{1b}[0m")
}

/// What colors data: nothing unless that goes to a terminal.
pub fn painter() -> Paint {
    let is_colored = env::get(env::NO_COLOR).is_none() && width().is_some();
    if is_colored { colored } else { |text, _| text.to_owned() }
}

/// Width in characters of the terminal that data goes to; `None` if it goes elsewhere.
pub fn width() -> Option<usize> {
    if !io::stdout().is_terminal() || is_dumb() {
        return None;
    }
    #[cfg(unix)]
    if let Some(columns) = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col)
        && columns > 0
    {
        return Some(columns.into());
    }
    Some(env::get(env::COLUMNS).and_then(|text| text.parse().ok()).unwrap_or(80))
}

fn is_dumb() -> bool {
    env::get(env::TERM).is_some_and(|term| term == "dumb")
}

/// Shows on the terminal how far the process is, until it is dropped.
pub struct Watch {
    end: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

/// Time after which work counts as long.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two looks at it.
const BEAT: Duration = Duration::from_millis(100);
/// Characters of the bar.
const BAR: usize = 24;

/// Shows [`progress`] on standard error as soon as it takes longer than a second, if that is a terminal. `what` is one
/// piece of the work.
pub fn watch(level: Level, what: &'static str) -> Option<Watch> {
    if level == Level::Quiet || !io::stderr().is_terminal() || is_dumb() {
        return None;
    }
    let (end, ended) = mpsc::channel();
    let begun = Instant::now();
    let thread = std::thread::spawn(move || {
        let mut shown = String::new();
        while let Err(mpsc::RecvTimeoutError::Timeout) = ended.recv_timeout(BEAT) {
            let (done, total) = progress::state();
            if begun.elapsed() < PATIENCE || total == 0 {
                continue;
            }
            let line = bar(done, total, what);
            if line != shown {
                error(&format!("\r\u{1b}[K{line}"));
                shown = line;
            }
        }
        if !shown.is_empty() {
            error("\r\u{1b}[K");
        }
    });
    Some(Watch { end, thread: Some(thread) })
}

fn bar(done: usize, total: usize, what: &str) -> String {
    let full = BAR * done.min(total) / total.max(1);
    let stopping = if progress::is_stopped() { ", stopping" } else { "" };
    format!("[{}{}] {done}/{total} {what}s{stopping}", "#".repeat(full), " ".repeat(BAR - full))
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.end.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
