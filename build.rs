//! How the program is linked.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Makes one of functions with the same code: 2 % less to ship. LLVM's linker and gold know it, GNU's does not.
const FOLD: &str = "-Wl,--icf=all";
/// A linker script without the tables that unwinding needs: 8 % less to ship. A panic ends the program and unwinds
/// nothing; all that is lost are the names of functions behind `RUST_BACKTRACE`.
const NO_UNWINDING: &str = "SECTIONS { /DISCARD/ : { *(.eh_frame) } } INSERT AFTER .text;\n";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if variable("PROFILE") == "release" && variable("CARGO_CFG_TARGET_OS") == "linux" {
        let script = Path::new(&variable("OUT_DIR")).join("no-unwinding.ld");
        std::fs::write(&script, NO_UNWINDING).expect("OUT_DIR can be written");
        let script = format!("-Wl,--no-eh-frame-hdr,-T,{}", script.display());
        for argument in [FOLD, &script].into_iter().filter(|argument| links(argument)) {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
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

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Whether a program can be linked with an argument, by the linker that will be used.
fn links(argument: &str) -> bool {
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args([
        "-",
        "--crate-name",
        "probe",
        "--target",
        &variable("TARGET"),
        "-C",
        &format!("link-arg={argument}"),
    ]);
    rustc.args(["--out-dir", &variable("OUT_DIR")]);
    if let Ok(linker) = std::env::var("RUSTC_LINKER") {
        rustc.args(["-C", &format!("linker={linker}")]);
    }
    let Ok(mut child) = rustc.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    else {
        return false;
    };
    let is_given = child.stdin.take().is_some_and(|mut input| input.write_all(b"fn main() {}").is_ok());
    child.wait().is_ok_and(|status| status.success() && is_given)
}
