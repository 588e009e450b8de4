//! What lists show of a row, as `directory/summary.py` makes it of texts, numbers and truth values.

use super::{member_of, put_all, Asked, Member, Row, END, ID};
use crate::{Refused, Result};

/// Latin, Greek and Cyrillic letters, and scripts without small ones. The small ones of others may depend on the version of
/// Unicode, and that of a sigma on its neighbours.
fn is_simple(letter: char) -> bool {
    let is_in_place =
        matches!(letter, '\0'..='\u{52f}' | '\u{590}'..='\u{109f}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    is_in_place && letter != '\u{3a3}'
}

impl<'a> Row<'a> {
    /// Name, search text, the members of its facets and the properties that are needed by themselves; four times
    /// nothing when that is for Python.
    pub fn put_summary(&self, members: &[Member<'a>], id: &[u8], asked: &Asked, out: &mut Vec<u8>) {
        let before = out.len();
        if self.try_summary(members, id, asked, out).is_err() {
            out.truncate(before);
            out.extend([END; 4]);
        }
    }

    fn try_summary(&self, members: &[Member<'a>], id: &[u8], asked: &Asked, out: &mut Vec<u8>) -> Result<()> {
        let mut display = id;
        for name in &asked.display {
            if let Some(text) = self.text_of(members, name)? {
                display = text;
                break;
            }
        }
        let mut searched: Vec<Vec<u8>> = Vec::with_capacity(asked.search.len());
        for name in asked.search.iter().filter(|&&name| name != ID) {
            if let Some(text) = self.text_of(members, name)? {
                let small = small_letters(text)?;
                if !searched.contains(&small) {
                    searched.push(small);
                }
            }
        }
        if display.is_ascii() {
            let small = display.to_ascii_lowercase();
            searched.retain(|text| *text != small);
        }
        put_all(out, &[display, &[END], &searched.join(&b' '), &[END]]);
        let first = out.len();
        for name in &asked.facets {
            let Some(member) = member_of(members, name) else { continue };
            let before: &[u8] = if out.len() == first { b"\"" } else { b",\"" };
            let value = &self.text[member.start..member.end];
            match value[0] {
                b'n' => continue,
                b'"' => put_all(out, &[before, name, b"\":", value]),
                b'[' | b'{' => return Err(Refused),
                _ => put_all(out, &[before, name, b"\":\"", value, b"\""]),
            }
        }
        out.push(END);
        self.put_needed(members, asked, out);
        out.push(END);
        Ok(())
    }

    /// An object of those that the row has, as they stand; of a list of objects only that it is one.
    fn put_needed(&self, members: &[Member<'a>], asked: &Asked, out: &mut Vec<u8>) {
        out.push(b'{');
        let first = out.len();
        for name in &asked.needed {
            let Some(member) = member_of(members, name) else { continue };
            let before: &[u8] = if out.len() == first { b"\"" } else { b",\"" };
            let value = &self.text[member.start..member.end];
            let is_of_objects = value[0] == b'[' && self.byte(self.behind_space(member.start + 1)) == b'{';
            put_all(out, &[before, name, b"\":", if is_of_objects { b"[{}]" } else { value }]);
        }
        out.push(b'}');
    }

    /// Without its quotes; None for none, for an empty one, and for what counts as none. Escapes are for Python.
    fn text_of(&self, members: &[Member<'a>], name: &[u8]) -> Result<Option<&'a [u8]>> {
        match member_of(members, name).map(|member| &self.text[member.start..member.end]) {
            None | Some(b"null" | b"false" | b"\"\"") => Ok(None),
            Some([b'"', text @ .., b'"']) if !text.contains(&b'\\') => Ok(Some(text)),
            Some(_) => Err(Refused),
        }
    }
}

/// As Python makes them.
fn small_letters(text: &[u8]) -> Result<Vec<u8>> {
    if text.is_ascii() {
        return Ok(text.to_ascii_lowercase());
    }
    let text = std::str::from_utf8(text).map_err(|_| Refused)?;
    if text.chars().all(is_simple) {
        Ok(text.to_lowercase().into_bytes())
    } else {
        Err(Refused)
    }
}
