//! Target triples: one canonical form `arch-os-env` for every key, whatever the vendor field, the
//! Darwin release or the spelling said.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostics::closest;

/// The platforms that stores are filled for: Docker's names, with `/musl` for the other C library, and the systems that Docker does not have.
pub const PLATFORMS: &[&str] = &[
    "linux/amd64",
    "linux/arm64",
    "linux/386",
    "linux/arm/v7",
    "linux/riscv64",
    "linux/ppc64le",
    "linux/s390x",
    "linux/amd64/musl",
    "linux/arm64/musl",
    "linux/386/musl",
    "linux/arm/v7/musl",
    "linux/riscv64/musl",
    "linux/ppc64le/musl",
    "linux/s390x/musl",
    "macos/amd64",
    "macos/arm64",
    "windows/amd64",
    "windows/arm64",
    "windows/386",
];

/// Environments of Linux without what may stand behind them, such as the float ABI.
const LINUX_ENVIRONMENTS: &[&str] = &["gnu", "musl", "uclibc", "android", "ohos"];
/// What may stand behind them.
const ABIS: &[&str] = &["", "eabi", "eabihf", "f32", "f64", "sf", "abi64"];
/// Those of 64-bit processors with pointers of 32 bits, whose layouts no writer knows.
const NARROW_ABIS: &[&str] = &["x32", "abin32", "_ilp32"];

/// A canonical target such as `x86_64-linux-gnu`, `aarch64-macos` or `x86_64-windows-msvc`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    arch: String,
    os: String,
    env: String,
}

/// Why a text is not a target.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No target at all.
    #[error("`{0}` is not a target triple")]
    NoTriple(String),
    /// One that no output could be true for.
    #[error("there are no bindings for `{0}`: its pointers have 32 bits on a 64-bit processor")]
    Narrow(String),
}

/// The platform or target that looks most like a text.
fn nearest(text: &str) -> Option<String> {
    let known = PLATFORMS.iter().filter_map(|name| Target::parse(name).ok());
    let known = known.map(|target| target.to_string()).collect::<Vec<_>>();
    let names = PLATFORMS.iter().copied().chain(known.iter().map(String::as_str));
    closest(text, names)
}

impl crate::diagnostics::Hint for Error {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Error::NoTriple(text) => match nearest(text) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "write it as ARCH-OS-ENV, for example `aarch64-unknown-linux-gnu`, `x86_64-linux-musl`, \
                         `arm64-apple-darwin` or `x86_64-pc-windows-msvc`"
                        .into()
                }
            },
            Error::Narrow(_) => {
                "name a target with the usual ABI of its processor, such as `x86_64-linux-gnu`".into()
            }
        };
        vec![hint]
    }
}

impl Target {
    /// Reads a triple in any common spelling, or Docker's `linux/arm64` form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fail = || Error::NoTriple(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        if lower.is_empty() || !lower.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) {
            return Err(fail());
        }
        if lower.contains('/') {
            return Self::from_platform(&lower).ok_or_else(fail);
        }
        let mut parts = lower.split('-');
        let arch = canonical_arch(parts.next().unwrap_or_default()).ok_or_else(fail)?;
        let rest: Vec<&str> = parts.collect();
        let position = rest.iter().position(|part| canonical_os(part).is_some()).ok_or_else(fail)?;
        let os = canonical_os(rest[position]).ok_or_else(fail)?;
        let env_text = rest.get(position + 1).copied().unwrap_or_default();
        if rest.len() > position + 2 || position > 1 {
            return Err(fail());
        }
        if os == "linux" && NARROW_ABIS.iter().any(|abi| env_text.ends_with(abi)) {
            return Err(Error::Narrow(text.to_owned()));
        }
        let env = canonical_env(os, rest[position], env_text, &arch);
        Ok(Target { arch, os: os.into(), env })
    }

    /// Docker's platform notation, with `/musl` allowed at the end.
    fn from_platform(text: &str) -> Option<Self> {
        let mut parts: Vec<&str> = text.split('/').collect();
        let musl = parts.last() == Some(&"musl");
        if musl {
            parts.pop();
        }
        let (os, arch) = match parts.as_slice() {
            ["linux", "arm", "v7"] => ("linux", "armv7"),
            ["linux", "arm64", "v8"] => ("linux", "aarch64"),
            [os, arch] => (*os, *arch),
            _ => return None,
        };
        let arch = canonical_arch(arch)?;
        let os = canonical_os(os)?;
        let env = canonical_env(os, os, if musl { "musl" } else { "" }, &arch);
        Some(Target { arch, os: os.into(), env })
    }

    /// The architecture: `x86_64`, `aarch64`, `i686`, `armv7`, ...
    pub fn arch(&self) -> &str {
        &self.arch
    }

    /// The operating system: `linux`, `macos`, `windows`, ...
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The environment: `gnu`, `musl`, `gnueabihf`, `msvc`, or empty.
    pub fn env(&self) -> &str {
        &self.env
    }

    /// Whether the environment is one that exists. Others are targets too: what is not known need not be wrong.
    pub fn has_known_env(&self) -> bool {
        self.os != "linux" || is_linux_env(&self.env)
    }

    /// Whether the C library is musl.
    pub fn is_musl(&self) -> bool {
        self.env.starts_with("musl")
    }

    /// Whether a word of a configuration means this target: a system (`linux`), an architecture (`arm64`), `musl`, or a
    /// whole target in any spelling (`linux/arm64/musl`). `None` for a word that means no target at all.
    pub fn is_meant_by(&self, word: &str) -> Option<bool> {
        let lower = word.to_ascii_lowercase();
        if let Some(os) = canonical_os(&lower) {
            return Some(self.os == os);
        }
        if let Some(arch) = canonical_arch(&lower) {
            return Some(self.arch == arch);
        }
        if lower == "musl" {
            return Some(self.is_musl());
        }
        Target::parse(word).ok().map(|target| target == *self)
    }

    /// The directory below `usr/include` where Debian keeps the architecture's own headers.
    pub fn multiarch(&self) -> String {
        match self.arch.as_str() {
            "i686" => format!("i386-{}-{}", self.os, self.env),
            "armv7" | "armv6" => format!("arm-{}-{}", self.os, self.env),
            _ => self.to_string(),
        }
    }

    /// The triple that clang understands.
    pub fn clang_triple(&self) -> String {
        let Target { arch, os, env } = self;
        match os.as_str() {
            "macos" => format!("{}-apple-macosx", if arch == "aarch64" { "arm64" } else { arch }),
            "windows" => format!("{arch}-pc-windows-{env}"),
            _ if env.is_empty() => format!("{arch}-unknown-{os}"),
            _ => format!("{arch}-unknown-{os}-{env}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.arch, self.os)?;
        if !self.env.is_empty() {
            write!(f, "-{}", self.env)?;
        }
        Ok(())
    }
}

fn canonical_arch(text: &str) -> Option<String> {
    let arch = match text {
        "x86_64" | "amd64" | "x64" => "x86_64",
        "aarch64" | "arm64" | "arm64e" => "aarch64",
        "i386" | "i486" | "i586" | "i686" | "x86" | "386" => "i686",
        "armv7" | "armv7l" | "armv7a" | "armhf" => "armv7",
        "powerpc64le" | "ppc64le" => "powerpc64le",
        "powerpc64" | "ppc64" => "powerpc64",
        "riscv64" | "riscv64gc" => "riscv64",
        "armv6" | "armv6l" => "armv6",
        "arm" | "s390x" | "loongarch64" | "wasm32" | "sparc64" | "mips64" | "mips64el" | "mips"
        | "mipsel" => text,
        _ => return None,
    };
    Some(arch.into())
}

fn canonical_os(text: &str) -> Option<&'static str> {
    let name = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match name {
        "linux" => "linux",
        "darwin" | "macos" | "macosx" => "macos",
        "ios" => "ios",
        "windows" | "win" | "mingw" => "windows",
        "freebsd" => "freebsd",
        "openbsd" => "openbsd",
        "netbsd" => "netbsd",
        "emscripten" => "emscripten",
        "wasi" => "wasi",
        "cygwin" => "cygwin",
        _ => return None,
    })
}

fn is_linux_env(env: &str) -> bool {
    let mut abis = LINUX_ENVIRONMENTS.iter().filter_map(|name| env.strip_prefix(name));
    abis.any(|abi| ABIS.contains(&abi))
}

fn canonical_env(os: &str, spelled_os: &str, env: &str, arch: &str) -> String {
    match os {
        "linux" if env.is_empty() && arch == "armv7" => "gnueabihf".into(),
        "linux" if env == "musl" && arch == "armv7" => "musleabihf".into(),
        "linux" if env.is_empty() => "gnu".into(),
        "linux" if is_linux_env(env) => env.into(),
        // A version stands behind it.
        "linux" => env.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').into(),
        "windows" if spelled_os.starts_with("mingw") || env.starts_with("gnu") => "gnu".into(),
        "windows" => "msvc".into(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_systems_architectures_and_platforms() {
        let meant = |target: &str, word: &str| Target::parse(target).unwrap().is_meant_by(word);
        for word in ["linux", "Linux", "amd64", "x86_64", "linux/amd64", "x86_64-unknown-linux-gnu"] {
            assert_eq!(meant("linux/amd64", word), Some(true), "{word}");
        }
        for word in ["macos", "windows", "arm64", "386", "musl", "linux/amd64/musl", "macos/amd64"] {
            assert_eq!(meant("linux/amd64", word), Some(false), "{word}");
        }
        assert_eq!(meant("linux/arm64/musl", "musl"), Some(true));
        assert_eq!(meant("linux/arm64/musl", "linux/arm64"), Some(false));
        for word in ["windoze", "", "*", "linux/*", "gnu"] {
            assert_eq!(meant("linux/amd64", word), None, "{word}");
        }
    }

    #[test]
    fn spellings_of_one_target_are_equal() {
        let cases = [
            (
                "x86_64-linux-gnu",
                "x86_64-pc-linux-gnu x86_64-unknown-linux-gnu x86_64-conda-linux-gnu x86_64-conda_cos6-linux-gnu linux/amd64 X86_64-redhat-linux x86_64-linux-gnu",
            ),
            ("x86_64-linux-musl", "x86_64-alpine-linux-musl x86_64-linux-musl linux/amd64/musl"),
            (
                "aarch64-macos",
                "arm64-apple-darwin24.4.0 aarch64-apple-darwin arm64-apple-macosx11.0.0 macos/arm64",
            ),
            ("x86_64-windows-msvc", "x86_64-pc-windows-msvc windows/amd64"),
            ("x86_64-windows-gnu", "x86_64-w64-mingw32 x86_64-w64-windows-gnu"),
            ("armv7-linux-gnueabihf", "armv7l-unknown-linux-gnueabihf linux/arm/v7"),
            ("i686-linux-gnu", "i686-pc-linux-gnu linux/386 i386-linux-gnu"),
            ("mips64el-linux-gnuabi64", "mips64el-unknown-linux-gnuabi64"),
            ("aarch64-linux-gnu", "aarch64-linux-gnu.2.17 aarch64-linux-gnu2.28"),
        ];
        for (canonical, spellings) in cases {
            for spelling in spellings.split(' ') {
                assert_eq!(Target::parse(spelling).unwrap().to_string(), canonical, "{spelling}");
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "x86_64",
            "linux",
            "../x-linux-gnu",
            "x86_64-a-b-linux-gnu",
            "linux/foo",
            "toaster-linux-gnu",
        ] {
            assert!(matches!(Target::parse(text), Err(Error::NoTriple(_))), "{text}");
        }
        for text in ["x86_64-linux-gnux32", "x86_64-unknown-linux-muslx32", "mips64-linux-gnuabin32"] {
            assert!(matches!(Target::parse(text), Err(Error::Narrow(_))), "{text}");
        }
    }

    #[test]
    fn every_platform_has_a_known_environment() {
        for text in PLATFORMS.iter().chain(&["arm-linux-gnueabi", "x86_64-linux-android", "x86_64-freebsd"]) {
            assert!(Target::parse(text).unwrap().has_known_env(), "{text}");
        }
        assert!(!Target::parse("x86_64-linux-gnuu").unwrap().has_known_env());
    }

    #[test]
    fn clang_gets_a_full_triple() {
        assert_eq!(Target::parse("arm64-apple-darwin23").unwrap().clang_triple(), "arm64-apple-macosx");
        assert_eq!(Target::parse("linux/arm64").unwrap().clang_triple(), "aarch64-unknown-linux-gnu");
    }
}
