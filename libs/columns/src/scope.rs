//! Which columns a column may refer to: those that have a value in each of its rows, in the order of their writing.
//!
//! Columns are numbered from the outermost scope inwards: an outer scope gets no new ones while an inner is in use.

use std::cell::RefCell;
use std::rc::Rc;

use crate::texts::{Column, Text};

pub struct Scope<'a, 's> {
    pub count: usize,
    parent: Option<&'s Scope<'a, 's>>,
    rows: Vec<u32>,
    outer: usize,
    columns: RefCell<Vec<Column<'a>>>,
}

impl<'a, 's> Scope<'a, 's> {
    pub fn alone(count: usize) -> Self {
        Scope { count, parent: None, rows: Vec::new(), outer: 0, columns: RefCell::default() }
    }

    /// Of these rows, in ascending order.
    pub fn part<'p>(&'p self, rows: Vec<u32>) -> Scope<'a, 'p> {
        let parent: &'p Scope<'a, 'p> = self;
        Scope { count: rows.len(), parent: Some(parent), rows, outer: self.known(), columns: RefCell::default() }
    }

    pub fn known(&self) -> usize {
        self.outer + self.columns.borrow().len()
    }

    pub fn add(&self, column: Vec<Text<'a>>) {
        self.share(Rc::new(column));
    }

    pub fn share(&self, column: Column<'a>) {
        self.columns.borrow_mut().push(column);
    }

    /// Cut down to the rows of this scope. None for a number that is not known.
    pub fn column(&self, number: usize) -> Option<Column<'a>> {
        match self.parent {
            Some(parent) if number < self.outer => {
                let texts = parent.column(number)?;
                Some(Rc::new(self.rows.iter().map(|&row| texts[row as usize]).collect()))
            }
            _ => self.columns.borrow().get(number - self.outer).cloned(),
        }
    }

    /// Of a known column.
    pub fn text(&self, number: usize, row: usize) -> Text<'a> {
        match self.parent {
            Some(parent) if number < self.outer => parent.text(number, self.rows[row] as usize),
            _ => self.columns.borrow()[number - self.outer][row],
        }
    }
}
