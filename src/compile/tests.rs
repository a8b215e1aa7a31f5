#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::Python;
use super::toolchain::words;

#[test]
fn suffixes_tell_the_tags() {
    let tags = |version, suffix: &str| {
        let python = Python { version, ext_suffix: suffix.into(), ..Python::default() };
        (python.tag(), python.takes_limited_api(), python.suffix(true).to_owned())
    };
    let tag = |python: &str, abi: &str| (python.to_owned(), abi.to_owned());
    let abi3 = ".abi3.so".to_owned();
    assert_eq!(
        tags((3, 11), ".cpython-311-x86_64-linux-gnu.so"),
        (tag("cp311", "cp311"), true, abi3.clone())
    );
    assert_eq!(tags((3, 13), ".cpython-313t-darwin.so"), (tag("cp313", "cp313t"), false, abi3.clone()));
    assert_eq!(tags((3, 12), ".cp312-win_amd64.pyd"), (tag("cp312", "cp312"), true, ".pyd".into()));
    assert_eq!(tags((3, 14), ".cp314t-win_arm64.pyd"), (tag("cp314", "cp314t"), false, ".pyd".into()));
    assert_eq!(
        tags((3, 10), ".pypy310-pp73-x86_64-linux-gnu.so"),
        (tag("pp310", "pypy310_pp73"), false, abi3.clone())
    );
    // What GraalPy 25.0 says of itself, and what nobody knows.
    assert_eq!(
        tags((3, 12), ".graalpy250-312-native-x86_64-linux.so"),
        (tag("graalpy312", "graalpy250_312_native"), false, abi3)
    );
    let unknown = |ext_suffix: &str| {
        let implementation = Some("unheard".to_owned());
        Python { version: (3, 13), implementation, ext_suffix: ext_suffix.into(), ..Python::default() }.tag()
    };
    assert_eq!(unknown(".unheard-7-x86_64.so"), tag("unheard313", "unheard_7_x86_64"));
    assert_eq!(unknown(".so"), tag("unheard313", "none"));
}

#[test]
fn variables_are_split_into_words() {
    assert_eq!(words("  ccache  gcc -I'/a b' \"-DX=1 2\" "), ["ccache", "gcc", "-I/a b", "-DX=1 2"]);
    assert_eq!(words("''"), [""]);
    assert!(words(" \t").is_empty());
}
