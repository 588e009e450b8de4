//! Lines of JSON cut at their joints, in one walk: a tape of all values, each with the place behind it.
//!
//! Only the JSON that Reentra writes is taken: valid, without spaces, keys without escapes, nothing very deep. Objects of
//! a page resemble each other, so that the next key and its value are guessed and compared before they are looked at.

use std::collections::HashMap;

use crate::{Refused, Result};

/// Objects and lists in each other. What is deeper is for Python.
const DEEPEST: usize = 64;
/// Different keys in all lines. More is for Python.
const MOST_KEYS: usize = 1 << 16;
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Value {
    start: u32,
    end: u32,
    /// The value behind this one and all within it.
    next: u32,
    /// Of the object it stands in.
    key: u32,
}

pub struct Tape<'a> {
    plain: &'a [u8],
    values: Vec<Value>,
    keys: Vec<Key<'a>>,
}

struct Key<'a> {
    /// With quotes and colon.
    text: &'a [u8],
    /// The one that stood behind it.
    after: u32,
    /// The first one of the object that it last had as its value.
    inner: u32,
    /// The last value it had.
    last: u32,
}

/// A value of the tape, with its text at hand: columns are read more often than the tape.
#[derive(Clone, Copy)]
pub struct Cell {
    start: u32,
    end: u32,
    number: u32,
}

impl Cell {
    /// Of a row that has no such value. Its text is empty, which no JSON is.
    pub const ABSENT: Cell = Cell { start: 0, end: 0, number: NONE };

    pub fn is_absent(&self) -> bool {
        self.number == NONE
    }
}

impl<'a> Tape<'a> {
    pub fn text(&self, cell: Cell) -> &'a [u8] {
        &self.plain[cell.start as usize..cell.end as usize]
    }

    fn cell(&self, number: u32) -> Cell {
        let Value { start, end, .. } = self.values[number as usize];
        Cell { start, end, number }
    }

    /// With quotes.
    pub fn key(&self, key: u32) -> &'a [u8] {
        let text = self.keys[key as usize].text;
        &text[..text.len() - 1]
    }

    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    pub fn values(&self) -> usize {
        self.values.len()
    }

    /// The values in an object, with their keys, or in a list.
    pub fn inner(&self, cell: Cell) -> impl Iterator<Item = (u32, Cell)> + '_ {
        let end = self.values[cell.number as usize].next;
        let mut at = cell.number + 1;
        std::iter::from_fn(move || {
            let number = at;
            (number < end).then(|| {
                let Value { start, end, next, key } = self.values[number as usize];
                at = next;
                (key, Cell { start, end, number })
            })
        })
    }
}

/// The tape, and which of its values are the lines.
pub fn cut(plain: &[u8]) -> Result<(Tape<'_>, Vec<Cell>)> {
    if plain.len() >= NONE as usize || std::str::from_utf8(plain).is_err() {
        return Err(Refused);
    }
    let mut cutter = Cutter {
        plain,
        values: Vec::with_capacity(plain.len() / 12),
        keys: Vec::new(),
        known: HashMap::new(),
        first: NONE,
    };
    let mut lines: Vec<u32> = Vec::new();
    let mut at = 0;
    while at < plain.len() {
        lines.push(cutter.values.len() as u32);
        at = cutter.value(at, NONE, 0)?;
        cutter.expect(at, b'\n')?;
        at += 1;
    }
    let tape = Tape { plain, values: cutter.values, keys: cutter.keys };
    let cells = lines.into_iter().map(|line| tape.cell(line)).collect();
    Ok((tape, cells))
}

struct Cutter<'a> {
    plain: &'a [u8],
    values: Vec<Value>,
    keys: Vec<Key<'a>>,
    known: HashMap<&'a [u8], u32>,
    /// The first key of the last object that had no key itself.
    first: u32,
}

impl<'a> Cutter<'a> {
    fn byte(&self, at: usize) -> u8 {
        self.plain.get(at).copied().unwrap_or(0)
    }

    fn expect(&self, at: usize, byte: u8) -> Result<()> {
        if self.byte(at) == byte {
            Ok(())
        } else {
            Err(Refused)
        }
    }

    /// Returns the place behind it.
    fn value(&mut self, at: usize, key: u32, depth: usize) -> Result<usize> {
        let number = self.values.len();
        self.values.push(Value { start: at as u32, end: 0, next: 0, key });
        let end = match self.byte(at) {
            b'"' => self.string_end(at)?,
            b'{' => self.object(at, key, depth)?,
            b'[' => self.list(at, key, depth)?,
            b'n' => self.word(at, b"null")?,
            b't' => self.word(at, b"true")?,
            b'f' => self.word(at, b"false")?,
            _ => self.number_end(at)?,
        };
        let next = self.values.len() as u32;
        let value = &mut self.values[number];
        value.end = end as u32;
        value.next = next;
        Ok(end)
    }

    fn object(&mut self, at: usize, key: u32, depth: usize) -> Result<usize> {
        if depth == DEEPEST {
            return Err(Refused);
        }
        let mut at = at + 1;
        if self.byte(at) == b'}' {
            return Ok(at + 1);
        }
        let mut before = NONE;
        loop {
            let guess = self.guess(key, before);
            let (name, behind) = self.name(at, guess)?;
            if name != guess {
                self.learn(key, before, name);
            }
            at = self.value_of(behind, name, depth + 1)?;
            before = name;
            match self.byte(at) {
                b',' => at += 1,
                b'}' => return Ok(at + 1),
                _ => return Err(Refused),
            }
        }
    }

    fn guess(&self, key: u32, before: u32) -> u32 {
        match (key, before) {
            (NONE, NONE) => self.first,
            (_, NONE) => self.keys[key as usize].inner,
            _ => self.keys[before as usize].after,
        }
    }

    fn learn(&mut self, key: u32, before: u32, name: u32) {
        match (key, before) {
            (NONE, NONE) => self.first = name,
            (_, NONE) => self.keys[key as usize].inner = name,
            _ => self.keys[before as usize].after = name,
        }
    }

    /// The key that stands here, and the place behind its colon.
    fn name(&mut self, at: usize, guess: u32) -> Result<(u32, usize)> {
        if let Some(key) = self.keys.get(guess as usize) {
            if self.plain[at..].starts_with(key.text) {
                return Ok((guess, at + key.text.len()));
            }
        }
        self.expect(at, b'"')?;
        let end = self.string_end(at)?;
        self.expect(end, b':')?;
        let text = &self.plain[at..end + 1];
        if text.contains(&b'\\') {
            return Err(Refused);
        }
        let new = self.keys.len() as u32;
        let name = *self.known.entry(text).or_insert(new);
        if name == new {
            if self.keys.len() == MOST_KEYS {
                return Err(Refused);
            }
            self.keys.push(Key { text, after: NONE, inner: NONE, last: NONE });
        }
        Ok((name, end + 1))
    }

    /// What a key had last time is compared first: it is known to be a value, whatever it is.
    fn value_of(&mut self, at: usize, key: u32, depth: usize) -> Result<usize> {
        let last = self.keys[key as usize].last;
        if last != NONE {
            let Value { start, end, next, .. } = self.values[last as usize];
            let text = &self.plain[start as usize..end as usize];
            let behind = at + text.len();
            if self.plain[at..].starts_with(text) && matches!(self.byte(behind), b',' | b'}') {
                self.repeat(last, next);
                return Ok(behind);
            }
        }
        let number = self.values.len() as u32;
        let behind = self.value(at, key, depth)?;
        self.keys[key as usize].last = number;
        Ok(behind)
    }

    /// The texts of what is repeated lie where they were read first: whoever compares them need not look at them.
    fn repeat(&mut self, first: u32, next: u32) {
        let shift = self.values.len() as u32 - first;
        for number in first..next {
            let value = self.values[number as usize];
            self.values.push(Value { next: value.next + shift, ..value });
        }
    }

    fn list(&mut self, at: usize, key: u32, depth: usize) -> Result<usize> {
        if depth == DEEPEST {
            return Err(Refused);
        }
        let mut at = at + 1;
        if self.byte(at) == b']' {
            return Ok(at + 1);
        }
        loop {
            at = self.value(at, key, depth + 1)?;
            match self.byte(at) {
                b',' => at += 1,
                b']' => return Ok(at + 1),
                _ => return Err(Refused),
            }
        }
    }

    fn word(&self, at: usize, word: &[u8]) -> Result<usize> {
        if self.plain[at..].starts_with(word) {
            Ok(at + word.len())
        } else {
            Err(Refused)
        }
    }

    fn number_end(&self, at: usize) -> Result<usize> {
        let mut at = at + usize::from(self.byte(at) == b'-');
        at = if self.byte(at) == b'0' { at + 1 } else { self.digits_end(at)? };
        if self.byte(at) == b'.' {
            at = self.digits_end(at + 1)?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            at += usize::from(matches!(self.byte(at), b'+' | b'-'));
            at = self.digits_end(at)?;
        }
        Ok(at)
    }

    /// At least one.
    fn digits_end(&self, at: usize) -> Result<usize> {
        let count = self.plain[at.min(self.plain.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            Err(Refused)
        } else {
            Ok(at + count)
        }
    }

    /// The place behind the quote that closes the one at `at`.
    fn string_end(&self, at: usize) -> Result<usize> {
        let mut at = at + 1;
        loop {
            at += plain_bytes(&self.plain[at..]);
            match self.byte(at) {
                b'"' => return Ok(at + 1),
                b'\\' => at += self.escape(at)?,
                _ => return Err(Refused),
            }
        }
    }

    /// How long it is. Surrogates are for Python.
    fn escape(&self, at: usize) -> Result<usize> {
        match self.byte(at + 1) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(2),
            b'u' if matches!(self.byte(at + 2), b'd' | b'D') && self.byte(at + 3) > b'7' => Err(Refused),
            b'u' if (2..6).all(|place| self.byte(at + place).is_ascii_hexdigit()) => Ok(6),
            _ => Err(Refused),
        }
    }
}

/// How many bytes until a quote, a backslash or a control character; eight at a time.
pub(crate) fn plain_bytes(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut words = text.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        let zero_in = |value: u64| value.wrapping_sub(ONES) & !value & HIGH;
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = zero_in(word ^ (ONES * 0x22)) | zero_in(word ^ (ONES * 0x5C)) | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + words.remainder().iter().take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= 0x20).count()
}
