//! Rows of a page as Graph sends them, as the lines that are kept where nothing else is known of their objects:
//! canonical JSON, with the hash of the content and the summary beside it.
//!
//! Only plain rows are taken: objects with an id, without annotations (keys with `@`), without escapes that would be
//! written in another way, without fractions. Any other row is for Python, by itself.

mod summary;
mod walk;

use crate::blake2b::{hashes, Digits};
use crate::{Refused, Result};
use std::mem::replace;
use walk::{Member, Row};

const ID: &[u8] = b"id";
const TYPE: &[u8] = b"@odata.type";
const DELTA: &[u8] = b"@delta";
const GUID: usize = 36;
/// Of each text that is told; no JSON has it in a text.
const END: u8 = 0;
/// A row is told of in so many.
const TEXTS: usize = 6;
/// Of a line more than its row and what was given, and of what is told beside it: guesses, so that room need not grow.
const EXTRA_BYTES: usize = 128;
const TOLD_BYTES: usize = 512;

/// Of the rows of one type.
pub struct Asked<'a> {
    object_type: &'a [u8],
    /// In the order of their names.
    links: Vec<Link<'a>>,
    display: Vec<&'a [u8]>,
    search: Vec<&'a [u8]>,
    facets: Vec<&'a [u8]>,
    needed: Vec<&'a [u8]>,
}

struct Link<'a> {
    name: &'a [u8],
    from: Source,
}

enum Source {
    /// The row itself tells its entries: any number, or one at most.
    Many,
    One,
    /// They come with the row, as they are kept.
    Given,
}

impl<'a> Asked<'a> {
    /// One name in each line, behind a letter: the type (`t`), relationships (`*`, `!`, `+`), and properties for display
    /// (`d`), search (`s`) and facets (`f`), and those that are needed by themselves (`n`).
    pub fn of(names: &'a [u8]) -> Result<Self> {
        let (mut types, mut links) = (Vec::new(), Vec::new());
        let (mut display, mut search, mut facets, mut needed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for line in names.split(|&byte| byte == b'\n') {
            let (letter, name) = line.split_first().ok_or(Refused)?;
            match letter {
                b't' => types.push(name),
                b'*' => links.push(Link { name, from: Source::Many }),
                b'!' => links.push(Link { name, from: Source::One }),
                b'+' => links.push(Link { name, from: Source::Given }),
                b'd' => display.push(name),
                b's' => search.push(name),
                b'f' => facets.push(name),
                b'n' => needed.push(name),
                _ => return Err(Refused),
            }
        }
        let [object_type] = types[..] else { return Err(Refused) };
        Ok(Asked { object_type, links, display, search, facets, needed })
    }

    fn given(&self) -> usize {
        self.links.iter().filter(|link| matches!(link.from, Source::Given)).count()
    }
}

pub struct Rows {
    /// The lines, without line ends.
    pub bytes: Vec<u8>,
    /// Of each row where its line ends. It has none when the row is for Python.
    pub ends: Vec<u64>,
    /// Of each row its id, the hash of its content, its summary and what is needed; six times nothing when it is for
    /// Python.
    pub told: Vec<u8>,
}

/// What the hashes are made of, one text behind the other.
#[derive(Default)]
struct Contents {
    bytes: Vec<u8>,
    /// Of each where it ends, and where its hash belongs in what is told.
    places: Vec<(usize, usize)>,
}

impl Contents {
    fn put_hashes(&self, told: &mut [u8]) {
        let mut start = 0;
        let texts = self.places.iter().map(|&(end, _)| &self.bytes[replace(&mut start, end)..end]);
        let texts: Vec<&[u8]> = texts.collect();
        for (hash, &(_, place)) in hashes(&texts).iter().zip(&self.places) {
            told[place..place + hash.len()].copy_from_slice(hash);
        }
    }
}

/// `parts`: each row, and behind it what the given relationships have: nothing, or a list as it is kept.
pub fn rows(parts: &[u8], lengths: &[usize], asked: &Asked) -> Result<Rows> {
    if std::str::from_utf8(parts).is_err() {
        return Err(Refused);
    }
    let step = 1 + asked.given();
    let count = lengths.len() / step;
    let mut found = Rows {
        bytes: Vec::with_capacity(parts.len() + count * (EXTRA_BYTES + TOLD_BYTES)),
        ends: Vec::with_capacity(count),
        told: Vec::with_capacity(count * TOLD_BYTES),
    };
    let mut contents = Contents::default();
    let mut rest = parts;
    let mut given = Vec::with_capacity(step);
    for lengths in lengths.chunks(step) {
        given.clear();
        for &length in lengths {
            given.push(rest.get(..length).ok_or(Refused)?);
            rest = &rest[length..];
        }
        let [text, links @ ..] = &given[..] else { return Err(Refused) };
        let (kept, told) = (found.bytes.len(), found.told.len());
        if links.len() + 1 != step || (Row { text }).put(asked, links, &mut found, &mut contents).is_err() {
            found.bytes.truncate(kept);
            found.told.truncate(told);
            found.told.extend([END; TEXTS]);
        }
        found.ends.push(found.bytes.len() as u64);
    }
    contents.put_hashes(&mut found.told);
    if rest.is_empty() {
        Ok(found)
    } else {
        Err(Refused)
    }
}

impl<'a> Row<'a> {
    fn put(&self, asked: &Asked, given: &[&[u8]], found: &mut Rows, contents: &mut Contents) -> Result<()> {
        let (mut members, mut changes) = (Vec::with_capacity(80), Vec::new());
        let (end, _) = self.object(self.behind_space(0), 0, |member| {
            if member.is_annotation { &mut changes } else { &mut members }.push(member);
        })?;
        put_in_order(&mut members)?;
        if self.behind_space(end) != self.text.len() {
            return Err(Refused);
        }
        let id = self.id(member_of(&members, ID).ok_or(Refused)?)?;
        if id.len() == GUID && id.iter().any(u8::is_ascii_uppercase) {
            return Err(Refused);
        }
        let out = &mut found.bytes;
        put_all(out, &[b"{\"id\":\"", id, b"\",\"links\":"]);
        let links = out.len();
        self.put_links(asked, &mut changes, given, out)?;
        let links_end = out.len();
        if !changes.is_empty() {
            return Err(Refused);
        }
        out.extend(b",\"properties\":");
        let properties = out.len();
        self.put_members(members.iter(), out)?;
        put_all(&mut contents.bytes, &[&out[properties..], b"\n", &out[links..links_end]]);
        put_all(out, &[b",\"type\":\"", asked.object_type, b"\"}"]);
        put_all(&mut found.told, &[id, &[END]]);
        contents.places.push((contents.bytes.len(), found.told.len()));
        put_all(&mut found.told, &[&Digits::default(), &[END]]);
        self.put_summary(&members, id, asked, &mut found.told);
        Ok(())
    }

    /// Takes away what it has told of.
    fn put_links(
        &self,
        asked: &Asked,
        changes: &mut Vec<Member<'a>>,
        given: &[&[u8]],
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut given = given.iter();
        out.push(b'{');
        let first = out.len();
        for link in &asked.links {
            let before = out.len();
            put_all(out, &[if before > first { b",\"" } else { b"\"" }, link.name, b"\":"]);
            let start = out.len();
            if let Source::Given = link.from {
                out.extend(*given.next().ok_or(Refused)?);
            } else if let Some(place) = changes.iter().position(|change| is_change_of(change.key, link.name)) {
                let is_single = matches!(link.from, Source::One);
                self.put_link(changes.swap_remove(place).start, is_single, out)?;
            }
            if out.len() == start {
                out.truncate(before);
            }
        }
        out.push(b'}');
        Ok(())
    }

    /// Entries of an id and a type, each once, in the order of their ids; nothing for null and for none.
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
        for (number, (id, kind)) in entries.iter().enumerate() {
            let before = if number == 0 { b'[' } else { b',' };
            put_all(out, &[&[before], b"{\"@odata.type\":", kind, b",\"id\":\"", id, b"\"}"]);
        }
        if !entries.is_empty() {
            out.push(b']');
        }
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
}

fn put_all(out: &mut Vec<u8>, texts: &[&[u8]]) {
    for text in texts {
        out.extend(*text);
    }
}

fn is_change_of(key: &[u8], name: &[u8]) -> bool {
    key.strip_suffix(DELTA) == Some(name)
}

/// `members`: in order.
fn member_of<'m, 'a>(members: &'m [Member<'a>], key: &[u8]) -> Option<&'m Member<'a>> {
    members.binary_search_by(|member| member.key.cmp(key)).ok().map(|place| &members[place])
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
