//! What follows `S-1-12-1-` in the security identifier of an object: its id as four little-endian words.

use crate::hex::{DIGITS, NO_DIGIT};
use crate::texts::{push_decimal, Made, Text};

pub const ID: usize = 36;

/// None when the texts are no ids.
pub fn sids(ids: &[Text]) -> Option<Made> {
    let mut packed = Vec::with_capacity(16 * ids.len());
    let mut high = None;
    let mut seen = 0;
    for &byte in ids.iter().copied().flatten() {
        let value = DIGITS[usize::from(byte)];
        match high {
            _ if byte == b'-' => continue,
            None if byte == b' ' => continue,
            None => high = Some(value),
            Some(above) => {
                packed.push(above << 4 | value & 0xF);
                high = None;
            }
        }
        seen |= value;
    }
    if seen >= NO_DIGIT || high.is_some() || packed.len() != 16 * ids.len() {
        return None;
    }
    let mut made = Made::new(ids.len(), 44 * ids.len());
    for id in packed.chunks_exact(16) {
        for (place, word) in WORDS.iter().enumerate() {
            let word = u32::from_le_bytes(word.map(|at| id[at]));
            if place > 0 {
                made.bytes.push(b'-');
            }
            push_decimal(&mut made.bytes, word.into(), 0);
        }
        made.end();
    }
    Some(made)
}

/// Which bytes of an id, as it is spelled, make a word: the first three groups are numbers, the others are bytes.
const WORDS: [[usize; 4]; 4] = [[3, 2, 1, 0], [5, 4, 7, 6], [8, 9, 10, 11], [12, 13, 14, 15]];
