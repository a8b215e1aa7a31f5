//! A container per target: the target's own system headers, with our own wheel and libclang brought along.
//!
//! The container gets everything read-only and writes nothing outside itself: what it made comes back as an archive
//! on its standard output and is merged into the store here, entry by entry. So no file belongs to another user,
//! whichever user the engine runs as, and a container that is killed leaves the store as it was.

mod answer;
mod engine;
mod error;
mod wheels;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::platform;
use crate::config::Config;
use crate::store;
use crate::target::Target;

pub use answer::Inside;
pub use engine::{Choice, Engine};
pub use error::Error;

/// Where a container has what we bring along.
const HOME: &str = "/headerkit";
/// Seconds that a container may take, pulling its image included.
pub const TIMEOUT: u64 = 600;

/// How containers are run, the same for all targets.
pub struct Containers {
    /// The program.
    pub engine: Engine,
    /// Image by target, where it is not the default.
    pub images: BTreeMap<Target, String>,
    /// The image of all targets, if one was typed.
    pub image: Option<String>,
    /// The Pythons to run with, in order of preference; none: the binary runs without Python.
    pub pythons: Vec<String>,
    /// For one container.
    pub timeout: Duration,
    /// Further arguments of `run`.
    pub run_arguments: Vec<String>,
    /// Folders with wheels, preferred to the package index.
    pub wheels: Vec<PathBuf>,
    /// Interpreter whose pip fetches the wheels.
    pub python: PathBuf,
    /// Arguments of `cache populate` inside, paths as they are here.
    pub arguments: Vec<String>,
    /// The working directory.
    pub cwd: PathBuf,
}

/// Everything that is particular to one target.
#[derive(Debug)]
struct Container {
    /// In Docker's spelling.
    platform: String,
    image: String,
    /// Name of the container.
    name: String,
}

impl Containers {
    /// The image for a target.
    pub fn image_for(&self, target: &Target) -> Result<String, Error> {
        self.container(target).map(|container| container.image)
    }

    /// Parses in a container for `target` and puts the result into the store at `store`.
    pub fn fill(&self, config: &Config, target: &Target, store: &Path) -> Result<Inside, Error> {
        let container = self.container(target)?;
        let scratch = tempfile::Builder::new().prefix("headerkit-container-").tempdir()?;
        let package = scratch.path().join("package");
        let fetched = wheels::fetch(self, target, &package)?;
        make_readable(scratch.path())?;
        let arguments = self.run_arguments(config, target, &container, &package);
        let archive = scratch.path().join("answer.tar");
        self.engine.run(&arguments, &container, self.timeout, &archive)?;
        let made = scratch.path().join("made");
        let mut inside = answer::read(&archive, &made, &container.image)?;
        inside.note(fetched.missing_libclang);
        if made.join("store").is_dir() {
            let merged = store::merge(&[made.join("store")], store);
            if !merged.errors.is_empty() {
                return Err(Error::Merge { image: container.image, problems: merged.errors });
            }
        }
        Ok(inside)
    }

    /// The command line that runs the container for a target, as a person could type it; for reports.
    pub fn describe(&self, config: &Config, target: &Target) -> Result<String, Error> {
        let container = self.container(target)?;
        let arguments = self.run_arguments(config, target, &container, Path::new("WHEELS"));
        let shown = arguments.iter().map(|word| if word == engine::SCRIPT { "SCRIPT" } else { word });
        Ok(format!("{} {}", self.engine.name, shown.map(engine::quoted).collect::<Vec<_>>().join(" ")))
    }

    fn container(&self, target: &Target) -> Result<Container, Error> {
        let platform = platform::of_target(target).filter(|name| name.starts_with("linux/"));
        let platform = platform.ok_or_else(|| Error::NotLinux { target: target.clone() })?;
        let image = match (&self.image, self.images.get(target)) {
            (Some(image), _) | (None, Some(image)) => image.clone(),
            _ => default_image(target).ok_or_else(|| Error::NotLinux { target: target.clone() })?,
        };
        if image.is_empty() || image.starts_with('-') || image.contains(char::is_whitespace) {
            return Err(Error::BadImage { image, platform: platform.into() });
        }
        let name = format!("headerkit-{}-{target}", std::process::id());
        Ok(Container { platform: platform.trim_end_matches("/musl").to_owned(), image, name })
    }

    /// The words after the engine's name.
    fn run_arguments(
        &self,
        config: &Config,
        target: &Target,
        container: &Container,
        package: &Path,
    ) -> Vec<String> {
        let inside = |path: &Path| self.inside(config, path);
        let mut words: Vec<String> = ["run", "--rm", "--name", &container.name].map(Into::into).into();
        words.extend(["--platform", &container.platform].map(Into::into));
        // Root of the container reads what the caller may read, also in rootless engines, and the mounts are
        // read-only. Labels would keep it from reading; relabelling would change the caller's files.
        words.extend(["--user", "0:0", "--security-opt", "label=disable"].map(Into::into));
        for (source, at) in [(config.project.as_path(), "project"), (package, "package")] {
            words.extend(["--mount".into(), engine::mount(source, &format!("{HOME}/{at}"))]);
        }
        words.extend(["--workdir".into(), inside(&self.cwd).unwrap_or(format!("{HOME}/project"))]);
        words.extend(["--env".into(), format!("PYTHONPATH={HOME}/package")]);
        if package.join(wheels::LIBCLANG_DIR).is_dir() {
            let dir = wheels::LIBCLANG_DIR;
            words.extend(["--env".into(), format!("LIBCLANG_PATH={HOME}/package/{dir}")]);
        }
        for (name, value) in config.variables() {
            // Values that are paths of the project are paths of the project there as well. All others are left to
            // the engine to pass on, so that they do not show up in lists of processes.
            let there = Some(Path::new(value)).filter(|path| path.is_absolute()).and_then(inside);
            words.extend(["--env".into(), there.map_or(name.clone(), |path| format!("{name}={path}"))]);
        }
        words.extend(self.run_arguments.iter().cloned());
        words.extend(["--entrypoint", "/bin/sh", &container.image, "-c", engine::SCRIPT].map(Into::into));
        words.extend(["headerkit".into(), self.pythons.join(" ")]);
        words.extend(["cache", "populate", "--engine", "native", "--json", "--target"].map(Into::into));
        words.push(target.to_string());
        for argument in &self.arguments {
            words.push(inside(Path::new(argument)).unwrap_or_else(|| argument.clone()));
        }
        words
    }

    /// Where the container has a file of the project.
    fn inside(&self, config: &Config, path: &Path) -> Option<String> {
        let below = path.strip_prefix(&config.project).ok()?;
        let mut there = format!("{HOME}/project");
        for part in below.iter() {
            there.push('/');
            there.push_str(part.to_str()?);
        }
        Some(there)
    }
}

/// The manylinux and musllinux images of PyPA, as cibuildwheel uses them.
fn default_image(target: &Target) -> Option<String> {
    let arch = wheels::python_arch(target)?;
    let policy = match (target.is_musl(), arch) {
        (true, _) => "musllinux_1_2",
        (false, "armv7l") => "manylinux_2_31",
        (false, "riscv64") => "manylinux_2_39",
        (false, _) => "manylinux_2_28",
    };
    Some(format!("quay.io/pypa/{policy}_{arch}"))
}

/// Images need not run as root: the directory is 0700 as it is made.
fn make_readable(dir: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs_err::set_permissions(dir, std::fs::Permissions::from_mode(0o755))?;
    }
    let _ = dir;
    Ok(())
}

#[cfg(test)]
mod tests;
