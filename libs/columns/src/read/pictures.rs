//! Texts of equal length that differ in their digits only.

use super::Reader;
use crate::forms::pictures::{DECIMAL, LOWER, UPPER};
use crate::texts::{Made, Text};
use crate::{Refused, Result};

impl<'a> Reader<'a> {
    pub fn picture(&mut self, count: usize) -> Result<Vec<Text<'a>>> {
        let picture = self.source.item()?;
        let form = self.source.byte()?;
        let digits: &[u8; 16] = match form {
            DECIMAL | LOWER => b"0123456789abcdef",
            UPPER => b"0123456789ABCDEF",
            _ => return Err(Refused),
        };
        let places: Vec<usize> = (0..picture.len()).filter(|&place| picture[place] == b'0').collect();
        self.spend(count, picture.len().checked_mul(count).ok_or(Refused)?)?;
        let size = (places.len() * count).div_ceil(2);
        let by_place = form == DECIMAL && places.len() % 2 == 0;
        let packed = if form == DECIMAL { self.source.small(size)? } else { self.source.random(size)? };
        let mut made = Made::new(count, picture.len() * count);
        let mut taken = 0;
        for row in 0..count {
            let begin = made.bytes.len();
            made.bytes.extend_from_slice(picture);
            let text = &mut made.bytes[begin..];
            for (number, &place) in places.iter().enumerate() {
                let byte = packed[if by_place { number / 2 * count + row } else { taken / 2 }];
                let high = if by_place { number % 2 == 0 } else { taken % 2 == 0 };
                text[place] = digits[usize::from(if high { byte >> 4 } else { byte & 0xF })];
                taken += 1;
            }
            made.end();
        }
        Ok(made.keep(&self.arena))
    }
}
