//! How the program is linked.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    match (variable("CARGO_CFG_TARGET_OS").as_str(), variable("CARGO_CFG_TARGET_ENV").as_str()) {
        // At a fixed address there is nothing to relocate: 300 KB less to ship, and less to do at each start.
        ("linux", "gnu") => println!("cargo::rustc-link-arg-bins=-no-pie"),
        // Systems with musl come without gcc's library, of which the standard library wants the unwinder.
        ("linux", "musl") if !variable("CARGO_CFG_TARGET_FEATURE").contains("crt-static") => {
            let folder = variable("OUT_DIR");
            let script = "INPUT(-lgcc_eh -lgcc)\n";
            std::fs::write(Path::new(&folder).join("libgcc_s.so"), script).expect("OUT_DIR can be written");
            println!("cargo::rustc-link-search=native={folder}");
        }
        _ => {}
    }
}
