//! From the four streams to lines.

mod numbers;
mod pictures;
mod pieces;
mod source;
mod strings;
mod trees;

use crate::arena::{Arena, Kept};
use crate::scope::Scope;
use crate::{Refused, Result};
use pieces::Pieces;
use source::Source;

pub struct Streams<'a> {
    pub plan: &'a [u8],
    pub text: &'a [u8],
    pub small: &'a [u8],
    pub random: &'a [u8],
}

/// The lines, each with its line end. `limit`: what may be made on the way, see `Reader::spend`.
pub fn read(streams: &Streams, count: usize, limit: usize) -> Result<Vec<u8>> {
    with_pieces(streams, count, limit, |pieces, size| {
        let mut plain = Vec::with_capacity(size + count);
        for number in 0..count {
            pieces.row(number).for_each(|text| plain.extend_from_slice(text));
            plain.push(b'\n');
        }
        plain
    })
}

/// Whether these very lines would be read.
pub fn gives(streams: &Streams, count: usize, limit: usize, plain: &[u8]) -> Result<bool> {
    with_pieces(streams, count, limit, |pieces, _| {
        let mut rest = plain;
        for number in 0..count {
            for text in pieces.row(number).chain([b"\n".as_slice()]) {
                match rest.strip_prefix(text) {
                    Some(behind) => rest = behind,
                    None => return false,
                }
            }
        }
        rest.is_empty()
    })
}

fn with_pieces<T>(
    streams: &Streams,
    count: usize,
    limit: usize,
    use_them: impl FnOnce(&Pieces, usize) -> T,
) -> Result<T> {
    if count == 0 {
        return Err(Refused);
    }
    let kept = Kept::default();
    let arena = Arena::new(&kept);
    let mut reader = Reader { source: Source::new(streams), arena, left: limit, depth: 0 };
    reader.spend(count, 0)?;
    let pieces = reader.tree(&Scope::alone(count), count)?.merged(&reader.arena);
    let size = pieces.bytes(count);
    reader.spend(count, size)?;
    Ok(use_them(&pieces, size))
}

struct Reader<'a> {
    source: Source<'a>,
    arena: Arena<'a>,
    left: usize,
    depth: usize,
}

/// Of forms in each other. What was written has not half of it.
const DEEPEST: usize = 100;
/// What a text costs beside its bytes.
const TEXT_COSTS: usize = 40;

impl Reader<'_> {
    /// Every column that is made is paid for, so that a few bytes cannot become gigabytes.
    fn spend(&mut self, texts: usize, bytes: usize) -> Result<()> {
        let cost = texts.checked_mul(TEXT_COSTS).and_then(|cost| cost.checked_add(bytes)).ok_or(Refused)?;
        self.left = self.left.checked_sub(cost).ok_or(Refused)?;
        Ok(())
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return Err(Refused);
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }
}
