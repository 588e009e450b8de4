//! Columns of texts.

use std::rc::Rc;

use super::pieces::{Piece, Pieces};
use super::Reader;
use crate::forms::strings::{AROUND, CHOICE, NUMBERS, ONE, PICTURE, SAME, SID, SPLIT, TEXT};
use crate::scope::Scope;
use crate::sids::sids;
use crate::texts::{find, replace_into, Column, Made};
use crate::{Refused, Result};

impl<'a> Reader<'a> {
    pub fn strings(&mut self, scope: Option<&Scope<'a, '_>>, count: usize) -> Result<Pieces<'a>> {
        let form = self.source.byte()?;
        match form {
            ONE => Ok(Pieces::same(self.source.item()?)),
            CHOICE => {
                let size = self.source.size()?;
                if size > count {
                    return Err(Refused);
                }
                let index = self.index(size, count)?;
                let pieces = self.deeper(|reader| reader.strings(None, size))?;
                let distinct = self.rows(pieces, size)?;
                Ok(Pieces::each(index.into_iter().map(|place| distinct[place as usize]).collect()))
            }
            _ => {
                let (prefix, suffix) = (self.source.item()?, self.source.item()?);
                let core = self.core(scope, form, count)?;
                Ok(Pieces(vec![Piece::Same(prefix), Piece::Each(core), Piece::Same(suffix)]))
            }
        }
    }

    /// The pieces put together.
    pub fn rows(&mut self, pieces: Pieces<'a>, count: usize) -> Result<Column<'a>> {
        let pieces = pieces.merged(&self.arena);
        if let Some(column) = pieces.alone() {
            return Ok(column);
        }
        self.spend(count, pieces.bytes(count))?;
        Ok(pieces.joined(count, &self.arena))
    }

    fn core(&mut self, scope: Option<&Scope<'a, '_>>, form: u8, count: usize) -> Result<Column<'a>> {
        let column = match (form, scope) {
            (SAME | SID, Some(scope)) => {
                let column = scope.column(self.source.size()?).ok_or(Refused)?;
                self.spend(count, 0)?;
                return if form == SAME { Ok(column) } else { self.sids(&column) };
            }
            (AROUND, Some(scope)) => self.around(scope, count)?,
            (TEXT, _) => {
                self.spend(count, 0)?;
                Rc::new(self.source.items(count)?)
            }
            (PICTURE, _) => Rc::new(self.picture(count)?),
            (NUMBERS, _) => Rc::new(self.decimals(count)?),
            (SPLIT, _) => self.split(scope, count)?,
            _ => return Err(Refused),
        };
        if let Some(scope) = scope {
            scope.share(column.clone());
        }
        Ok(column)
    }

    fn sids(&mut self, column: &Column<'a>) -> Result<Column<'a>> {
        let made = sids(column).ok_or(Refused)?;
        self.spend(0, made.bytes.len())?;
        Ok(Rc::new(made.keep(&self.arena)))
    }

    fn split(&mut self, scope: Option<&Scope<'a, '_>>, count: usize) -> Result<Column<'a>> {
        let (mark, marks) = (self.source.byte()?, self.source.byte()?);
        if mark == b'\n' {
            return Err(Refused);
        }
        let mark = self.arena.keep(vec![mark]);
        let mut parts = self.deeper(|reader| reader.strings(scope, count))?;
        for _ in 0..marks {
            parts.0.push(Piece::Same(mark));
            parts.0.extend(self.deeper(|reader| reader.strings(scope, count))?.0);
        }
        self.rows(parts, count)
    }

    fn around(&mut self, scope: &Scope<'a, '_>, count: usize) -> Result<Column<'a>> {
        let others = scope.column(self.source.size()?).ok_or(Refused)?;
        let mark = [self.source.byte()?];
        if mark == *b"\n" {
            return Err(Refused);
        }
        let pieces = self.deeper(|reader| reader.strings(Some(scope), count))?;
        let rest = self.rows(pieces, count)?;
        let mut made = Made::new(count, 0);
        for (text, other) in rest.iter().zip(others.iter()) {
            let marks =
                if find(text, &mark).is_some() { text.iter().filter(|&&byte| byte == mark[0]).count() } else { 0 };
            self.spend(1, text.len().saturating_add(other.len().saturating_mul(marks)))?;
            replace_into(&mut made.bytes, text, &mark, other);
            made.end();
        }
        Ok(Rc::new(made.keep(&self.arena)))
    }
}
