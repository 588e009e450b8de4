//! Whole numbers and indexes.

use super::Reader;
use crate::forms::numbers::{BYTES, DIFFERENCES, DIGITS, LIMIT};
use crate::texts::{push_decimal, Made, Text};
use crate::{Refused, Result};

impl<'a> Reader<'a> {
    /// Each below `places`.
    pub fn index(&mut self, places: usize, count: usize) -> Result<Vec<u32>> {
        self.spend(count, 0)?;
        let index: Vec<u32> = match places {
            1 => vec![0; count],
            0..=256 => self.source.small(count)?.iter().map(|&place| u32::from(place)).collect(),
            _ => {
                let size = (64 - (places as u64 - 1).leading_zeros() as usize).div_ceil(8);
                let planes = self.planes(size, count)?;
                planes.into_iter().map(|place| u32::try_from(place).map_err(|_| Refused)).collect::<Result<_>>()?
            }
        };
        if index.iter().any(|&place| place as usize >= places) {
            Err(Refused)
        } else {
            Ok(index)
        }
    }

    /// Each below LIMIT.
    pub fn integers(&mut self, count: usize) -> Result<Vec<u64>> {
        self.spend(count, 0)?;
        let values = match self.source.byte()? {
            BYTES => {
                let size = usize::from(self.source.byte()?);
                self.planes(size, count)?
            }
            DIFFERENCES => self.differences(count)?,
            _ => return Err(Refused),
        };
        if values.iter().any(|&value| value >= LIMIT) {
            Err(Refused)
        } else {
            Ok(values)
        }
    }

    fn differences(&mut self, count: usize) -> Result<Vec<u64>> {
        let first = self.source.number()?;
        let size = self.source.size()?;
        if size > count || first >= LIMIT {
            return Err(Refused);
        }
        let steps = (0..size).map(|_| {
            let zigzag = self.source.number()?;
            let half = i64::try_from(zigzag / 2).map_err(|_| Refused)?;
            Ok(if zigzag % 2 == 1 { -half - 1 } else { half })
        });
        let steps = steps.collect::<Result<Vec<i64>>>()?;
        let mut value = i64::try_from(first).map_err(|_| Refused)?;
        let mut values = vec![first];
        for place in self.index(size, count - 1)? {
            value = value.checked_add(steps[place as usize]).ok_or(Refused)?;
            values.push(u64::try_from(value).map_err(|_| Refused)?);
        }
        Ok(values)
    }

    fn planes(&mut self, size: usize, count: usize) -> Result<Vec<u64>> {
        if size > 8 {
            return Err(Refused);
        }
        let mut values = vec![0_u64; count];
        for place in (0..size).rev() {
            let plane = if place == size - 1 { self.source.small(count)? } else { self.source.random(count)? };
            for (value, &byte) in values.iter_mut().zip(plane) {
                *value |= u64::from(byte) << (8 * place);
            }
        }
        Ok(values)
    }

    pub fn decimals(&mut self, count: usize) -> Result<Vec<Text<'a>>> {
        let width = self.source.size()?;
        if width > DIGITS {
            return Err(Refused);
        }
        let values = self.integers(count)?;
        let mut made = Made::new(count, (width + 1) * count);
        for value in values {
            push_decimal(&mut made.bytes, value, width);
            made.end();
        }
        Ok(made.keep(&self.arena))
    }
}
