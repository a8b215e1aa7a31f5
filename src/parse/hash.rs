//! Maps and sets whose hash is cheap instead of safe against hostile keys: ids and names of one header.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map; its order means nothing.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// A set; its order means nothing.
pub type FastSet<K> = HashSet<K, BuildHasherDefault<FastHasher>>;

/// An odd number without pattern: the golden ratio in 64 bits.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Multiplies word by word.
#[derive(Default)]
pub struct FastHasher(u64);

impl FastHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        self.add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.add(value as u64);
    }

    /// Addresses end in zeros, which the product keeps; tables look at the low bits.
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn aligned_addresses_and_numbered_names_spread() {
        let state = BuildHasherDefault::<FastHasher>::default();
        let low = |hash: u64| hash & 1023;
        let ids: HashSet<u64> = (0..1024usize).map(|id| low(state.hash_one(id * 64))).collect();
        let names: HashSet<u64> = (0..1024).map(|id| low(state.hash_one(format!("function_{id}")))).collect();
        assert!(ids.len() > 512 && names.len() > 512, "{} {}", ids.len(), names.len());
    }
}
