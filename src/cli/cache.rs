//! `cache clear|rebuild-index`; the others have files of their own.

use super::args::{Cache, Common};
use super::render::Level;
use super::{FAILED, Failure, populate, prune, render, settings, status};
use crate::generate;
use crate::store::Store;

pub(super) fn run(command: &Cache, level: Level) -> Result<(), Failure> {
    let text = match command {
        Cache::Populate(arguments) => return populate::run(arguments, level),
        Cache::Status(arguments) => return status::run(arguments),
        Cache::Prune(arguments) => return prune::run(arguments, level),
        Cache::Clear { ir, output, common } => {
            let store = open(common)?;
            // Neither flag means everything, and so do both.
            let all = ir == output;
            let removed = store.clear(*ir || all, *output || all).map_err(|error| Failure::new(&error))?;
            let what = match (ir, output) {
                (true, false) => "IR",
                (false, true) => "output",
                _ => "all",
            };
            format!("Cleared {what} cache entries: {removed}\n")
        }
        Cache::RebuildIndex { common } => {
            let store = open(common)?;
            let entries = store.refresh_index().map_err(|error| Failure::new(&error))?;
            format!("Rebuilt index: {} ({entries} entries)\n", store.dir().display())
        }
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

/// The store that the configuration names.
pub(super) fn open(common: &Common) -> Result<Store, Failure> {
    let cwd = settings::cwd()?;
    let config = settings::load(common, &cwd)?;
    let stores = generate::stores(&config, &cwd)?;
    Ok(Store::open(&stores[0]))
}

/// The store that the configuration names, which must be there: a typing error must not pass as "all is well".
pub(super) fn open_existing(common: &Common) -> Result<Store, Failure> {
    let store = open(common)?;
    store.check_readable().map_err(|error| Failure::new(&error))?;
    if store.dir().is_dir() {
        return Ok(store);
    }
    Err(Failure {
        text: format!(
            "error: there is no store at `{}`\nhint: run `headerkit-backend generate`, or name it with `--store-dir`\n",
            store.dir().display()
        ),
        status: FAILED,
    })
}
