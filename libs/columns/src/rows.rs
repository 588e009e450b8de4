//! Rows of a page as Graph sends them, as the canonical JSON that is kept: keys sorted, no spaces.
//!
//! Only plain rows are taken: objects with an id, without annotations (keys with `@`), without escapes that would be
//! written in another way, without fractions. Any other row is for Python, by itself.

use crate::json::plain_bytes;
use crate::{Refused, Result};

/// Objects and lists in each other. What is deeper is for Python.
const DEEPEST: usize = 64;
/// Digits of a number that is the same however it is read.
const MOST_DIGITS: usize = 18;
const ID: &[u8] = b"id";
const TYPE: &[u8] = b"@odata.type";
const GUID: usize = 36;

/// A relationship among the properties, by its key. `single`: it has one entry at most.
pub struct Link<'a> {
    pub key: &'a [u8],
    pub single: bool,
}

pub struct Rows {
    /// Of each row its properties, then its links in their order.
    pub bytes: Vec<u8>,
    /// Of each row where its properties begin, where they end, and where each of its links ends.
    pub places: Vec<u64>,
    /// A JSON list: of each row the properties that were asked for and its id, or null when the row is for Python.
    pub shown: Vec<u8>,
}

struct Member<'a> {
    key: &'a [u8],
    start: usize,
    end: usize,
    is_canonical: bool,
    is_annotation: bool,
}

/// `shown`: the names of properties that are wanted by themselves.
pub fn rows(pages: &[u8], lengths: &[usize], links: &[Link], shown: &[&[u8]]) -> Result<Rows> {
    if std::str::from_utf8(pages).is_err() {
        return Err(Refused);
    }
    let mut found = Rows {
        bytes: Vec::with_capacity(pages.len() + pages.len() / 16),
        places: Vec::with_capacity(lengths.len() * (links.len() + 2)),
        shown: Vec::with_capacity(lengths.len() * 256),
    };
    let mut start = 0usize;
    found.shown.push(b'[');
    for (number, &length) in lengths.iter().enumerate() {
        let end = start.checked_add(length).filter(|&end| end <= pages.len()).ok_or(Refused)?;
        if number > 0 {
            found.shown.push(b',');
        }
        let (kept, told, placed) = (found.bytes.len(), found.shown.len(), found.places.len());
        if (Row { text: &pages[start..end] }).put(links, shown, &mut found).is_err() {
            found.bytes.truncate(kept);
            found.shown.truncate(told);
            found.shown.extend(b"null");
            found.places.truncate(placed);
            found.places.resize(placed + links.len() + 2, kept as u64);
        }
        start = end;
    }
    found.shown.push(b']');
    if start == pages.len() {
        Ok(found)
    } else {
        Err(Refused)
    }
}

struct Row<'a> {
    text: &'a [u8],
}

impl<'a> Row<'a> {
    fn put(&self, links: &[Link], shown: &[&[u8]], found: &mut Rows) -> Result<()> {
        let (mut members, mut told) = (Vec::with_capacity(80), Vec::new());
        let (end, _) = self.object(self.behind_space(0), 0, |member| {
            if member.is_annotation { &mut told } else { &mut members }.push(member);
        })?;
        put_in_order(&mut members)?;
        if self.behind_space(end) != self.text.len() {
            return Err(Refused);
        }
        let id = members.iter().find(|member| member.key == ID).ok_or(Refused)?;
        let text = self.id(id)?;
        if text.len() == GUID && text.iter().any(u8::is_ascii_uppercase) {
            return Err(Refused);
        }
        found.places.push(found.bytes.len() as u64);
        self.put_members(members.iter(), &mut found.bytes)?;
        found.places.push(found.bytes.len() as u64);
        for link in links {
            if let Some(place) = told.iter().position(|member| member.key == link.key) {
                self.put_link(told.swap_remove(place).start, link.single, &mut found.bytes)?;
            }
            found.places.push(found.bytes.len() as u64);
        }
        if !told.is_empty() {
            return Err(Refused);
        }
        let asked = members.iter().filter(|member| member.key == ID || shown.contains(&member.key));
        if asked.clone().any(|member| self.byte(member.start) == b'{') {
            return Err(Refused);
        }
        self.put_members(asked, &mut found.shown)
    }

    /// Entries of an id and a type, each once, in the order of their ids; nothing for null.
    fn put_link(&self, at: usize, is_single: bool, out: &mut Vec<u8>) -> Result<()> {
        if self.byte(at) == b'n' {
            return Ok(());
        }
        let mut entries: Vec<(&[u8], &[u8])> = Vec::new();
        self.list(at, 0, |at, depth| {
            let (members, end) = self.sorted(at, depth)?;
            let [kind, id] = members.as_slice() else { return Err(Refused) };
            if kind.key != TYPE || self.byte(kind.start) != b'"' {
                return Err(Refused);
            }
            let text = self.id(id)?;
            if text.iter().any(u8::is_ascii_uppercase) {
                return Err(Refused);
            }
            entries.push((text, &self.text[kind.start..kind.end]));
            Ok((end, true))
        })?;
        if is_single && entries.len() > 1 {
            return Err(Refused);
        }
        entries.sort_by_key(|entry| entry.0);
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Refused);
        }
        out.push(b'[');
        for (number, (id, kind)) in entries.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            out.extend(b"{\"@odata.type\":");
            out.extend(*kind);
            out.extend(b",\"id\":\"");
            out.extend(*id);
            out.extend(b"\"}");
        }
        out.push(b']');
        Ok(())
    }

    /// Without its quotes. Refused unless it is ASCII and has no escapes.
    fn id(&self, member: &Member<'a>) -> Result<&'a [u8]> {
        let text = &self.text[member.start..member.end];
        if member.key == ID && text.len() > 2 && text[0] == b'"' && text.is_ascii() && !text.contains(&b'\\') {
            Ok(&text[1..text.len() - 1])
        } else {
            Err(Refused)
        }
    }

    /// The members of an object in the order of their keys, and the place behind it.
    fn sorted(&self, at: usize, depth: usize) -> Result<(Vec<Member<'a>>, usize)> {
        let mut members = Vec::with_capacity(8);
        let (end, _) = self.object(at, depth, |member| members.push(member))?;
        put_in_order(&mut members)?;
        Ok((members, end))
    }

    fn put_members<'m>(&self, members: impl Iterator<Item = &'m Member<'a>>, out: &mut Vec<u8>) -> Result<()>
    where
        'a: 'm,
    {
        out.push(b'{');
        for (number, member) in members.enumerate() {
            if member.is_annotation {
                return Err(Refused);
            }
            if number > 0 {
                out.push(b',');
            }
            out.push(b'"');
            out.extend(member.key);
            out.extend(b"\":");
            self.put_value(member.start, member.end, member.is_canonical, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn put_value(&self, start: usize, end: usize, is_canonical: bool, out: &mut Vec<u8>) -> Result<()> {
        if is_canonical {
            out.extend(&self.text[start..end]);
            return Ok(());
        }
        if self.byte(start) == b'{' {
            return self.put_members(self.sorted(start, 1)?.0.iter(), out);
        }
        out.push(b'[');
        let mut is_first = true;
        self.list(start, 0, |at, depth| {
            let (end, is_canonical) = self.value(at, depth)?;
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            self.put_value(at, end, is_canonical, out)?;
            Ok((end, true))
        })?;
        out.push(b']');
        Ok(())
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn behind_space(&self, at: usize) -> usize {
        let mut at = at;
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    /// The place behind it, and whether it is canonical as it stands, without annotations.
    fn value(&self, at: usize, depth: usize) -> Result<(usize, bool)> {
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

    /// The place behind it, and whether it is without spaces and its values are canonical.
    fn object(&self, at: usize, depth: usize, mut see: impl FnMut(Member<'a>)) -> Result<(usize, bool)> {
        if depth == DEEPEST || self.byte(at) != b'{' {
            return Err(Refused);
        }
        let mut is_plain = true;
        let mut spaced = |at: usize| {
            let behind = self.behind_space(at);
            is_plain &= behind == at;
            behind
        };
        let mut at = spaced(at + 1);
        if self.byte(at) == b'}' {
            return Ok((at + 1, is_plain));
        }
        let mut are_canonical = true;
        loop {
            let (end, is_annotation) = self.key_end(at)?;
            let key = &self.text[at + 1..end - 1];
            at = spaced(end);
            if self.byte(at) != b':' {
                return Err(Refused);
            }
            let start = spaced(at + 1);
            let (end, is_canonical) = self.value(start, depth + 1)?;
            are_canonical &= is_canonical;
            see(Member { key, start, end, is_canonical, is_annotation });
            at = spaced(end);
            match self.byte(at) {
                b',' => at = spaced(at + 1),
                b'}' => return Ok((at + 1, is_plain && are_canonical)),
                _ => return Err(Refused),
            }
        }
    }

    /// The same of a list, whose values `see` follows to their ends.
    fn list(
        &self,
        at: usize,
        depth: usize,
        mut see: impl FnMut(usize, usize) -> Result<(usize, bool)>,
    ) -> Result<(usize, bool)> {
        if depth == DEEPEST || self.byte(at) != b'[' {
            return Err(Refused);
        }
        let mut is_plain = true;
        let mut spaced = |at: usize| {
            let behind = self.behind_space(at);
            is_plain &= behind == at;
            behind
        };
        let mut at = spaced(at + 1);
        if self.byte(at) == b']' {
            return Ok((at + 1, is_plain));
        }
        let mut are_canonical = true;
        loop {
            let (end, is_canonical) = see(at, depth + 1)?;
            are_canonical &= is_canonical;
            at = spaced(end);
            match self.byte(at) {
                b',' => at = spaced(at + 1),
                b']' => return Ok((at + 1, is_plain && are_canonical)),
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

/// By their keys, each once. Graph sends the id first and the rest as it was asked for, which is in order.
fn put_in_order(members: &mut [Member]) -> Result<()> {
    let are_in_order = |members: &[Member]| members.windows(2).all(|pair| pair[0].key < pair[1].key);
    let Some((first, rest)) = members.split_first() else { return Ok(()) };
    if are_in_order(rest) {
        let before = rest.partition_point(|member| member.key < first.key);
        if rest.get(before).is_some_and(|member| member.key == first.key) {
            return Err(Refused);
        }
        members[..=before].rotate_left(1);
        return Ok(());
    }
    members.sort_by_key(|member| member.key);
    if are_in_order(members) {
        Ok(())
    } else {
        Err(Refused)
    }
}
