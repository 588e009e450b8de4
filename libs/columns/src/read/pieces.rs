//! What stands side by side in each row: the same bytes in all rows, or bytes of its own for each.

use std::rc::Rc;

use crate::arena::Arena;
use crate::texts::{Column, Made, Text};

#[derive(Clone)]
pub enum Piece<'a> {
    Same(Text<'a>),
    Each(Column<'a>),
}

#[derive(Default)]
pub struct Pieces<'a>(pub Vec<Piece<'a>>);

impl<'a> Pieces<'a> {
    pub fn same(text: Text<'a>) -> Self {
        Pieces(vec![Piece::Same(text)])
    }

    pub fn each(column: Vec<Text<'a>>) -> Self {
        Pieces(vec![Piece::Each(Rc::new(column))])
    }

    pub fn bytes(&self, count: usize) -> usize {
        let of = |piece: &Piece| match piece {
            Piece::Same(text) => text.len().saturating_mul(count),
            Piece::Each(column) => column.iter().map(|text| text.len()).sum(),
        };
        self.0.iter().map(of).fold(0, usize::saturating_add)
    }

    /// With one piece instead of several that are the same in all rows, and without empty ones.
    pub fn merged(self, arena: &Arena<'a>) -> Self {
        let mut merged: Vec<Piece<'a>> = Vec::new();
        let mut same: Vec<Text<'a>> = Vec::new();
        let close = |same: &mut Vec<Text<'a>>, merged: &mut Vec<Piece<'a>>| match same.as_slice() {
            [] => {}
            [text] => merged.push(Piece::Same(text)),
            _ => merged.push(Piece::Same(arena.keep(same.concat()))),
        };
        for piece in self.0 {
            match piece {
                Piece::Same(b"") => {}
                Piece::Same(text) => same.push(text),
                Piece::Each(_) => {
                    close(&mut same, &mut merged);
                    same.clear();
                    merged.push(piece);
                }
            }
        }
        close(&mut same, &mut merged);
        Pieces(merged)
    }

    pub fn row(&self, number: usize) -> impl Iterator<Item = Text<'a>> + '_ {
        self.0.iter().map(move |piece| match piece {
            Piece::Same(text) => text,
            Piece::Each(column) => column[number],
        })
    }

    /// The column itself when it stands alone.
    pub fn alone(&self) -> Option<Column<'a>> {
        match self.0.as_slice() {
            [Piece::Each(column)] => Some(column.clone()),
            _ => None,
        }
    }

    pub fn joined(&self, count: usize, arena: &Arena<'a>) -> Column<'a> {
        let mut made = Made::new(count, self.bytes(count));
        for number in 0..count {
            self.row(number).for_each(|text| made.bytes.extend_from_slice(text));
            made.end();
        }
        Rc::new(made.keep(arena))
    }
}
