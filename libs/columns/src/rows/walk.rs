//! A row's JSON, walked once: where each value ends, and whether it is canonical as it stands.

use crate::json::plain_bytes;
use crate::{Refused, Result};

/// Objects and lists in each other. What is deeper is for Python.
const DEEPEST: usize = 64;
/// Digits of a number that is the same however it is read.
const MOST_DIGITS: usize = 18;

pub struct Row<'a> {
    pub text: &'a [u8],
}

pub struct Member<'a> {
    pub key: &'a [u8],
    pub start: usize,
    pub end: usize,
    pub is_canonical: bool,
    pub is_annotation: bool,
}

impl<'a> Row<'a> {
    pub fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    pub fn behind_space(&self, at: usize) -> usize {
        let mut at = at;
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    /// The place behind it, and whether it is canonical as it stands, without annotations.
    pub fn value(&self, at: usize, depth: usize) -> Result<(usize, bool)> {
        match self.byte(at) {
            b'"' => Ok((self.string_end(at)?, true)),
            b'{' => {
                let (mut before, mut is_sorted): (Option<&[u8]>, bool) = (None, true);
                let (end, is_plain) = self.object(at, depth, |member| {
                    is_sorted &= !member.is_annotation && before.map_or(true, |key| key < member.key);
                    before = Some(member.key);
                })?;
                Ok((end, is_plain && is_sorted))
            }
            b'[' => self.list(at, depth, |at, depth| self.value(at, depth)),
            b'n' => self.word(at, b"null"),
            b't' => self.word(at, b"true"),
            b'f' => self.word(at, b"false"),
            _ => self.number(at),
        }
    }

    /// The same of an object, whatever the order of its keys.
    pub fn object(&self, at: usize, depth: usize, mut see: impl FnMut(Member<'a>)) -> Result<(usize, bool)> {
        self.inner(at, depth, *b"{}", |at, depth| {
            let (key_end, is_annotation) = self.key_end(at)?;
            let colon = self.behind_space(key_end);
            if self.byte(colon) != b':' {
                return Err(Refused);
            }
            let start = self.behind_space(colon + 1);
            let (end, is_canonical) = self.value(start, depth)?;
            see(Member { key: &self.text[at + 1..key_end - 1], start, end, is_canonical, is_annotation });
            Ok((end, is_canonical && colon == key_end && start == colon + 1))
        })
    }

    /// The same of a list, whose values `see` follows to their ends.
    pub fn list(
        &self,
        at: usize,
        depth: usize,
        see: impl FnMut(usize, usize) -> Result<(usize, bool)>,
    ) -> Result<(usize, bool)> {
        self.inner(at, depth, *b"[]", see)
    }

    fn inner(
        &self,
        at: usize,
        depth: usize,
        brackets: [u8; 2],
        mut item: impl FnMut(usize, usize) -> Result<(usize, bool)>,
    ) -> Result<(usize, bool)> {
        if depth == DEEPEST || self.byte(at) != brackets[0] {
            return Err(Refused);
        }
        let mut start = self.behind_space(at + 1);
        let mut are_canonical = start == at + 1;
        if self.byte(start) == brackets[1] {
            return Ok((start + 1, are_canonical));
        }
        loop {
            let (end, is_canonical) = item(start, depth + 1)?;
            let at = self.behind_space(end);
            are_canonical &= is_canonical && at == end;
            match self.byte(at) {
                b',' => {
                    start = self.behind_space(at + 1);
                    are_canonical &= start == at + 1;
                }
                byte if byte == brackets[1] => return Ok((at + 1, are_canonical)),
                _ => return Err(Refused),
            }
        }
    }

    fn word(&self, at: usize, word: &[u8]) -> Result<(usize, bool)> {
        if self.text[at..].starts_with(word) {
            Ok((at + word.len(), true))
        } else {
            Err(Refused)
        }
    }

    fn number(&self, at: usize) -> Result<(usize, bool)> {
        let start = at + usize::from(self.byte(at) == b'-');
        let mut end = start;
        while self.byte(end).is_ascii_digit() {
            end += 1;
        }
        let is_plain = match end - start {
            0 => false,
            1 => self.byte(start) != b'0' || start == at,
            digits => digits <= MOST_DIGITS && self.byte(start) != b'0',
        };
        if is_plain && !matches!(self.byte(end), b'.' | b'e' | b'E') {
            Ok((end, true))
        } else {
            Err(Refused)
        }
    }

    /// The place behind the quote that closes the one at `at`.
    fn string_end(&self, at: usize) -> Result<usize> {
        if self.byte(at) != b'"' {
            return Err(Refused);
        }
        let mut at = at + 1;
        loop {
            at += plain_bytes(&self.text[at..]);
            match self.byte(at) {
                b'"' => return Ok(at + 1),
                b'\\' if matches!(self.byte(at + 1), b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                _ => return Err(Refused),
            }
        }
    }

    /// The same of a key without escapes, and whether it has an `@`.
    fn key_end(&self, at: usize) -> Result<(usize, bool)> {
        if self.byte(at) != b'"' {
            return Err(Refused);
        }
        let length = plain_bytes(&self.text[at + 1..]);
        let end = at + 1 + length;
        if self.byte(end) != b'"' {
            return Err(Refused);
        }
        Ok((end + 1, has_at(&self.text[at + 1..end])))
    }
}

fn has_at(key: &[u8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let mut words = key.chunks_exact(8);
    let found = words.by_ref().any(|word| {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default()) ^ (ONES * 0x40);
        word.wrapping_sub(ONES) & !word & (ONES << 7) != 0
    });
    found || words.remainder().contains(&b'@')
}
