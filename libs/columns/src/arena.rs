//! Bytes that are made while a frame is written or read, and live as long as it is: columns refer to them.

use std::cell::{Cell, OnceCell};

#[derive(Default)]
pub struct Kept {
    bytes: Vec<u8>,
    next: OnceCell<Box<Kept>>,
}

impl Drop for Kept {
    /// One after the other: a long chain would not fit on the stack.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut kept) = next {
            next = kept.next.take();
        }
    }
}

pub struct Arena<'a> {
    last: Cell<&'a Kept>,
}

impl<'a> Arena<'a> {
    pub fn new(first: &'a Kept) -> Self {
        Arena { last: Cell::new(first) }
    }

    pub fn keep(&self, bytes: Vec<u8>) -> &'a [u8] {
        let kept = self.last.get().next.get_or_init(|| Box::new(Kept { bytes, next: OnceCell::new() }));
        self.last.set(kept);
        &kept.bytes
    }
}
