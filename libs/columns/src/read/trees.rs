//! JSON texts, put together from what stands at each place in the tree.

use std::rc::Rc;

use super::pieces::{Piece, Pieces};
use super::Reader;
use crate::forms::trees::{CONSTANT, KINDS, LISTS, MIXED, NOTHING, NULL, OBJECTS, POSITIONS, TEXTS, UNION};
use crate::scope::Scope;
use crate::texts::{Column, Made, Text};
use crate::{Refused, Result};

impl<'a> Reader<'a> {
    pub fn tree(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Pieces<'a>> {
        let form = self.source.byte()?;
        self.deeper(|reader| match form {
            CONSTANT => Ok(Pieces::same(reader.source.item()?)),
            TEXTS => reader.strings(Some(scope), count),
            OBJECTS => reader.objects(scope, count),
            UNION => reader.union(scope, count),
            POSITIONS => reader.positions(scope, count),
            LISTS => reader.lists(count),
            MIXED => reader.mixed(scope, count),
            _ => Err(Refused),
        })
    }

    fn tree_rows(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Column<'a>> {
        let pieces = self.tree(scope, count)?;
        self.rows(pieces, count)
    }

    fn objects(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Pieces<'a>> {
        let mut pieces = Pieces::same(b"{");
        for (number, key) in self.keys()?.into_iter().enumerate() {
            pieces.0.push(Piece::Same(if number == 0 { b"" } else { b"," }));
            pieces.0.extend([Piece::Same(key), Piece::Same(b":")]);
            pieces.0.extend(self.tree(scope, count)?.0);
        }
        pieces.0.push(Piece::Same(b"}"));
        Ok(pieces)
    }

    fn union(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Pieces<'a>> {
        let mut columns = Vec::new();
        for key in self.keys()? {
            let before = [b",", key, b":"].concat();
            columns.push((self.arena.keep(before), self.tree_rows(scope, count)?));
        }
        self.listed(b"{", &columns, b"}", count)
    }

    fn positions(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Pieces<'a>> {
        let mut columns: Vec<(&[u8], _)> = Vec::new();
        for _ in 0..self.source.byte()? {
            columns.push((b",", self.tree_rows(scope, count)?));
        }
        self.listed(b"[", &columns, b"]", count)
    }

    /// Of each row the texts that are not empty, with something before each, but no comma before the first.
    fn listed(
        &mut self,
        open: &'static [u8],
        columns: &[(Text<'a>, Column<'a>)],
        close: &'static [u8],
        count: usize,
    ) -> Result<Pieces<'a>> {
        let mut made = Made::new(count, 0);
        for row in 0..count {
            let begin = made.bytes.len();
            for (before, column) in columns {
                let text = column[row];
                if !text.is_empty() {
                    let comma = usize::from(made.bytes.len() == begin);
                    self.spend(0, before.len() + text.len())?;
                    made.bytes.extend_from_slice(&before[comma..]);
                    made.bytes.extend_from_slice(text);
                }
            }
            made.end();
        }
        self.spend(count * (1 + columns.len()), 0)?;
        let inside = Rc::new(made.keep(&self.arena));
        Ok(Pieces(vec![Piece::Same(open), Piece::Each(inside), Piece::Same(close)]))
    }

    fn lists(&mut self, count: usize) -> Result<Pieces<'a>> {
        let lengths = self.integers(count)?;
        let total = lengths.iter().try_fold(0_u64, |sum, &length| sum.checked_add(length)).ok_or(Refused)?;
        let total = usize::try_from(total).map_err(|_| Refused)?;
        if total == 0 {
            return Err(Refused);
        }
        self.spend(total, 0)?;
        let entries = self.tree_rows(&Scope::alone(total), total)?;
        let bytes = entries.iter().map(|text| text.len() + 1).sum::<usize>() + 2 * count;
        self.spend(count, bytes)?;
        let mut made = Made::new(count, bytes);
        let mut rest = entries.as_slice();
        for length in lengths {
            let (list, behind) = rest.split_at(length as usize);
            made.bytes.push(b'[');
            for (number, entry) in list.iter().enumerate() {
                if number > 0 {
                    made.bytes.push(b',');
                }
                made.bytes.extend_from_slice(entry);
            }
            made.bytes.push(b']');
            made.end();
            rest = behind;
        }
        Ok(Pieces::each(made.keep(&self.arena)))
    }

    fn mixed(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Pieces<'a>> {
        let found: Vec<u8> = (0..self.source.byte()?).map(|_| self.source.byte()).collect::<Result<_>>()?;
        let kinds = self.source.small(count)?;
        let mut rows: [Vec<u32>; KINDS] = Default::default();
        for (row, &kind) in kinds.iter().enumerate() {
            rows.get_mut(usize::from(kind)).ok_or(Refused)?.push(row as u32);
        }
        let present: Vec<u8> = (0..KINDS as u8).filter(|&kind| !rows[usize::from(kind)].is_empty()).collect();
        if found != present {
            return Err(Refused);
        }
        self.spend(count, 0)?;
        let mut texts: Vec<Text> = vec![b""; count];
        for kind in found {
            let rows = std::mem::take(&mut rows[usize::from(kind)]);
            match kind {
                NOTHING => {}
                NULL => rows.iter().for_each(|&row| texts[row as usize] = b"null"),
                _ => {
                    let part = scope.part(rows.clone());
                    let column = self.tree_rows(&part, rows.len())?;
                    rows.iter().zip(column.iter()).for_each(|(&row, text)| texts[row as usize] = text);
                }
            }
        }
        Ok(Pieces::each(texts))
    }

    /// With their quotes. Keys that have escapes are for Python.
    fn keys(&mut self) -> Result<Vec<Text<'a>>> {
        let item = self.source.item()?;
        let inside = item.strip_prefix(b"[").and_then(|item| item.strip_suffix(b"]")).ok_or(Refused)?;
        if inside.is_empty() {
            return Ok(Vec::new());
        }
        if std::str::from_utf8(inside).is_err() || inside.iter().any(|&byte| byte < 0x20 || byte == b'\\') {
            return Err(Refused);
        }
        let mut keys = Vec::new();
        let mut rest = inside;
        loop {
            let name = rest.strip_prefix(b"\"").ok_or(Refused)?;
            let end = name.iter().position(|&byte| byte == b'"').ok_or(Refused)?;
            let (key, behind) = rest.split_at(end + 2);
            keys.push(key);
            if behind.is_empty() {
                return Ok(keys);
            }
            rest = behind.strip_prefix(b",").ok_or(Refused)?;
        }
    }
}
