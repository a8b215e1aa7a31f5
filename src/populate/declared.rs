//! The targets that a project says it is for.

use super::platform;
use crate::config::{self, Config};
use crate::diagnostics::Hint;
use crate::target::{self, Target};

/// What is wrong with `[tool.headerkit.cache.populate]`.
#[derive(Debug, thiserror::Error)]
pub enum DeclaredError {
    /// A variable that is not set.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// One of `platforms`.
    #[error(transparent)]
    Platform(#[from] super::Error),
    /// One of `targets`.
    #[error(transparent)]
    Target(#[from] target::Error),
}

impl Hint for DeclaredError {
    fn hints(&self) -> Vec<String> {
        match self {
            DeclaredError::Config(error) => error.hints(),
            DeclaredError::Platform(error) => error.hints(),
            DeclaredError::Target(error) => error.hints(),
        }
    }
}

/// The platforms, then the targets, of `[tool.headerkit.cache.populate]`, each once and in the order of the file.
pub fn declared(config: &Config) -> Result<Vec<Target>, DeclaredError> {
    let mut targets: Vec<Target> = Vec::new();
    let triples = config.expand_all(&config.populate.targets)?;
    let found = config
        .populate
        .platforms
        .iter()
        .map(|text| Ok(platform::configured(&config.expand(text)?, text)?))
        .chain(triples.iter().map(|text| Ok(Target::parse(text)?)));
    for target in found {
        let target: Target = target.map_err(|error: DeclaredError| error)?;
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}
