//! Texts of equal length that differ in their digits only.

use super::Reader;
use crate::forms::pictures::{DECIMAL, LOWER, UPPER};
use crate::hex::LETTERS;
use crate::texts::{Made, Text};
use crate::{Refused, Result};

impl<'a> Reader<'a> {
    pub fn picture(&mut self, count: usize) -> Result<Vec<Text<'a>>> {
        let picture = self.source.item()?;
        let form = self.source.byte()?;
        let digits: &[u8; 16] = match form {
            DECIMAL | LOWER => LETTERS,
            UPPER => b"0123456789ABCDEF",
            _ => return Err(Refused),
        };
        let places: Vec<usize> = (0..picture.len()).filter(|&place| picture[place] == b'0').collect();
        self.spend(count, picture.len().checked_mul(count).ok_or(Refused)?)?;
        let size = (places.len() * count).div_ceil(2);
        let (by_place, bytes_each) = (form == DECIMAL, places.len() / 2);
        let packed = if form == DECIMAL { self.source.small(size)? } else { self.source.random(size)? };
        let mut made = Made::new(count, picture.len() * count);
        let is_odd = places.len() % 2 == 1;
        for row in 0..count {
            let begin = made.bytes.len();
            made.bytes.extend_from_slice(picture);
            let text = &mut made.bytes[begin..];
            if is_odd {
                for (number, &place) in (row * places.len()..).zip(&places) {
                    let byte = packed[number / 2];
                    text[place] = digits[usize::from(if number % 2 == 0 { byte >> 4 } else { byte & 0xF })];
                }
            } else {
                for (pair, places) in places.chunks_exact(2).enumerate() {
                    let byte = packed[if by_place { pair * count + row } else { row * bytes_each + pair }];
                    text[places[0]] = digits[usize::from(byte >> 4)];
                    text[places[1]] = digits[usize::from(byte & 0xF)];
                }
            }
            made.end();
        }
        Ok(made.keep(&self.arena))
    }
}
