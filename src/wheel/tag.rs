//! Compatibility tags: compressed sets (PEP 425) and the baseline platform tag of a target.

use std::fmt;

use super::Error;
use crate::target::Target;

/// A compressed tag set such as `py2.py3-none-any`; the order within each part is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSet {
    /// Python tags.
    pub python: Vec<String>,
    /// ABI tags.
    pub abi: Vec<String>,
    /// Platform tags.
    pub platform: Vec<String>,
}

impl TagSet {
    /// Reads `python-abi-platform`, each part maybe several tags joined by `.`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parts: Vec<Vec<String>> =
            text.split('-').map(|part| part.split('.').map(str::to_owned).collect()).collect();
        if parts.iter().flatten().any(|tag| tag.is_empty()) {
            return Err(Error::Tag(text.to_owned()));
        }
        let [python, abi, platform] =
            <[Vec<String>; 3]>::try_from(parts).map_err(|_| Error::Tag(text.to_owned()))?;
        Ok(TagSet { python, abi, platform })
    }

    /// Every single tag that the set stands for, as the `Tag` lines of WHEEL list them.
    pub fn expand(&self) -> Vec<String> {
        let mut tags = Vec::new();
        for python in &self.python {
            for abi in &self.abi {
                for platform in &self.platform {
                    tags.push(format!("{python}-{abi}-{platform}"));
                }
            }
        }
        tags
    }

    /// Whether it is for a target's system and processor.
    pub fn is_for(&self, target: &Target) -> bool {
        let plain = compiled_platform_tag(target, None, Some((11, 0)), false).unwrap_or_default();
        let (system, arch) = match plain.strip_prefix("macosx_11_0_") {
            Some(arch) => ("macosx", arch),
            None => plain.split_once('_').unwrap_or(("", &plain)),
        };
        self.platform.iter().any(|platform| platform.contains(system) && platform.ends_with(arch))
    }

    /// Whether it installs on every platform.
    pub fn is_any(&self) -> bool {
        self.platform.iter().any(|platform| platform == "any")
    }
}

impl fmt::Display for TagSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python.join("."), self.abi.join("."), self.platform.join("."))
    }
}

/// The platform tag that a wheel without compiled code gets if its contents are true for one target
/// only: the oldest system that installers know for it. `None` where there is no such tag.
pub fn platform_tag(target: &Target) -> Option<String> {
    match (target.os(), target.env(), target.arch()) {
        ("linux", "gnu", "riscv64") => Some("manylinux_2_31_riscv64".into()),
        ("linux", "gnu", "loongarch64") => Some("manylinux_2_36_loongarch64".into()),
        ("linux", env, arch) => {
            let arch = linux_arch(arch, env)?;
            Some(if target.is_musl() {
                format!("musllinux_1_1_{arch}")
            } else {
                // pip before 20.3 knows the older name only (PEP 600).
                format!("manylinux_2_17_{arch}.manylinux2014_{arch}")
            })
        }
        ("macos", _, "x86_64") => Some("macosx_10_9_x86_64".into()),
        ("macos", _, "aarch64") => Some("macosx_11_0_arm64".into()),
        ("windows", _, "x86_64") => Some("win_amd64".into()),
        ("windows", _, "i686") => Some("win32".into()),
        ("windows", _, "aarch64") => Some("win_arm64".into()),
        _ => None,
    }
}

/// The platform tag of a wheel with compiled modules: the oldest systems that can load them. `glibc` is the minor
/// version of the oldest glibc 2, `macos` that of the oldest macOS; a module that is not `self_contained` needs
/// libraries of its own system. `None` where there is no such tag.
pub fn compiled_platform_tag(
    target: &Target,
    glibc: Option<u32>,
    macos: Option<(u32, u32)>,
    self_contained: bool,
) -> Option<String> {
    let oldest = platform_tag(target);
    match (target.os(), macos) {
        ("linux", _) => {
            let arch = linux_arch(target.arch(), target.env())
                .or_else(|| Some(target.arch()).filter(|arch| matches!(*arch, "riscv64" | "loongarch64")))?;
            if !self_contained {
                return Some(format!("linux_{arch}"));
            }
            if target.is_musl() {
                return Some(format!("musllinux_1_2_{arch}"));
            }
            // Installers of an architecture know no tag that is older than its first one.
            let first = match arch {
                "riscv64" => 31,
                "loongarch64" => 36,
                _ => 17,
            };
            match glibc.unwrap_or_default() {
                minor if minor <= first => oldest,
                minor => Some(format!("manylinux_2_{minor}_{arch}")),
            }
        }
        ("macos", Some((major, minor))) => {
            let arch = if target.arch() == "aarch64" { "arm64" } else { target.arch() };
            // From macOS 11 on tags have only the major version.
            let minor = if major > 10 { 0 } else { minor };
            Some(format!("macosx_{major}_{minor}_{arch}"))
        }
        _ => oldest,
    }
}

/// Python's name of the architecture. The environment must be that of the C library which the tag
/// promises: `gnueabi` (soft float) and `android` are other ABIs.
fn linux_arch(arch: &str, env: &str) -> Option<&'static str> {
    match (arch, env) {
        ("armv7", "gnueabihf" | "musleabihf") => Some("armv7l"),
        ("x86_64", "gnu" | "musl") => Some("x86_64"),
        ("i686", "gnu" | "musl") => Some("i686"),
        ("aarch64", "gnu" | "musl") => Some("aarch64"),
        ("powerpc64le", "gnu" | "musl") => Some("ppc64le"),
        ("s390x", "gnu" | "musl") => Some("s390x"),
        ("riscv64", "musl") => Some("riscv64"),
        ("loongarch64", "musl") => Some("loongarch64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_expands_to_every_combination() {
        let tags = TagSet::parse("py2.py3-none-linux_x.linux_y").unwrap();
        assert_eq!(
            tags.expand(),
            ["py2-none-linux_x", "py2-none-linux_y", "py3-none-linux_x", "py3-none-linux_y"]
        );
        assert!(TagSet::parse("py3-none").is_err() && TagSet::parse("py3-none-a-b").is_err());
    }

    #[test]
    fn compiled_modules_have_the_tag_of_what_they_need() {
        let tag = |target: &str, glibc, macos, contained| {
            compiled_platform_tag(&Target::parse(target).unwrap(), glibc, macos, contained)
        };
        let baseline = "manylinux_2_17_x86_64.manylinux2014_x86_64";
        assert_eq!(tag("linux/amd64", Some(14), None, true).as_deref(), Some(baseline));
        assert_eq!(tag("linux/amd64", Some(34), None, true).as_deref(), Some("manylinux_2_34_x86_64"));
        assert_eq!(tag("linux/riscv64", Some(27), None, true).as_deref(), Some("manylinux_2_31_riscv64"));
        assert_eq!(tag("linux/riscv64", Some(35), None, true).as_deref(), Some("manylinux_2_35_riscv64"));
        assert_eq!(tag("linux/amd64", Some(14), None, false).as_deref(), Some("linux_x86_64"));
        assert_eq!(tag("linux/amd64/musl", None, None, true).as_deref(), Some("musllinux_1_2_x86_64"));
        assert_eq!(
            tag("arm64-apple-darwin", None, Some((14, 2)), true).as_deref(),
            Some("macosx_14_0_arm64")
        );
        assert_eq!(
            tag("x86_64-apple-darwin", None, Some((10, 13)), true).as_deref(),
            Some("macosx_10_13_x86_64")
        );
        assert_eq!(tag("windows/amd64", None, None, true).as_deref(), Some("win_amd64"));
    }

    #[test]
    fn targets_have_their_baseline() {
        let cases = [
            ("x86_64-linux-gnu", Some("manylinux_2_17_x86_64.manylinux2014_x86_64")),
            ("linux/386", Some("manylinux_2_17_i686.manylinux2014_i686")),
            ("linux/arm64", Some("manylinux_2_17_aarch64.manylinux2014_aarch64")),
            ("linux/arm/v7", Some("manylinux_2_17_armv7l.manylinux2014_armv7l")),
            ("linux/ppc64le", Some("manylinux_2_17_ppc64le.manylinux2014_ppc64le")),
            ("linux/s390x", Some("manylinux_2_17_s390x.manylinux2014_s390x")),
            ("linux/riscv64", Some("manylinux_2_31_riscv64")),
            ("loongarch64-linux-gnu", Some("manylinux_2_36_loongarch64")),
            ("linux/amd64/musl", Some("musllinux_1_1_x86_64")),
            ("linux/arm/v7/musl", Some("musllinux_1_1_armv7l")),
            ("linux/riscv64/musl", Some("musllinux_1_1_riscv64")),
            ("x86_64-apple-darwin", Some("macosx_10_9_x86_64")),
            ("arm64-apple-darwin", Some("macosx_11_0_arm64")),
            ("windows/amd64", Some("win_amd64")),
            ("windows/386", Some("win32")),
            ("windows/arm64", Some("win_arm64")),
            ("x86_64-unknown-freebsd", None),
            ("aarch64-linux-android", None),
            ("armv7-linux-gnueabi", None),
            ("mips64-linux-gnu", None),
        ];
        for (target, tag) in cases {
            assert_eq!(platform_tag(&Target::parse(target).unwrap()).as_deref(), tag, "{target}");
        }
    }
}
