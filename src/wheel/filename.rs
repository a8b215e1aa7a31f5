//! Wheel file names (PEP 427).

use std::fmt;

use super::{Error, TagSet};

/// `{distribution}-{version}(-{build})?-{python}-{abi}-{platform}.whl`, components as spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFilename {
    /// Distribution name with `_` for `-`.
    pub distribution: String,
    /// Version.
    pub version: String,
    /// Build tag, which starts with a digit.
    pub build: Option<String>,
    /// Compressed tag set.
    pub tags: TagSet,
}

impl WheelFilename {
    /// Reads a file name without its directory.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let fail = || Error::Filename(name.to_owned());
        let stem = name.strip_suffix(".whl").ok_or_else(fail)?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (build, tags) = match parts.len() {
            5 => (None, &parts[2..]),
            6 => (Some(parts[2].to_owned()), &parts[3..]),
            _ => return Err(fail()),
        };
        let build_ok = build.as_ref().is_none_or(|build| build.starts_with(|c: char| c.is_ascii_digit()));
        if !build_ok || parts.iter().any(|part| part.is_empty()) || name.contains(['/', '\\']) {
            return Err(fail());
        }
        Ok(WheelFilename {
            distribution: parts[0].into(),
            version: parts[1].into(),
            build,
            tags: TagSet::parse(&tags.join("-")).map_err(|_| fail())?,
        })
    }
}

impl fmt::Display for WheelFilename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.distribution, self.version)?;
        if let Some(build) = &self.build {
            write!(f, "-{build}")?;
        }
        write!(f, "-{}.whl", self.tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for name in [
            "demo-1.0-py3-none-any.whl",
            "demo_x-1.0+local.1-2abc-py2.py3-none-any.whl",
            "numpy-2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        ] {
            assert_eq!(WheelFilename::parse(name).unwrap().to_string(), name);
        }
        let name = WheelFilename::parse("a-1-7b-py3-none-any.whl").unwrap();
        assert_eq!((name.build.as_deref(), name.tags.is_any()), (Some("7b"), true));
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "demo-1.0-py3-none-any.zip",
            "demo-1.0-py3-none.whl",
            "a-1-b-py3-none-any.whl",
            "a-1-1-1-py3-none-any.whl",
            "a--py3-none-any.whl",
            "x/a-1-py3-none-any.whl",
            "a-1-py3..py2-none-any.whl",
        ] {
            assert!(WheelFilename::parse(name).is_err(), "{name}");
        }
    }
}
