//! What modules are compiled for.

use crate::sysroot;
use crate::target::{self, Target};

/// The release of macOS that modules are compiled for where nothing says which, by architecture.
const MACOS: [(&str, (u32, u32)); 2] = [("x86_64", (10, 13)), ("aarch64", (11, 0))];

/// A target, and how old its systems may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// The target.
    pub target: Target,
    /// The oldest glibc or macOS that was asked for, as major and minor version.
    pub oldest: Option<(u32, u32)>,
    /// Whether the building interpreter runs on it.
    pub is_native: bool,
}

impl Platform {
    /// Reads what is configured, such as `aarch64-unknown-linux-gnu.2.17`, `linux/arm64` or `arm64-apple-macosx11.0`;
    /// nothing means the machine of the building interpreter.
    pub fn new(native: &Target, configured: Option<&str>) -> Result<Self, target::Error> {
        let Some(text) = configured else {
            return Ok(Platform { target: native.clone(), oldest: None, is_native: true });
        };
        let target = Target::parse(text)?;
        // The numbers of `darwin` count kernels, those of `linux/arm64` bits.
        let is_numbered = !text.contains('/') && !text.contains("darwin") && !target.is_musl();
        let oldest = release(text).filter(|_| is_numbered);
        let is_native = target == *native;
        Ok(Platform { target, oldest, is_native })
    }

    /// The target as zig spells it, with the oldest C library or system to support; `None` where zig has none.
    pub(super) fn zig_triple(&self, deployment_target: Option<&str>) -> Option<String> {
        let target = &self.target;
        let arch = match target.arch() {
            "i686" => "x86",
            "armv7" | "armv6" => "arm",
            arch => arch,
        };
        match target.os() {
            "linux" if target.is_musl() => Some(format!("{arch}-linux-{}", target.env())),
            "linux" => {
                let (major, minor) = self.oldest.unwrap_or((2, sysroot::glibc_minor(target.arch())));
                Some(format!("{arch}-linux-{}.{major}.{minor}", target.env()))
            }
            "macos" => {
                let usual = MACOS.iter().find(|(name, _)| *name == arch).map(|(_, version)| *version)?;
                let oldest = self.oldest.or_else(|| release(deployment_target?));
                let (major, minor) = oldest.unwrap_or(usual);
                Some(format!("{arch}-macos.{major}.{minor}"))
            }
            // Modules of mingw load into a Python that Microsoft's compiler has made: C has one ABI there.
            "windows" => Some(format!("{arch}-windows-gnu")),
            _ => None,
        }
    }
}

/// The version at the end of a text.
fn release(text: &str) -> Option<(u32, u32)> {
    let start =
        text.rfind(|letter: char| !letter.is_ascii_digit() && letter != '.').map_or(0, |last| last + 1);
    let mut parts = text[start..].trim_start_matches('.').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next().unwrap_or(Ok(0)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zig_is_told_the_oldest_system() {
        let native = Target::parse("x86_64-linux-gnu").unwrap();
        let triple = |text: &str| Platform::new(&native, Some(text)).unwrap().zig_triple(None).unwrap();
        let cases = [
            ("aarch64-unknown-linux-gnu.2.28", "aarch64-linux-gnu.2.28"),
            ("linux/arm64", "aarch64-linux-gnu.2.17"),
            ("linux/riscv64", "riscv64-linux-gnu.2.27"),
            ("linux/arm/v7", "arm-linux-gnueabihf.2.17"),
            ("linux/386", "x86-linux-gnu.2.17"),
            ("linux/amd64/musl", "x86_64-linux-musl"),
            ("armv7l-linux-musleabihf", "arm-linux-musleabihf"),
            ("aarch64-apple-darwin23.1.0", "aarch64-macos.11.0"),
            ("arm64-apple-macosx14.2", "aarch64-macos.14.2"),
            ("x86_64-macos.10.15", "x86_64-macos.10.15"),
            ("macos/amd64", "x86_64-macos.10.13"),
            ("windows/arm64", "aarch64-windows-gnu"),
            ("i686-pc-windows-msvc", "x86-windows-gnu"),
        ];
        for (text, expected) in cases {
            assert_eq!(triple(text), expected, "{text}");
        }
        let mac = Platform::new(&native, Some("macos/arm64")).unwrap();
        assert_eq!(mac.zig_triple(Some("12")).unwrap(), "aarch64-macos.12.0");
        assert_eq!(mac.zig_triple(Some("newest")).unwrap(), "aarch64-macos.11.0");
        assert!(Platform::new(&native, Some("linux/amd64")).unwrap().is_native);
    }
}
