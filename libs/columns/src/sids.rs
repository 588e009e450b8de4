//! What follows `S-1-12-1-` in the security identifier of an object: its id as four little-endian words.

use crate::texts::{push_decimal, Made, Text};

pub const ID: usize = 36;

/// None when the texts are no ids.
pub fn sids(ids: &[Text]) -> Option<Made> {
    let mut packed = Vec::with_capacity(16 * ids.len());
    let mut high = None;
    for &byte in ids.iter().copied().flatten() {
        match (high, byte) {
            (_, b'-') => {}
            (None, b' ') => {}
            (None, _) => high = Some(digit(byte)?),
            (Some(value), _) => {
                packed.push(value << 4 | digit(byte)?);
                high = None;
            }
        }
    }
    if high.is_some() || packed.len() != 16 * ids.len() {
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

pub fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
