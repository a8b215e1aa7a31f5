//! `install-libclang`.

use clap::Args;

use super::{Failure, hook, render};
use crate::{hooks, provision};

/// `install-libclang`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
The copy comes from the package index, as pip or uv is configured, is verified against the index's SHA-256 and lies in \
the user's data directory; no root is needed. Builds and commands find it after LIBCLANG_PATH and the libclang of \
the building Python, and before the system's.

Examples:
  headerkit-backend install-libclang
  headerkit-backend install-libclang --version 19.1.7.2
  headerkit-backend install-libclang --system       apt-get, dnf, apk, brew, ...
  headerkit-backend install-libclang --uninstall")]
pub struct InstallLibclang {
    /// Version of the package; default: the one that this release was tested with
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["system", "uninstall"])]
    version: Option<String>,
    /// Install again, even if it is there
    #[arg(long, conflicts_with_all = ["system", "uninstall"])]
    force: bool,
    /// Run the system's package manager instead
    #[arg(long, conflicts_with = "uninstall")]
    system: bool,
    /// Remove the managed copy
    #[arg(long)]
    uninstall: bool,
}

pub(super) fn run(arguments: &InstallLibclang) -> Result<(), Failure> {
    let failed = |error: provision::Error| Failure::new(&error);
    if arguments.system {
        let words = provision::system::command().map_err(failed)?;
        render::talk(&format!("+ {}", words.join(" ")));
        return provision::system::run(&words).map_err(failed);
    }
    if arguments.uninstall {
        let text = match provision::uninstall().map_err(failed)? {
            Some(dir) => format!("removed {}", dir.display()),
            None => "there is no managed libclang".into(),
        };
        render::talk(&text);
        return Ok(());
    }
    let python = hook::facts(None)?;
    let machine = hooks::machine(&python).map_err(|error| Failure::new(&error))?;
    let version = arguments.version.as_deref();
    let (managed, is_new) =
        provision::install(&machine.target, &machine.python, version, arguments.force).map_err(failed)?;
    let word = if is_new { "installed" } else { "there already:" };
    render::talk(&format!("{word} {} in {}", managed.requirement, managed.dir.display()));
    Ok(())
}
