//! Maps and sets of names: the standard ones with a hash function that is quick on short strings.
//!
//! Their order is as arbitrary as that of any hash map; nothing may be written in it. A header that is
//! made to collide only slows down its own bindings.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

pub(super) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FoldHasher>>;
pub(super) type FastSet<T> = HashSet<T, BuildHasherDefault<FoldHasher>>;

/// Folds the double-width product of state and input, word by word.
#[derive(Default)]
pub(super) struct FoldHasher(u64);

impl FoldHasher {
    fn fold(&mut self, word: u64) {
        // Digits of 1/pi keep a zero from staying one; those of the golden ratio mix every bit.
        let product = u128::from(self.0 ^ word ^ 0x517c_c1b7_2722_0a95) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product as u64) ^ (product >> 64) as u64;
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.fold(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            self.fold(rest.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.fold(value.into());
    }

    fn write_usize(&mut self, value: usize) {
        self.fold(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.fold(value as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
