//! A directory with a target's headers that the configuration names.

use std::path::Path;

use super::{Error, Origin, Sysroot};
use crate::target::Target;

/// The headers of a target below a directory, which is written `written` in the configuration.
pub fn directory(target: &Target, dir: &Path, written: &str) -> Result<Sysroot, Error> {
    if !dir.is_dir() {
        return Err(Error::NoDirectory { target: target.to_string(), path: written.to_owned() });
    }
    let below = |names: &[&str]| names.iter().map(|name| dir.join(name)).filter(|dir| dir.is_dir()).collect();
    let shown = dir.display();
    let multiarch = format!("usr/include/{}", target.multiarch());
    let (arguments, dirs, is_searched_by_driver) = match target.os() {
        "macos" => (vec![format!("-isysroot{shown}")], below(&["usr/include"]), true),
        // Clang looks for Microsoft's headers in the registry only: this is how `xwin splat` lays them out.
        "windows" if target.env() == "msvc" => {
            let kits = ["crt/include", "sdk/include/ucrt", "sdk/include/um", "sdk/include/shared", "include"];
            (Vec::new(), below(&kits), false)
        }
        _ => {
            let dirs = below(&["usr/local/include", "usr/include", &multiarch, "include"]);
            (vec![format!("--sysroot={shown}")], dirs, true)
        }
    };
    let triple = target.clang_triple();
    let origin = Origin { directory: Some(written.to_owned()), triple: triple.clone(), ..Origin::default() };
    Ok(Sysroot { triple, dirs, arguments, is_searched_by_driver, oldest_libclang: 0, origin })
}
