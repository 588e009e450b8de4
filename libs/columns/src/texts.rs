//! What is done with many short texts: find one in another, replace, count the different ones.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;
use std::sync::OnceLock;

use crate::arena::Arena;

pub type Text<'a> = &'a [u8];
pub type Column<'a> = Rc<Vec<Text<'a>>>;

const EASY: usize = 1 << 14;
/// From this product of lengths on, a search must not be quadratic.
pub fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let Some(&begin) = part.first() else { return Some(0) };
    let last = text.len().checked_sub(part.len())?;
    if text.len().saturating_mul(part.len()) > EASY {
        return find_in_long(text, part);
    }
    (0..=last).find(|&at| text[at] == begin && text[at..].starts_with(part))
}

/// Knuth, Morris, Pratt.
fn find_in_long(text: &[u8], part: &[u8]) -> Option<usize> {
    let mut borders = vec![0; part.len()];
    let mut border = 0;
    for at in 1..part.len() {
        while border > 0 && part[at] != part[border] {
            border = borders[border - 1];
        }
        border += usize::from(part[at] == part[border]);
        borders[at] = border;
    }
    let mut same = 0;
    for (at, &byte) in text.iter().enumerate() {
        while same > 0 && byte != part[same] {
            same = borders[same - 1];
        }
        same += usize::from(byte == part[same]);
        if same == part.len() {
            return Some(at + 1 - same);
        }
    }
    None
}

pub fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}

/// Appends `text` with every `part`, which is not empty, replaced.
pub fn replace_into(out: &mut Vec<u8>, text: &[u8], part: &[u8], by: &[u8]) {
    let mut rest = text;
    while let Some(at) = find(rest, part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
}

/// Often they are the very same bytes.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    std::ptr::eq(one, other) || one == other
}

/// How many bytes both begin with.
pub fn common_beginning(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

pub fn common_end(one: &[u8], other: &[u8]) -> usize {
    one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// With zeros in front up to the width, which is 20 at most.
pub fn push_decimal(out: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width)..]);
}

/// Texts that are made one after the other in one buffer.
pub struct Made {
    pub bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Made {
    pub fn new(texts: usize, bytes: usize) -> Self {
        Made { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(texts) }
    }

    pub fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }

    pub fn keep<'a>(self, arena: &Arena<'a>) -> Vec<Text<'a>> {
        let bytes = arena.keep(self.bytes);
        let mut begin = 0;
        let cut = self.ends.into_iter().map(|end| {
            let text = &bytes[begin..end];
            begin = end;
            text
        });
        cut.collect()
    }
}

/// The different texts of a column in the order of their first appearance, and per row which of them it is.
pub struct Distinct<'a> {
    pub texts: Vec<Text<'a>>,
    pub index: Vec<u32>,
}

/// None when there are more than `most`.
pub fn distinct<'a>(column: &[Text<'a>], most: usize) -> Option<Distinct<'a>> {
    let mut found = Distinct { texts: Vec::new(), index: Vec::with_capacity(column.len()) };
    let mut hashes: Vec<u64> = Vec::new();
    let mut slots = vec![0_u32; 64];
    let mut before: Text = b"";
    for &text in column {
        if std::ptr::eq(text, before) {
            if let Some(&number) = found.index.last() {
                found.index.push(number);
                continue;
            }
        }
        before = text;
        let hash = hash_of(text);
        let mut slot = hash as usize & (slots.len() - 1);
        let number = loop {
            let taken = slots[slot] as usize;
            if taken == 0 {
                break None;
            }
            if hashes[taken - 1] == hash && found.texts[taken - 1] == text {
                break Some(slots[slot] - 1);
            }
            slot = (slot + 1) & (slots.len() - 1);
        };
        if let Some(number) = number {
            found.index.push(number);
            continue;
        }
        if found.texts.len() == most {
            return None;
        }
        found.index.push(found.texts.len() as u32);
        found.texts.push(text);
        hashes.push(hash);
        slots[slot] = found.texts.len() as u32;
        if 2 * found.texts.len() > slots.len() {
            slots = spread(&hashes, 4 * slots.len());
        }
    }
    Some(found)
}

fn spread(hashes: &[u64], size: usize) -> Vec<u32> {
    let mut slots = vec![0_u32; size];
    for (number, &hash) in hashes.iter().enumerate() {
        let mut slot = hash as usize & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = number as u32 + 1;
    }
    slots
}

/// Different in every process: nobody can prepare texts that collide. What is written does not depend on it.
fn hash_of(text: &[u8]) -> u64 {
    static SEED: OnceLock<(u64, u64)> = OnceLock::new();
    let &(seed, factor) = SEED.get_or_init(|| {
        let random = RandomState::new();
        let draw = |n: u64| {
            let mut hasher = random.build_hasher();
            hasher.write_u64(n);
            hasher.finish()
        };
        (draw(1), draw(2) | 1)
    });
    let mut hash = fold(seed ^ text.len() as u64, factor);
    let mut words = text.chunks_exact(8);
    for word in &mut words {
        hash = fold(hash ^ u64::from_le_bytes(word.try_into().unwrap_or_default()), factor);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = fold(hash ^ u64::from_le_bytes(word), factor);
    }
    fold(hash, factor)
}

fn fold(value: u64, factor: u64) -> u64 {
    let product = u128::from(value) * u128::from(factor);
    product as u64 ^ (product >> 64) as u64
}
