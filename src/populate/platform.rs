//! The platforms that can be asked for.

use super::Error;
use crate::config::{Text, nearest};
use crate::target::{PLATFORMS, Target};

/// The target of a platform, which may also be spelled `linux/x86_64` or `darwin/arm64`.
pub fn target(platform: &str) -> Result<Target, Error> {
    let unknown = || Error::UnknownPlatform {
        platform: platform.to_owned(),
        nearest: nearest(platform, PLATFORMS.iter().copied()),
        place: None,
    };
    let target = Target::parse(platform).map_err(|_| unknown())?;
    let is_known = PLATFORMS.iter().any(|known| Target::parse(known).is_ok_and(|known| known == target));
    if platform.contains('/') && is_known { Ok(target) } else { Err(unknown()) }
}

/// The platform of a configuration, an error of which says where it is.
pub fn configured(written: &str, text: &Text) -> Result<Target, Error> {
    target(written).map_err(|Error::UnknownPlatform { platform, nearest, .. }| Error::UnknownPlatform {
        platform,
        nearest,
        place: Some(Box::new(text.place.clone())),
    })
}

/// The platform that a target is, if it is one.
pub fn of_target(target: &Target) -> Option<&'static str> {
    PLATFORMS.iter().copied().find(|name| Target::parse(name).is_ok_and(|known| known == *target))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_platform_is_a_target_of_its_own() {
        let targets: BTreeSet<String> =
            PLATFORMS.iter().map(|platform| target(platform).unwrap().to_string()).collect();
        assert_eq!(targets.len(), PLATFORMS.len());
        for spelling in ["linux/x86_64", "linux/arm64/v8", "darwin/arm64", "Linux/AMD64"] {
            assert!(target(spelling).is_ok(), "{spelling}");
        }
    }

    #[test]
    fn others_are_refused_with_the_nearest_name() {
        for (platform, expected) in [
            ("linux/amd46", Some("linux/amd64")),
            ("macos/arm46", Some("macos/arm64")),
            ("linux/mips64", Some("linux/amd64")),
            ("x86_64-linux-gnu", None),
        ] {
            match target(platform) {
                Err(Error::UnknownPlatform { nearest, .. }) if expected.is_some() => {
                    assert!(nearest.is_some(), "{platform}");
                    assert!(platform == "linux/mips64" || nearest.as_deref() == expected, "{nearest:?}");
                }
                Err(Error::UnknownPlatform { .. }) => {}
                other => panic!("{platform}: {other:?}"),
            }
        }
    }
}
