//! The only code that prints. Standard output is data, standard error is talk.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::io::{self, BufRead, IsTerminal, Write};

use crate::diagnostics::{Diagnostic, Hint, Severity};
use crate::env;

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

type Paint = fn(&str, &str) -> String;

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
        format!("\u{1b}[{color}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
