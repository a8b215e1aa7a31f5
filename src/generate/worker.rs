//! Parsing in child processes: a crash or hang of libclang costs an error message, not the build, and
//! headers are parsed in parallel although libclang keeps its state per thread.
//!
//! Parent to child: one JSON line of [`Setup`], then one of [`Job`] at a time. Child to parent: one JSON line that tells
//! which libclang it has loaded, or why none; for each job one JSON line, followed by the raw bytes of the IR and of the
//! outputs.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::diagnostics::{Diagnostic, Hint, Severity};
use crate::env;
use crate::ir::{DeclarationKind, Header, schema};
use crate::parse::libclang::Parser;
use crate::parse::libclang::locate::Candidates;
use crate::parse::{self, Dependencies, ParseRequest, Search};
use crate::progress;
use crate::store::Symbols;
use crate::write::{Options, WriterKind};

use super::symbols::{self, Filtered, Libraries};

/// All of the command line that runs [`serve`].
pub const COMMAND: &str = "worker";

/// Seconds after which a parse counts as hung.
const DEFAULT_TIMEOUT: u64 = 300;

/// Time between two looks at whether an end was asked for.
pub(super) const BEAT: Duration = Duration::from_millis(100);
/// What is said of a worker that libclang ends while it is loaded.
const NOT_LOADED: &str = "the parser ended before it loaded a libclang";
/// What is said of a header that was not parsed to the end.
const INTERRUPTED: &str = "interrupted";

/// Environment of a worker, unless the user has set the same: a short life in which everything is allocated and
/// nothing given back. glibc then takes large steps in large pages (a quarter of a large header's time is
/// page faults otherwise), and libclang needs no thread of its own to survive crashes: the process is that.
const TUNING: [(&str, &str); 2] = [
    (
        "GLIBC_TUNABLES",
        "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=4194304:glibc.malloc.mmap_threshold=33554432",
    ),
    ("LIBCLANG_NOTHREADS", "1"),
];

/// What a worker needs before its first job.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Setup {
    libraries: Vec<PathBuf>,
    searched: Vec<String>,
    sys_path: Vec<PathBuf>,
}

impl From<Candidates> for Setup {
    fn from(candidates: Candidates) -> Self {
        let Candidates { libraries, searched, sys_path } = candidates;
        Setup { libraries, searched, sys_path }
    }
}

/// The libclang of a worker, told before it crashes.
#[derive(Debug, Serialize, Deserialize)]
struct Loaded {
    library: String,
    version: String,
}

impl From<&Parser> for Loaded {
    fn from(parser: &Parser) -> Self {
        Loaded { library: parser.library().display().to_string(), version: parser.version().to_owned() }
    }
}

/// One header to parse and write.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// What to parse.
    pub request: ParseRequest,
    /// Writers to run on it.
    pub writers: Vec<Task>,
    /// Whether the IR itself is wanted.
    pub ir: bool,
}

/// One writer to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub writer: String,
    /// Its options.
    pub options: Options,
    /// Libraries outside of which nothing is bound.
    pub libraries: Option<Libraries>,
}

/// What one writer made.
#[derive(Debug)]
pub struct Written {
    /// Its text.
    pub text: Vec<u8>,
    /// What was left out.
    pub diagnostics: Vec<Diagnostic>,
    /// What the libraries said that it has.
    pub symbols: Option<Symbols>,
}

/// What came of a job.
#[derive(Debug)]
pub struct Done {
    /// The IR as stored; empty if it was not wanted.
    pub ir: Vec<u8>,
    /// What each writer of the job made.
    pub outputs: Vec<Written>,
    /// The parser's diagnostics.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read.
    pub dependencies: Dependencies,
    /// Version of the libclang that parsed.
    pub libclang_version: String,
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The search for libclang, if it was in vain.
    pub unavailable: Option<Search>,
    /// One sentence.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
    /// clang's own findings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Failure { unavailable: None, message: message.into(), hints: Vec::new(), diagnostics: Vec::new() }
    }
}

impl From<&parse::Error> for Failure {
    fn from(error: &parse::Error) -> Self {
        let mut message = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        let diagnostics = error.diagnostics().to_vec();
        let unavailable = match error {
            parse::Error::LibclangUnavailable(search) => Some(search.clone()),
            _ => None,
        };
        Failure { unavailable, message, hints: error.hints(), diagnostics }
    }
}

#[derive(Serialize, Deserialize)]
enum Reply {
    Done {
        ir: usize,
        outputs: Vec<(usize, Vec<Diagnostic>, Option<Symbols>)>,
        diagnostics: Vec<Diagnostic>,
        dependencies: Dependencies,
        libclang_version: String,
    },
    Failed(Failure),
}

/// The child's side: serves jobs from standard input until it ends.
pub fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut line = String::new();
    input.read_line(&mut line)?;
    let setup: Setup = serde_json::from_slice(line.as_bytes())?;
    let Setup { libraries, searched, sys_path } = setup;
    let parser = Parser::load(&Candidates { libraries, searched, sys_path });
    serde_json::to_writer(&mut output, &parser.as_ref().map(Loaded::from).map_err(Failure::from))?;
    output.write_all(b"\n")?;
    // What a job made is given back when the next one comes: nobody waits for that at the end.
    let mut made = None;
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        drop(made.take());
        let job: Job = serde_json::from_slice(line.as_bytes())?;
        match &parser {
            Ok(parser) => made = perform(parser, &job, &mut output)?,
            Err(error) => answer(&mut output, Err(error.into()))?,
        }
    }
}

fn answer(output: &mut impl Write, done: Result<Done, Failure>) -> io::Result<()> {
    match done {
        Err(failure) => {
            serde_json::to_writer(&mut *output, &Reply::Failed(failure))?;
            output.write_all(b"\n")?;
        }
        Ok(done) => {
            let reply = Reply::Done {
                ir: done.ir.len(),
                outputs: done
                    .outputs
                    .iter()
                    .map(|written| (written.text.len(), written.diagnostics.clone(), written.symbols.clone()))
                    .collect(),
                diagnostics: done.diagnostics,
                dependencies: done.dependencies,
                libclang_version: done.libclang_version,
            };
            serde_json::to_writer(&mut *output, &reply)?;
            output.write_all(b"\n")?;
            output.write_all(&done.ir)?;
            done.outputs.iter().try_for_each(|written| output.write_all(&written.text))?;
        }
    }
    output.flush()
}

/// Parses, writes and answers. Returns what was parsed.
fn perform(parser: &Parser, job: &Job, output: &mut impl Write) -> io::Result<Option<Header>> {
    let outcome = match parser.parse(&job.request) {
        Ok(outcome) => outcome,
        Err(error) => return answer(output, Err((&error).into())).map(|()| None),
    };
    let outputs = match write_all(job, &outcome.header) {
        Ok(outputs) => outputs,
        Err(failure) => return answer(output, Err(failure)).map(|()| Some(outcome.header)),
    };
    let ir = if job.ir { schema::to_json(&outcome.header).map(String::into_bytes) } else { Ok(Vec::new()) };
    let mut diagnostics = outcome.diagnostics;
    diagnostics.extend(nothing_bound(&outcome.header));
    let done = ir.map_err(|error| Failure::new(error.to_string())).map(|ir| Done {
        ir,
        outputs,
        diagnostics,
        dependencies: outcome.dependencies,
        libclang_version: parser.version().to_owned(),
    });
    answer(output, done).map(|()| Some(outcome.header))
}

/// A header that only includes others binds nothing in the default scope, which the user must hear.
fn nothing_bound(header: &Header) -> Option<Diagnostic> {
    let is_macro = |kind: &DeclarationKind| {
        matches!(kind, DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_))
    };
    let bound = header.declarations.iter().any(|one| one.bound && !is_macro(&one.kind));
    (!bound).then(|| Diagnostic {
        severity: Severity::Warning,
        message: format!(
            "`{}` itself declares nothing but macros: to bind what it includes, name those headers in `own`, or use \
             the scope `all`",
            header.path
        ),
        location: None,
        notes: Vec::new(),
    })
}

fn write_all(job: &Job, header: &Header) -> Result<Vec<Written>, Failure> {
    let write = |Task { writer, options, libraries }: &Task| {
        let kind = WriterKind::from_name(writer)
            .ok_or_else(|| Failure::new(format!("there is no writer `{writer}`")))?;
        let Filtered { kept, mut diagnostics, symbols } = symbols::filter(header, libraries.as_ref())
            .map_err(|error| Failure { hints: error.hints(), ..Failure::new(error.to_string()) })?;
        let output = kind
            .write(&kept, options)
            .map_err(|error| Failure { hints: error.hints(), ..Failure::new(error.to_string()) })?;
        diagnostics.extend(output.diagnostics);
        Ok(Written { text: output.text.into_bytes(), diagnostics, symbols })
    };
    job.writers.iter().map(write).collect()
}

/// Tries in a process of its own whether one of the libraries can be used. Says what is wrong with each if not.
pub fn probe(setup: &Setup) -> Result<(), Vec<String>> {
    let failed = |error: io::Error| vec![format!("cannot start the parser: {error}")];
    let temporary = tempfile::Builder::new().prefix("headerkit-").tempdir().map_err(failed)?;
    let mut child = command(&temporary).and_then(|mut command| command.spawn()).map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A worker ends when its input does; one that is gone already is told below.
        let _ =
            serde_json::to_vec(setup).map_err(io::Error::from).and_then(|line| write_line(&mut input, line));
    }
    let output = child.wait_with_output().map_err(failed)?;
    let line = output.stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match serde_json::from_slice(line) {
        Ok(Ok::<Loaded, Failure>(_)) => Ok(()),
        Ok(Err(failure)) => {
            Err(failure.unavailable.map_or_else(|| vec![failure.message], |search| search.unusable))
        }
        Err(_) => {
            let tried: Vec<String> = setup.libraries.iter().map(|path| path.display().to_string()).collect();
            Err(vec![format!("{}: {NOT_LOADED} ({})", tried.join(", "), output.status)])
        }
    }
}

/// The parent's side: performs all jobs on as many workers as there are cores; results in job order.
pub fn run(setup: &Setup, jobs: &[Job]) -> Vec<Result<Done, Failure>> {
    progress::expect(jobs.len());
    let next = AtomicUsize::new(0);
    let others = match jobs.len() {
        0 | 1 => 0,
        count => std::thread::available_parallelism().map_or(0, |cores| cores.get().min(count) - 1),
    };
    let mut results: Vec<Option<Result<Done, Failure>>> = jobs.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..others).map(|_| scope.spawn(|| work(setup, jobs, &next))).collect();
        let own = work(setup, jobs, &next);
        let theirs = threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default());
        for (index, result) in own.into_iter().chain(theirs) {
            results[index] = Some(result);
        }
    });
    results.into_iter().flatten().collect()
}

fn work(setup: &Setup, jobs: &[Job], next: &AtomicUsize) -> Vec<(usize, Result<Done, Failure>)> {
    let mut results = Vec::new();
    let mut worker: Option<Worker> = None;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(job) = jobs.get(index) else { return results };
        if progress::is_stopped() {
            results.push((index, Err(Failure::new(INTERRUPTED))));
            continue;
        }
        let mut running = match worker.take() {
            Some(running) => running,
            None => match Worker::start(setup) {
                Ok(started) => started,
                Err(error) => {
                    results.push((index, Err(Failure::new(format!("cannot start the parser: {error}")))));
                    continue;
                }
            },
        };
        match running.perform(job) {
            Ok(result) => {
                worker = Some(running);
                results.push((index, result));
            }
            // The worker is gone or must not be used again: the next job gets a new one.
            Err(loss) => results.push((index, Err(running.bury(&loss)))),
        }
        progress::tick();
    }
}

/// Seconds that a child process has for one header.
pub(super) fn timeout() -> u64 {
    env::get(env::PARSE_TIMEOUT).and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_TIMEOUT)
}

/// How a worker was lost.
enum Loss {
    Timeout(u64),
    Interrupted,
    Broken,
}

struct Worker {
    child: Child,
    /// Temporary files of the child, which is killed when it is no longer needed and cannot remove them.
    _temporary: TempDir,
    input: ChildStdin,
    replies: Receiver<io::Result<Result<Done, Failure>>>,
    /// Set before the first reply, if a libclang was loaded.
    loaded: Arc<OnceLock<Loaded>>,
}

/// What starts a worker that has a directory for its temporary files.
fn command(temporary: &TempDir) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    for variable in ["TMPDIR", "TMP", "TEMP"] {
        command.env(variable, temporary.path());
    }
    for (variable, value) in TUNING {
        if env::get(variable).is_none() {
            command.env(variable, value);
        }
    }
    command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    Ok(command)
}

impl Worker {
    fn start(setup: &Setup) -> io::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("headerkit-").tempdir()?;
        let mut child = command(&temporary)?.spawn()?;
        let missing = || io::Error::other("no pipe to the parser process");
        let mut input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let (sender, replies) = mpsc::channel();
        let loaded = Arc::new(OnceLock::new());
        let known = Arc::clone(&loaded);
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = String::new();
            let first = output.read_line(&mut line).ok().and_then(|_| serde_json::from_str(&line).ok());
            if let Some(Ok::<_, Failure>(library)) = first {
                let _ = known.set(library);
            }
            loop {
                let reply = receive(&mut output);
                let ended = reply.is_err();
                if sender.send(reply).is_err() || ended {
                    return;
                }
            }
        });
        write_line(&mut input, serde_json::to_vec(setup)?)?;
        Ok(Worker { child, _temporary: temporary, input, replies, loaded })
    }

    fn perform(&mut self, job: &Job) -> Result<Result<Done, Failure>, Loss> {
        let timeout = timeout();
        let line = match serde_json::to_vec(job) {
            Ok(line) => line,
            // The worker is as good as before; only this job cannot be told to it.
            Err(error) => return Ok(Err(Failure::new(format!("cannot name the header's files: {error}")))),
        };
        write_line(&mut self.input, line).map_err(|_| Loss::Broken)?;
        let deadline = Instant::now() + Duration::from_secs(timeout);
        loop {
            match self.replies.recv_timeout(BEAT.min(deadline.saturating_duration_since(Instant::now()))) {
                Ok(Ok(result)) => return Ok(result),
                _ if progress::is_stopped() => return Err(Loss::Interrupted),
                Ok(Err(_)) | Err(mpsc::RecvTimeoutError::Disconnected) => return Err(Loss::Broken),
                Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(Loss::Timeout(timeout)),
            }
        }
    }

    fn bury(mut self, loss: &Loss) -> Failure {
        if let Loss::Interrupted = loss {
            // Dropping ends the child.
            return Failure::new(INTERRUPTED);
        }
        if let Loss::Timeout(seconds) = loss {
            let _ = self.child.kill();
            let _ = self.child.wait();
            let mut failure = Failure::new(format!("libclang did not finish within {seconds} s"));
            failure.hints = vec![format!("set {} to allow more seconds", env::PARSE_TIMEOUT)];
            return failure;
        }
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        // The thread that reads ends with the child; what it has read by then is known.
        while self.replies.recv().is_ok() {}
        let Some(Loaded { library, version }) = self.loaded.get() else {
            return Failure::new(format!("{NOT_LOADED} ({status})"));
        };
        let (library, version) = (library.clone(), version.clone());
        Failure::from(&parse::Error::Crashed { library, version, how: status })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A worker ends when its input does; one that is stuck must not outlive the build.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write_line(stream: &mut impl Write, mut line: Vec<u8>) -> io::Result<()> {
    line.push(b'\n');
    stream.write_all(&line)?;
    stream.flush()
}

fn receive(output: &mut impl BufRead) -> io::Result<Result<Done, Failure>> {
    let mut line = String::new();
    if output.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let reply: Reply = serde_json::from_slice(line.as_bytes())?;
    let mut take = |length: usize| {
        let mut bytes = vec![0; length];
        output.read_exact(&mut bytes).map(|()| bytes)
    };
    match reply {
        Reply::Failed(failure) => Ok(Err(failure)),
        Reply::Done { ir, outputs, diagnostics, dependencies, libclang_version } => {
            let ir = take(ir)?;
            let outputs = outputs
                .into_iter()
                .map(|(length, diagnostics, symbols)| {
                    take(length).map(|text| Written { text, diagnostics, symbols })
                })
                .collect::<io::Result<_>>()?;
            Ok(Ok(Done { ir, outputs, diagnostics, dependencies, libclang_version }))
        }
    }
}
