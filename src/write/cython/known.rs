//! Types that Cython has already, by itself or in the modules that come with it.

use crate::ir::{RecordKind, Type};

/// Where Cython has a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// In the language.
    Builtin,
    /// In a module.
    In(String),
}

/// Integers of the language.
const BUILTIN: &[&str] =
    &["Py_UCS4", "Py_UNICODE", "Py_hash_t", "Py_ssize_t", "ptrdiff_t", "size_t", "ssize_t"];

/// Integers of `libc.stdint`, with their sizes in bytes where those are fixed.
const STDINT: &[(&str, Option<u32>)] = &[
    ("int8_t", Some(1)),
    ("int16_t", Some(2)),
    ("int32_t", Some(4)),
    ("int64_t", Some(8)),
    ("uint8_t", Some(1)),
    ("uint16_t", Some(2)),
    ("uint32_t", Some(4)),
    ("uint64_t", Some(8)),
    ("int_least8_t", None),
    ("int_least16_t", None),
    ("int_least32_t", None),
    ("int_least64_t", None),
    ("uint_least8_t", None),
    ("uint_least16_t", None),
    ("uint_least32_t", None),
    ("uint_least64_t", None),
    ("int_fast8_t", None),
    ("int_fast16_t", None),
    ("int_fast32_t", None),
    ("int_fast64_t", None),
    ("uint_fast8_t", None),
    ("uint_fast16_t", None),
    ("uint_fast32_t", None),
    ("uint_fast64_t", None),
    ("intptr_t", None),
    ("uintptr_t", None),
    ("intmax_t", None),
    ("uintmax_t", None),
];

/// Integers of `posix.types`.
const POSIX: &[&str] = &[
    "blkcnt_t",
    "blksize_t",
    "clockid_t",
    "dev_t",
    "gid_t",
    "id_t",
    "ino_t",
    "mode_t",
    "nlink_t",
    "off_t",
    "pid_t",
    "suseconds_t",
    "uid_t",
];

/// Types that Cython's own modules lack, by the module below `stub_cimport_prefix` that has them.
const STUBS: &[(&str, &[&str])] = &[
    ("dirent", &["DIR", "dirent"]),
    ("netdb", &["addrinfo", "hostent"]),
    ("netinet_in", &["in6_addr", "in_addr", "in_addr_t", "in_port_t", "sockaddr_in", "sockaddr_in6"]),
    (
        "pthread",
        &[
            "pthread_attr_t",
            "pthread_cond_t",
            "pthread_condattr_t",
            "pthread_mutex_t",
            "pthread_mutexattr_t",
            "pthread_rwlock_t",
            "pthread_rwlockattr_t",
            "pthread_t",
        ],
    ),
    ("regex", &["regex_t", "regmatch_t", "regoff_t"]),
    ("semaphore", &["sem_t"]),
    ("stdarg", &["va_list"]),
    ("sys_socket", &["sa_family_t", "sockaddr", "socklen_t"]),
    ("sys_statvfs", &["fsblkcnt_t", "fsfilcnt_t", "statvfs"]),
    ("sys_un", &["sockaddr_un"]),
    ("termios", &["cc_t", "speed_t", "tcflag_t", "termios"]),
];

/// What is known for one target.
pub(super) struct KnownTypes {
    /// Whether there are POSIX types.
    pub posix: bool,
    /// Prefix of the user's modules.
    pub stubs: Option<String>,
}

impl KnownTypes {
    /// A typedef that means the same in Cython; `ty` is its canonical type.
    pub(super) fn typedef(&self, name: &str, ty: &Type) -> Option<Known> {
        let module = |module: &str| Some(Known::In(module.to_owned()));
        match (name, ty) {
            ("FILE", Type::Record { .. }) => module("libc.stdio"),
            (_, Type::Int { size, .. }) => {
                let stdint = STDINT.iter().find(|(known, _)| *known == name);
                match name {
                    _ if BUILTIN.contains(&name) => Some(Known::Builtin),
                    _ if stdint.is_some_and(|(_, bytes)| bytes.is_none_or(|bytes| bytes == *size)) => {
                        module("libc.stdint")
                    }
                    "wchar_t" => module("libc.stddef"),
                    "clock_t" | "time_t" => module("libc.time"),
                    "sig_atomic_t" => module("libc.signal"),
                    _ if self.posix && POSIX.contains(&name) => module("posix.types"),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A record of the system.
    pub(super) fn record(&self, record: RecordKind, tag: &str) -> Option<Known> {
        match (record, tag) {
            (RecordKind::Struct, "tm") => Some(Known::In("libc.time".into())),
            (RecordKind::Struct, "timespec" | "timeval") if self.posix => {
                Some(Known::In("posix.time".into()))
            }
            _ => None,
        }
    }

    /// A type of the system that the user's modules have.
    pub(super) fn stub(&self, name: &str) -> Option<Known> {
        let prefix = self.stubs.as_deref()?;
        let (module, _) = STUBS.iter().find(|(_, types)| types.contains(&name))?;
        Some(Known::In(format!("{prefix}.{module}")))
    }
}
