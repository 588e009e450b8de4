//! The streams, each with the place up to which it was read.

use super::Streams;
use crate::texts::Text;
use crate::{Refused, Result};

pub struct Source<'a> {
    plan: &'a [u8],
    text: Option<&'a [u8]>,
    small: &'a [u8],
    random: &'a [u8],
}

impl<'a> Source<'a> {
    pub fn new(streams: &Streams<'a>) -> Self {
        Source { plan: streams.plan, text: Some(streams.text), small: streams.small, random: streams.random }
    }

    pub fn byte(&mut self) -> Result<u8> {
        Ok(take(&mut self.plan, 1)?[0])
    }

    pub fn number(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = u64::from(self.byte()?);
            let bits = byte & 0x7F;
            if bits << shift >> shift != bits {
                return Err(Refused);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Refused)
    }

    pub fn size(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| Refused)
    }

    pub fn item(&mut self) -> Result<Text<'a>> {
        let text = self.text.ok_or(Refused)?;
        match text.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                self.text = Some(&text[end + 1..]);
                Ok(&text[..end])
            }
            None => {
                self.text = None;
                Ok(text)
            }
        }
    }

    pub fn items(&mut self, count: usize) -> Result<Vec<Text<'a>>> {
        (0..count).map(|_| self.item()).collect()
    }

    pub fn small(&mut self, count: usize) -> Result<&'a [u8]> {
        take(&mut self.small, count)
    }

    pub fn random(&mut self, count: usize) -> Result<&'a [u8]> {
        take(&mut self.random, count)
    }
}

fn take<'a>(stream: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    if count > stream.len() {
        return Err(Refused);
    }
    let (taken, rest) = stream.split_at(count);
    *stream = rest;
    Ok(taken)
}
