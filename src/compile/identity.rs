//! What a compiler calls itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::dialect::file_name;
use super::{Extension, Toolchain};
use crate::fsutil;

/// File with the answers of compilers, so that each is asked once.
const KNOWN: &str = "compilers.json";

/// Name and version of a compiler.
pub type Identity = (String, Option<String>);

impl Toolchain {
    /// Name and version of the compiler of a module. It is started only if it, or its program, has changed since it
    /// was asked; the answers lie in `build_dir`.
    pub fn identify(&self, extension: &Extension, build_dir: &Path) -> Identity {
        if let Some(version) = self.identity.strip_prefix("zig ") {
            return ("zig".into(), Some(version.to_owned()));
        }
        let words = self.leading(extension);
        let key = fsutil::sha256(format!("{}\0{}", self.identity, words.join("\0")).as_bytes());
        let file = build_dir.join(KNOWN);
        let text = fs_err::read(&file).unwrap_or_default();
        let mut known: BTreeMap<String, Identity> = serde_json::from_slice(&text).unwrap_or_default();
        if let Some(identity) = known.get(&key) {
            return identity.clone();
        }
        let identity = read(&self.ask(words), words.last().map_or("", String::as_str));
        known.insert(key, identity.clone());
        if let Ok(text) = serde_json::to_vec(&known) {
            // Without it the question is asked again.
            drop(fsutil::write_atomic(&file, &text));
        }
        identity
    }

    /// What a compiler answers to `--version`; nothing if it does not. Microsoft's says what it is before it complains.
    fn ask(&self, words: &[String]) -> String {
        let Some((program, arguments)) = words.split_first() else { return String::new() };
        let mut command = Command::new(program);
        command.args(arguments).arg("--version").envs(self.variables.iter().cloned());
        let Ok(output) = command.env("LC_ALL", "C").stdin(Stdio::null()).output() else {
            return String::new();
        };
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()
    }
}

/// `gcc` and `12.2.0` of `cc (Debian 12.2.0-14) 12.2.0` and the copyright below; `clang` and `14.0.6` of `Debian clang
/// version 14.0.6`. Others are called as their program is.
fn read(said: &str, program: &str) -> Identity {
    let first = said.lines().next().unwrap_or_default();
    let version =
        |word: &&str| word.starts_with(|digit: char| digit.is_ascii_digit()) && word.contains(['.', '-']);
    let plain = |word: &str| word.split(['-', '+', '~']).next().unwrap_or_default().to_owned();
    if let Some((_, behind)) = first.split_once("clang version ") {
        return ("clang".into(), behind.split_whitespace().find(version).map(plain));
    }
    // The vendor's own version stands in parentheses, which may be followed by a date.
    let behind = first.rsplit_once(") ").map_or(first, |(_, behind)| behind);
    let found = behind.split_whitespace().find(version).map(plain);
    if said.contains("Free Software Foundation") {
        return ("gcc".into(), found);
    }
    if first.starts_with("Microsoft") {
        return ("msvc".into(), found);
    }
    (file_name(program).to_owned(), found)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn compilers_are_known_by_what_they_say() {
        let name = |said: &str| {
            let (name, version) = read(said, "/usr/bin/cc");
            format!("{name} {}", version.unwrap_or_default())
        };
        let copyright = "\nCopyright (C) 2022 Free Software Foundation, Inc.";
        assert_eq!(name(&format!("cc (Debian 12.2.0-14+deb12u1) 12.2.0{copyright}")), "gcc 12.2.0");
        assert_eq!(name(&format!("gcc (GCC) 8.5.0 20210514 (Red Hat 8.5.0-28){copyright}")), "gcc 8.5.0");
        assert_eq!(name(&format!("x86_64-w64-mingw32-gcc (GCC) 12-win32{copyright}")), "gcc 12");
        assert_eq!(name("Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu"), "clang 14.0.6");
        assert_eq!(name("Ubuntu clang version 18.1.3 (1ubuntu1)"), "clang 18.1.3");
        assert_eq!(name("Apple clang version 15.0.0 (clang-1500.3.9.4)"), "clang 15.0.0");
        let cl = "Microsoft (R) C/C++ Optimizing Compiler Version 19.44.35207 for x64";
        assert_eq!(name(cl), "msvc 19.44.35207");
        assert_eq!(name("something else"), "cc ");
    }
}
