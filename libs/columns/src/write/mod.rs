//! From lines to the four streams.

mod numbers;
mod pictures;
mod sink;
mod strings;
mod trees;

use crate::arena::{Arena, Kept};
use crate::json::{cut, Tape};
use crate::read::{gives, Streams};
use crate::scope::Scope;
use crate::{Refused, Result};
use sink::Sink;

/// Text, plan, small and random, one behind the other.
pub struct Written {
    pub bytes: Vec<u8>,
    pub lengths: [usize; 4],
}

/// `plain`: so many lines of JSON, each with its line end. What is written was read again, within the limit, and
/// compared.
pub fn write(plain: &[u8], count: usize, limit: usize) -> Result<Written> {
    let (tape, lines) = cut(plain)?;
    if lines.is_empty() || lines.len() != count {
        return Err(Refused);
    }
    let kept = Kept::default();
    let mut writer = Writer { tape: &tape, arena: Arena::new(&kept), sink: Sink::default() };
    writer.tree(&Scope::alone(lines.len()), &lines, 0)?;
    let Sink { plan, text, small, random } = writer.sink;
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    let streams = Streams { plan: &plan, text, small: &small, random: &random };
    if !gives(&streams, count, limit, plain)? {
        return Err(Refused);
    }
    let parts = [text, &plan, &small, &random];
    Ok(Written { bytes: parts.concat(), lengths: parts.map(<[u8]>::len) })
}

struct Writer<'a, 't> {
    tape: &'t Tape<'a>,
    arena: Arena<'a>,
    sink: Sink,
}
