//! Columns of whole numbers, as differences or as bytes of equal weight, and indexes into a list of choices.

use super::sink::Sink;
use crate::forms::numbers::{BYTES, DIFFERENCES, DIGITS, LIMIT, STEPS};
use crate::texts::Text;
use crate::{Refused, Result};

/// Texts of so many digits are no numbers for Python.
const LONGEST: usize = 4300;

impl Sink {
    /// In one byte each while they fit.
    pub fn index(&mut self, places: usize, index: &[u32]) {
        if places == 1 {
            return;
        }
        if places <= 256 {
            self.small.extend(index.iter().map(|&place| place as u8));
        } else {
            self.planes(index.len(), size_of(places as u64 - 1), |row| u64::from(index[row]));
        }
    }

    /// 0 and up, below LIMIT; at least one.
    pub fn integers(&mut self, values: &[u64]) {
        if let Some((distinct, index)) = steps(values) {
            self.plan.push(DIFFERENCES);
            self.number(values[0]);
            self.number(distinct.len() as u64);
            for &step in &distinct {
                self.number(step.unsigned_abs() * 2 - u64::from(step < 0));
            }
            self.index(distinct.len(), &index);
        } else {
            let size = size_of(values.iter().copied().max().unwrap_or(0));
            self.plan.extend([BYTES, size as u8]);
            self.planes(values.len(), size, |row| values[row]);
        }
    }

    /// The highest bytes of all values, which are alike, then the next ones; what lies lowest is random.
    fn planes(&mut self, count: usize, size: usize, value: impl Fn(usize) -> u64) {
        for place in (0..size).rev() {
            let stream = if place == size - 1 { &mut self.small } else { &mut self.random };
            stream.extend((0..count).map(|row| (value(row) >> (8 * place)) as u8));
        }
    }

    /// False, and nothing written, when the texts are no numbers of equal length or without zeros in front.
    pub fn decimals(&mut self, texts: &[Text]) -> Result<bool> {
        let total = texts.iter().map(|text| text.len()).sum::<usize>();
        if total + texts.len() - 1 > DIGITS * texts.len() {
            return Ok(false);
        }
        if !texts.iter().all(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit)) {
            return Ok(false);
        }
        if texts.iter().any(|text| text.len() >= LONGEST) {
            return Err(Refused);
        }
        let width = if total == texts[0].len() * texts.len() { texts[0].len() } else { 0 };
        let fits = |text: &&Text| if width > 0 { text.len() == width } else { text.len() == 1 || text[0] != b'0' };
        if !texts.iter().all(|text| fits(&text)) {
            return Ok(false);
        }
        let Some(values) = texts.iter().map(|text| value_of(text)).collect::<Option<Vec<u64>>>() else {
            return Ok(false);
        };
        self.number(width as u64);
        self.integers(&values);
        Ok(true)
    }
}

/// None from LIMIT on.
fn value_of(digits: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for &digit in digits {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    (value < LIMIT).then_some(value)
}

/// The different steps from a value to the next and which one it is each time; None when they are many.
fn steps(values: &[u64]) -> Option<(Vec<i64>, Vec<u32>)> {
    let mut distinct: Vec<i64> = Vec::new();
    let mut index = Vec::with_capacity(values.len());
    for pair in values.windows(2) {
        let step = pair[1] as i64 - pair[0] as i64;
        let place = match distinct.iter().position(|&known| known == step) {
            Some(place) => place,
            None if distinct.len() == STEPS => return None,
            None => {
                distinct.push(step);
                distinct.len() - 1
            }
        };
        index.push(place as u32);
    }
    (8 * distinct.len() <= values.len()).then_some((distinct, index))
}

fn size_of(largest: u64) -> usize {
    (64 - largest.leading_zeros() as usize).div_ceil(8)
}
