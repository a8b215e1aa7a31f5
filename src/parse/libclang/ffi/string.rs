//! Strings that libclang owns.

use std::ffi::CStr;

use clang_sys::{CXString, clang_disposeString, clang_getCString};

/// Takes over a string of libclang's; bytes that are not UTF-8 are replaced.
pub(super) fn take(string: CXString) -> String {
    take_optional(string).unwrap_or_default()
}

/// Takes over a string of libclang's that may be absent.
pub(super) fn take_optional(string: CXString) -> Option<String> {
    take_bytes(string, |bytes| match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

fn take_bytes<T>(string: CXString, read: impl FnOnce(&[u8]) -> T) -> Option<T> {
    // SAFETY: `string` came from libclang and is disposed exactly once, after the last use of its text.
    unsafe {
        let text = clang_getCString(string);
        let value = if text.is_null() { None } else { Some(read(CStr::from_ptr(text).to_bytes())) };
        clang_disposeString(string);
        value
    }
}
