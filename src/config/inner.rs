//! Which build backend does the ordinary work.

use pep508_rs::PackageName;

use super::Config;
use super::error::Error;
use super::place::{Origin, Place, Text};

/// Distributions that are build backends, and the import path of each.
const KNOWN: &[(&str, &str)] = &[
    ("hatchling", "hatchling.build"),
    ("flit-core", "flit_core.buildapi"),
    ("setuptools", "setuptools.build_meta"),
    ("pdm-backend", "pdm.backend"),
    ("poetry-core", "poetry.core.masonry.api"),
    ("uv-build", "uv_build"),
    ("scikit-build-core", "scikit_build_core.build"),
    ("meson-python", "mesonpy"),
    ("maturin", "maturin"),
    ("py-build-cmake", "py_build_cmake.build"),
    ("whey", "whey"),
    ("enscons", "enscons.api"),
];
/// What packages a project that names no backend.
pub const DEFAULT: &str = "hatchling.build";

/// The inner backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inner {
    /// `module` or `module:object`, as in `build-backend` (PEP 517).
    pub spec: String,
    /// In-tree directories to import it from, relative to the project (PEP 517 `backend-path`).
    pub backend_path: Vec<String>,
    /// Who named it; [`Origin::Default`] also if it was found among the build requirements.
    pub origin: Origin,
}

/// The config setting > `inner_backend` > the one known backend among the build requirements >
/// hatchling.
pub fn resolve(config: &Config) -> Result<Inner, Error> {
    let backend_path = config.expand_all(&config.backend_path)?;
    let text = match &config.inner_backend {
        Some(found) => found.value.clone(),
        None => {
            let found = from_requires(&config.build_requires)?.unwrap_or(DEFAULT);
            Text::of("inner_backend", found, Origin::Default)
        }
    };
    let spec = config.expand(&text)?;
    check(&spec, &text.place)?;
    Ok(Inner { spec, backend_path, origin: text.place.origin })
}

fn check(spec: &str, place: &Place) -> Result<(), Error> {
    let dotted = |path: &str| {
        path.split('.').all(|part| {
            part.chars().all(|c| c.is_alphanumeric() || c == '_')
                && part.chars().next().is_some_and(|first| !first.is_numeric())
        })
    };
    let (module, object) = spec.split_once(':').unwrap_or((spec, "object"));
    if !dotted(module) || !dotted(object) {
        return Err(Error::bad_with(
            place,
            format!("`{spec}` is not the import path of a build backend"),
            "write `module` or `module:object`, for example `hatchling.build`",
        ));
    }
    if is_ours(module) {
        return Err(Error::InnerIsSelf { place: Box::new(place.clone()), spec: spec.to_owned() });
    }
    Ok(())
}

/// Whether `build-backend` names this program, under either of its names.
pub fn is_ours(spec: &str) -> bool {
    let module = spec.split(':').next().unwrap_or(spec);
    matches!(module.split('.').next(), Some("headerkit" | "headerkit_backend"))
}

/// What is wrong where `build-backend` names the distribution in place of the module: front ends end in a SyntaxError of
/// Python then, or do not find the module.
pub fn misspelled(spec: &str) -> Option<String> {
    (!is_ours(spec) && is_ours(&spec.replace('-', "_").to_lowercase())).then(|| {
        format!("`build-backend = \"{spec}\"` names no module of Python, so that no front end can build this project")
    })
}

/// The distribution that a known backend comes from.
pub fn distribution_of(spec: &str) -> Option<&'static str> {
    let module = spec.split(':').next().unwrap_or(spec);
    KNOWN.iter().find(|(_, known)| *known == module).map(|(name, _)| *name)
}

/// The import path of the known backend of a distribution, whose name may be spelled in any way.
pub fn module_of(name: &str) -> Option<&'static str> {
    let name = distribution(name)?;
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, module)| *module)
}

/// Whether build requirements name a distribution.
pub fn is_required(requires: &[String], name: &str) -> bool {
    requires.iter().any(|requirement| distribution(requirement).as_deref() == Some(name))
}

/// The one known backend among build requirements; hatchling if it is one of several.
pub fn from_requires(requires: &[String]) -> Result<Option<&'static str>, Error> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for requirement in requires {
        let name = distribution(requirement);
        let known = KNOWN.iter().find(|(known, _)| name.as_deref() == Some(*known));
        found.extend(known.filter(|known| !found.contains(known)));
    }
    match found.as_slice() {
        [] => Ok(None),
        [(_, module)] => Ok(Some(module)),
        several if several.iter().any(|(name, _)| *name == "hatchling") => Ok(Some(DEFAULT)),
        several => Err(Error::SeveralInner {
            candidates: several.iter().map(|(name, _)| name.to_string()).collect(),
            example: several[0].1.to_owned(),
        }),
    }
}

/// The normalised name of a requirement (PEP 503), which is what it begins with (PEP 508). What follows is the front
/// end's to read and to complain about: all of `pep508_rs` for it would bring in a sixth of the binary, since it looks
/// for variables in addresses with regular expressions.
fn distribution(requirement: &str) -> Option<String> {
    let end = |c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c);
    let name = requirement.trim().split(end).next()?;
    PackageName::new(name.to_owned()).ok().map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, with};
    use super::*;
    use crate::config::{Overrides, Valued};
    use crate::diagnostics::Hint;

    fn inner(requires: &str, table: &str) -> Result<Inner, String> {
        let text = format!("[build-system]\nrequires = [{requires}]\n[tool.headerkit]\n{table}");
        resolve(&config(&text).unwrap()).map_err(|error| format!("{error}\n{}", error.hints().join("\n")))
    }

    #[test]
    fn build_requirements_name_the_backend() {
        for (requires, expected) in [
            ("", "hatchling.build"),
            ("'headerkit'", "hatchling.build"),
            ("'headerkit', 'hatchling', 'hatch-vcs'", "hatchling.build"),
            ("'headerkit', 'flit_core >=3.2,<4'", "flit_core.buildapi"),
            ("'headerkit', 'Flit.Core[x]; python_version < \"3\"'", "flit_core.buildapi"),
            ("'setuptools>=61', 'cffi', 'setuptools'", "setuptools.build_meta"),
            ("'pdm-backend'", "pdm.backend"),
            ("'poetry_core'", "poetry.core.masonry.api"),
            ("'uv_build>=0.5,<0.9'", "uv_build"),
            ("'scikit-build-core @ https://example.org/x.whl'", "scikit_build_core.build"),
            ("'meson-python'", "mesonpy"),
            ("'maturin ??? 1'", "maturin"),
            ("'setuptools', 'hatchling'", "hatchling.build"),
        ] {
            let inner = inner(requires, "").unwrap();
            assert_eq!((inner.spec.as_str(), inner.origin), (expected, Origin::Default), "{requires}");
        }
        let error = inner("'headerkit', 'setuptools', 'scikit-build-core'", "").unwrap_err();
        assert!(error.contains("several build backends: setuptools, scikit-build-core"), "{error}");
        assert!(error.contains("inner_backend = \"setuptools.build_meta\""), "{error}");
    }

    #[test]
    fn a_named_backend_wins() {
        let found =
            inner("'setuptools'", "inner-backend = 'my_build:api'\nbackend-path = ['tools']").unwrap();
        assert_eq!(found.spec, "my_build:api");
        assert_eq!(found.backend_path, ["tools"]);
        assert!(matches!(found.origin, Origin::File { line: 4, .. }), "{:?}", found.origin);
        let setting =
            Valued::new("flit_core.buildapi".to_owned(), Origin::ConfigSetting("inner-backend".into()));
        let overrides = Overrides { inner_backend: Some(setting), ..Overrides::default() };
        let config = with("[tool.headerkit]\ninner_backend = 'a'", overrides, &[]).unwrap();
        assert_eq!(resolve(&config).unwrap().spec, "flit_core.buildapi");
    }

    #[test]
    fn ourselves_and_nonsense_are_refused() {
        for own in ["headerkit", "headerkit.build_backend", "headerkit_backend", "headerkit_backend.x:y"] {
            let error = inner("", &format!("inner_backend = '{own}'")).unwrap_err();
            assert!(error.contains("cannot be its own inner backend"), "{error}");
        }
        assert!(inner("", "inner_backend = 'headerkit_other'").is_ok());
        for bad in ["", "hatch ling", "a..b", "a:", "../x", "1a"] {
            let error = inner("", &format!("inner_backend = '{bad}'")).unwrap_err();
            assert!(error.contains("is not the import path"), "{error}");
        }
    }
}
