//! Translation units: parsing, files, positions, diagnostics.

use std::ffi::{CString, c_char, c_int, c_uint, c_ulong, c_void};
use std::marker::PhantomData;
use std::ptr;

use clang_sys as cx;

use super::cursor::Cursor;
use super::library::Library;
use super::string;

/// Why there is no translation unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitError {
    /// libclang recovered from a crash of its own.
    Crashed,
    /// libclang refused the arguments or could not read the file.
    Refused,
}

/// A file that exists in memory only.
#[derive(Debug)]
pub struct Unsaved<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its content.
    pub text: &'a str,
}

/// A parsed translation unit.
pub struct Unit {
    raw: cx::CXTranslationUnit,
    index: cx::CXIndex,
}

impl Drop for Unit {
    fn drop(&mut self) {
        // SAFETY: both handles came from libclang, and nothing borrowed from them outlives `self`.
        unsafe {
            cx::clang_disposeTranslationUnit(self.raw);
            cx::clang_disposeIndex(self.index);
        }
    }
}

/// A file of a translation unit; equal handles are equal files.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct File<'u> {
    raw: cx::CXFile,
    unit: PhantomData<&'u Unit>,
}

/// A place in a file.
#[derive(Clone, Copy)]
pub struct Position<'u> {
    /// The file; `None` for builtins and the command line.
    pub file: Option<File<'u>>,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// Byte range in a file.
#[derive(Clone, Copy)]
pub struct Span<'u> {
    /// The file.
    pub file: File<'u>,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A file that was entered, and how.
pub struct Inclusion<'u> {
    /// The file.
    pub file: File<'u>,
    stack: Vec<cx::CXSourceLocation>,
}

impl<'u> Inclusion<'u> {
    /// The `#include` lines that led here, innermost first; none for the main file. Clang has to count the lines.
    pub fn stack(&self) -> Vec<Position<'u>> {
        self.stack.iter().copied().map(Position::from_raw).collect()
    }
}

/// One of clang's diagnostics.
pub struct RawDiagnostic<'u> {
    /// `CXDiagnosticSeverity`: 1 note, 2 warning, 3 error, 4 fatal.
    pub severity: u32,
    /// The text.
    pub message: String,
    /// Where.
    pub position: Position<'u>,
    /// Notes that belong to it.
    pub notes: Vec<(String, Position<'u>)>,
}

impl Unit {
    /// Parses `main` (usually unsaved) with clang's arguments; function bodies are skipped and the
    /// preprocessor's record is kept.
    pub fn parse(
        library: &Library,
        main: &str,
        arguments: &[String],
        unsaved: &[Unsaved<'_>],
    ) -> Result<Unit, UnitError> {
        library.install();
        let main = c_string(main)?;
        let arguments: Vec<CString> =
            arguments.iter().map(|text| c_string(text)).collect::<Result<_, _>>()?;
        let pointers: Vec<*const c_char> = arguments.iter().map(|text| text.as_ptr()).collect();
        let names: Vec<CString> = unsaved.iter().map(|file| c_string(file.path)).collect::<Result<_, _>>()?;
        let mut files: Vec<cx::CXUnsavedFile> = unsaved
            .iter()
            .zip(&names)
            .map(|(file, name)| cx::CXUnsavedFile {
                Filename: name.as_ptr(),
                Contents: file.text.as_ptr().cast(),
                Length: file.text.len() as c_ulong,
            })
            .collect();
        let options = cx::CXTranslationUnit_SkipFunctionBodies
            | cx::CXTranslationUnit_DetailedPreprocessingRecord
            | cx::CXTranslationUnit_KeepGoing;
        // SAFETY: every pointer lives until the call returns; libclang copies what it keeps. The index is
        // handed to `Unit` or disposed.
        unsafe {
            let index = cx::clang_createIndex(0, 0);
            let mut raw = ptr::null_mut();
            let code = cx::clang_parseTranslationUnit2(
                index,
                main.as_ptr(),
                pointers.as_ptr(),
                pointers.len() as c_int,
                files.as_mut_ptr(),
                files.len() as c_uint,
                options,
                &mut raw,
            );
            if code == cx::CXError_Success && !raw.is_null() {
                return Ok(Unit { raw, index });
            }
            if !raw.is_null() {
                cx::clang_disposeTranslationUnit(raw);
            }
            cx::clang_disposeIndex(index);
            Err(if code == cx::CXError_Crashed { UnitError::Crashed } else { UnitError::Refused })
        }
    }

    /// The cursors directly below the translation unit: preprocessing record first, then declarations.
    pub fn top_level(&self) -> Vec<Cursor<'_>> {
        // SAFETY: the unit is alive as long as the returned cursors.
        Cursor::from_raw(unsafe { cx::clang_getTranslationUnitCursor(self.raw) }).children()
    }

    /// The file of that path, if the unit read it.
    pub fn file(&self, path: &str) -> Option<File<'_>> {
        let path = CString::new(path).ok()?;
        // SAFETY: `path` is a C string for the time of the call.
        File::from_raw(unsafe { cx::clang_getFile(self.raw, path.as_ptr()) })
    }

    /// A file's bytes as clang read them.
    pub fn contents(&self, file: File<'_>) -> &[u8] {
        let mut size = 0;
        // SAFETY: the file belongs to this unit, whose buffers live as long as the unit.
        unsafe {
            let text = cx::clang_getFileContents(self.raw, file.raw, &mut size);
            if text.is_null() { &[] } else { std::slice::from_raw_parts(text.cast(), size) }
        }
    }

    /// Every file that was entered, in order, each with the stack of its first inclusion.
    pub fn inclusions(&self) -> Vec<Inclusion<'_>> {
        extern "C" fn visit(
            file: cx::CXFile,
            stack: *mut cx::CXSourceLocation,
            depth: c_uint,
            data: cx::CXClientData,
        ) {
            let Some(file) = File::from_raw(file) else { return };
            // SAFETY: `data` is the vector below, and libclang passes `depth` valid locations.
            unsafe {
                let stack = if stack.is_null() {
                    Vec::new()
                } else {
                    std::slice::from_raw_parts(stack, depth as usize).to_vec()
                };
                (*data.cast::<Vec<Inclusion<'_>>>()).push(Inclusion { file, stack });
            }
        }
        let mut found: Vec<Inclusion<'_>> = Vec::new();
        // SAFETY: `visit` gets the pointer that it casts back, only during this call.
        unsafe { cx::clang_getInclusions(self.raw, visit, ptr::from_mut(&mut found).cast::<c_void>()) }
        found
    }

    /// The lines of a file that the preprocessor skipped, from the directive that starts a group to the
    /// one that ends it.
    pub fn skipped_lines(&self, file: File<'_>) -> Vec<(u32, u32)> {
        // SAFETY: the file belongs to this unit; libclang's list is disposed once, after its last use.
        unsafe {
            let list = cx::clang_getSkippedRanges(self.raw, file.raw);
            if list.is_null() {
                return Vec::new();
            }
            let line = |location| Position::from_raw(location).line;
            let ranges = if (*list).count == 0 {
                &[]
            } else {
                std::slice::from_raw_parts((*list).ranges, (*list).count as usize)
            };
            let lines = ranges
                .iter()
                .map(|range| (line(cx::clang_getRangeStart(*range)), line(cx::clang_getRangeEnd(*range))))
                .collect();
            cx::clang_disposeSourceRangeList(list);
            lines
        }
    }

    /// All diagnostics in order.
    pub fn diagnostics(&self) -> Vec<RawDiagnostic<'_>> {
        // SAFETY: every handle comes from this unit and is disposed once; child sets need no disposal.
        unsafe {
            (0..cx::clang_getNumDiagnostics(self.raw))
                .map(|index| {
                    let raw = cx::clang_getDiagnostic(self.raw, index);
                    let children = cx::clang_getChildDiagnostics(raw);
                    let notes = (0..cx::clang_getNumDiagnosticsInSet(children))
                        .map(|child| {
                            let note = cx::clang_getDiagnosticInSet(children, child);
                            let text = string::take(cx::clang_getDiagnosticSpelling(note));
                            let position = Position::from_raw(cx::clang_getDiagnosticLocation(note));
                            cx::clang_disposeDiagnostic(note);
                            (text, position)
                        })
                        .collect();
                    let diagnostic = RawDiagnostic {
                        severity: cx::clang_getDiagnosticSeverity(raw) as u32,
                        message: string::take(cx::clang_getDiagnosticSpelling(raw)),
                        position: Position::from_raw(cx::clang_getDiagnosticLocation(raw)),
                        notes,
                    };
                    cx::clang_disposeDiagnostic(raw);
                    diagnostic
                })
                .collect()
        }
    }

    /// The spellings of the tokens that a cursor covers; works for builtin macros too.
    pub fn tokens(&self, cursor: Cursor<'_>) -> Vec<String> {
        let mut tokens = ptr::null_mut();
        let mut count = 0;
        // SAFETY: the cursor belongs to this unit; libclang's array holds `count` tokens until it is disposed.
        unsafe {
            let range = cx::clang_getCursorExtent(cursor.raw());
            cx::clang_tokenize(self.raw, range, &mut tokens, &mut count);
            if tokens.is_null() {
                return Vec::new();
            }
            let spellings = std::slice::from_raw_parts(tokens, count as usize)
                .iter()
                .map(|token| string::take(cx::clang_getTokenSpelling(self.raw, *token)))
                .collect();
            cx::clang_disposeTokens(self.raw, tokens, count);
            spellings
        }
    }
}

impl<'u> File<'u> {
    pub(super) fn from_raw(raw: cx::CXFile) -> Option<Self> {
        (!raw.is_null()).then_some(File { raw, unit: PhantomData })
    }

    /// The file of an expansion location; lines and columns, which clang has to count, are not asked for.
    pub(super) fn at(location: cx::CXSourceLocation) -> Option<Self> {
        let mut file = ptr::null_mut();
        // SAFETY: the location belongs to a unit that is alive; libclang fills the pointers that are not null.
        unsafe {
            cx::clang_getExpansionLocation(
                location,
                &mut file,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        File::from_raw(file)
    }

    /// The path as clang opened it.
    pub fn name(self) -> String {
        // SAFETY: the unit that owns the file is alive.
        string::take(unsafe { cx::clang_getFileName(self.raw) })
    }
}

impl<'u> Span<'u> {
    pub(super) fn from_raw(range: cx::CXSourceRange) -> Option<Self> {
        let place = |location| {
            let (mut file, mut offset) = (ptr::null_mut(), 0);
            let none = ptr::null_mut();
            // SAFETY: as in `File::at`.
            unsafe { cx::clang_getExpansionLocation(location, &mut file, none, none, &mut offset) };
            (File::from_raw(file), offset as usize)
        };
        // SAFETY: the range belongs to a unit that is alive.
        let (start, end) = unsafe { (cx::clang_getRangeStart(range), cx::clang_getRangeEnd(range)) };
        let ((file, start), (last, end)) = (place(start), place(end));
        Some(Span { file: file?, start, end }).filter(|_| file == last && start <= end)
    }
}

impl<'u> Position<'u> {
    pub(super) fn from_raw(location: cx::CXSourceLocation) -> Self {
        let mut file = ptr::null_mut();
        let (mut line, mut column) = (0, 0);
        // SAFETY: the location belongs to a unit that is alive; the out pointers are valid.
        unsafe {
            cx::clang_getExpansionLocation(location, &mut file, &mut line, &mut column, ptr::null_mut());
        }
        Position { file: File::from_raw(file), line, column }
    }
}

fn c_string(text: &str) -> Result<CString, UnitError> {
    CString::new(text).map_err(|_| UnitError::Refused)
}
