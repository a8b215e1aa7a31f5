//! docker and podman: finding one, its command line, its run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use fs_err as fs;

use super::{Container, Error};

/// What the container's shell runs.
pub const SCRIPT: &str = include_str!("inside.sh");
/// Lines of a container's report that an error repeats.
const LINES: usize = 12;

/// Which program is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// docker, or podman where there is none.
    Any,
    /// podman, even if there is a docker.
    Podman,
}

/// A program that runs containers.
#[derive(Debug, Clone)]
pub struct Engine {
    /// `docker` or `podman`.
    pub name: &'static str,
    program: PathBuf,
}

impl Engine {
    /// Looks on `PATH`.
    pub fn find(choice: Choice) -> Result<Self, Error> {
        let names: &[&'static str] = match choice {
            Choice::Any => &["docker", "podman"],
            Choice::Podman => &["podman"],
        };
        let found = names.iter().find_map(|name| Some(Engine { name, program: which::which(name).ok()? }));
        found.ok_or_else(|| Error::NoEngine { looked: names.join(" and ") })
    }

    /// An engine for what runs none.
    pub fn unused(choice: Choice) -> Self {
        let name = if choice == Choice::Podman { "podman" } else { "docker" };
        Engine { name, program: name.into() }
    }

    /// Runs a container to its end; its standard output goes into `answer`.
    pub(super) fn run(
        &self,
        arguments: &[String],
        container: &Container,
        timeout: Duration,
        answer: &Path,
    ) -> Result<(), Error> {
        let start = |source| Error::Start { engine: self.name.into(), source };
        let said = answer.with_extension("said");
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(fs::File::create(answer)?.into_file()).stderr(fs::File::create(&said)?.into_file());
        let mut client = command.spawn().map_err(start)?;
        let Some(status) = wait(&mut client, timeout).map_err(start)? else {
            self.end(&mut client, container);
            let (image, platform) = (container.image.clone(), container.platform.clone());
            return Err(Error::TimedOut { image, platform, seconds: timeout.as_secs() });
        };
        if status.success() {
            return Ok(());
        }
        Err(Error::Failed {
            engine: self.name,
            image: container.image.clone(),
            platform: container.platform.clone(),
            status: status.code().map_or_else(|| "of a signal".into(), |code| code.to_string()),
            said: last_lines(&String::from_utf8_lossy(&fs::read(&said)?)),
        })
    }

    /// Ends a container and its client. The client alone would leave the container running.
    fn end(&self, client: &mut Child, container: &Container) {
        let mut command = Command::new(&self.program);
        command.args(["kill", &container.name]);
        let kill = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        if let Ok(mut kill) = kill
            && !matches!(wait(&mut kill, Duration::from_secs(20)), Ok(Some(_)))
        {
            let _ = kill.kill();
            let _ = kill.wait();
        }
        // It removes the container when it sees its end, so it is given a moment.
        if !matches!(wait(client, Duration::from_secs(5)), Ok(Some(_))) {
            let _ = client.kill();
            let _ = client.wait();
        }
    }
}

/// The status of a process; `None` if it has not ended in time.
fn wait(process: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = process.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= timeout {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A read-only bind mount. The engines read the value as a line of CSV, so that any path can be said.
pub fn mount(source: &Path, at: &str) -> String {
    let source = format!("source={}", source.display());
    let source = match source.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", source.replace('"', "\"\"")),
        false => source,
    };
    format!("type=bind,{source},target={at},readonly")
}

/// A word as a POSIX shell reads it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The end of a report, indented.
pub fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    indented(&lines[lines.len().saturating_sub(LINES)..])
}

/// Lines as part of a message.
pub fn indented(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
