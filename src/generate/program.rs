//! Runs a program on a text: standard input to standard output, within a time.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::worker;
use crate::env;
use crate::progress;

/// Lines of standard error that an error shows.
const TAIL: usize = 10;
/// How often a program that has closed its output is asked whether it has ended.
const POLL: Duration = Duration::from_millis(5);

/// A program to run.
pub struct Program {
    /// Name, or path where it holds a separator.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its working directory.
    pub directory: PathBuf,
    /// Variables added to the environment.
    pub variables: Vec<(&'static str, String)>,
}

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Standard output.
    pub output: Vec<u8>,
    /// Standard error, by lines.
    pub errors: Vec<String>,
}

/// Why a program has no output.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It cannot be started.
    #[error("cannot be started")]
    Start(#[source] io::Error),
    /// It says so.
    #[error("ended with {status}{}", tail(errors))]
    Status {
        /// Exit status or signal.
        status: ExitStatus,
        /// Standard error, by lines.
        errors: Vec<String>,
    },
    /// It did not end.
    #[error("did not finish within {seconds} s{}", tail(errors))]
    Timeout {
        /// The time it had.
        seconds: u64,
        /// Standard error so far, by lines.
        errors: Vec<String>,
    },
    /// Its output cannot be read.
    #[error("has an output that cannot be read")]
    Output(#[source] io::Error),
}

impl Failure {
    /// What to do next, if the program is that of a writer's `command`.
    pub fn hint(&self, writer: &str) -> Option<String> {
        match self {
            Failure::Start(_) => Some(format!(
                "`command` of [tool.headerkit.writer.{writer}] starts with a program on PATH, or with the path of an \
                 executable file relative to the project"
            )),
            Failure::Timeout { .. } => Some(format!("set {} to allow more seconds", env::PARSE_TIMEOUT)),
            Failure::Status { .. } | Failure::Output(_) => None,
        }
    }
}

fn tail(lines: &[String]) -> String {
    let last = &lines[lines.len().saturating_sub(TAIL)..];
    last.iter().map(|line| format!("\n  {line}")).collect()
}

impl Program {
    /// Runs it. A program may ignore its input.
    pub fn run(&self, input: &[u8]) -> Result<Said, Failure> {
        let seconds = worker::timeout();
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Failure::Start)?;
        if let Some(mut stream) = child.stdin.take() {
            let input = input.to_vec();
            // A broken pipe is the program's business.
            std::thread::spawn(move || drop(stream.write_all(&input)));
        }
        let output = read(child.stdout.take());
        let errors = read(child.stderr.take());
        let rest = || match progress::is_stopped() {
            true => Duration::ZERO,
            false => deadline.saturating_duration_since(Instant::now()),
        };
        let text = loop {
            match output.recv_timeout(rest().min(worker::BEAT)) {
                Err(RecvTimeoutError::Timeout) if !rest().is_zero() => {}
                text => break text,
            }
        };
        // What a program leaves running may keep standard error open: its own last words are there already.
        let said =
            |limit| lines(&errors.recv_timeout(limit).unwrap_or_else(|_| Ok(Vec::new())).unwrap_or_default());
        let status = match &text {
            Ok(_) => loop {
                match child.try_wait().map_err(Failure::Output)? {
                    Some(status) => break Some(status),
                    None if rest().is_zero() => break None,
                    None => std::thread::sleep(POLL),
                }
            },
            Err(_) => None,
        };
        let Some(status) = status else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::Timeout { seconds, errors: said(Duration::from_millis(200)) });
        };
        let errors = said(Duration::from_secs(1));
        if !status.success() {
            return Err(Failure::Status { status, errors });
        }
        match text {
            Ok(Ok(output)) => Ok(Said { output, errors }),
            Ok(Err(error)) => Err(Failure::Output(error)),
            Err(_) => Err(Failure::Timeout { seconds, errors }),
        }
    }
}

/// Reads a stream to its end beside everything else.
fn read(stream: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stream.map_or(Ok(0), |mut stream| stream.read_to_end(&mut bytes));
        let _ = sender.send(result.map(|_| bytes));
    });
    receiver
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}
