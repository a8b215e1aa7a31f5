//! libclang behind safe types: the only unsafe code of the program.
//!
//! Everything that is borrowed from a translation unit carries its lifetime. None of the types can leave
//! the thread that made it: clang-sys keeps the loaded functions per thread.
#![allow(unsafe_code)]

mod cursor;
mod library;
mod string;
mod ty;
mod unit;

pub use cursor::{Cursor, CursorKind, Evaluated, Linkage, Tag};
pub use library::{Library, LoadError, remove_variables};
pub use ty::{Type, TypeKind};
pub use unit::{File, Position, RawDiagnostic, Unit, UnitError, Unsaved};
