//! Texts of equal length that differ in their digits only, two digits to a byte.

use super::sink::Sink;
use crate::forms::pictures::{DECIMAL, LOWER, UPPER, WIDTHS};
use crate::hex::{DIGITS, IS_LOWER, IS_UPPER, NO_DIGIT};
use crate::texts::Text;

pub struct Picture {
    /// The first text with every digit a `0`.
    text: Vec<u8>,
    form: u8,
    digits_each: usize,
    packed: Vec<u8>,
}

/// None when the column is no picture.
pub fn picture_of(texts: &[Text]) -> Option<Picture> {
    let first = texts[0];
    let width = first.len();
    if !WIDTHS.contains(&width) || texts.iter().any(|text| text.len() != width) {
        return None;
    }
    let is_digit: Vec<bool> = first.iter().map(u8::is_ascii_hexdigit).collect();
    let digits_each = is_digit.iter().filter(|&&yes| yes).count();
    if width - digits_each > digits_each {
        return None;
    }
    let mut packed = Vec::with_capacity(digits_each * texts.len() / 2 + 1);
    let mut high = None;
    let mut seen = 0;
    let (digits, others): (Vec<usize>, Vec<usize>) = (0..width).partition(|&place| is_digit[place]);
    for text in texts {
        if others.iter().any(|&place| text[place] != first[place]) {
            return None;
        }
        let mut places = digits.iter().map(|&place| DIGITS[usize::from(text[place])]);
        if let Some(above) = high.take() {
            let value = places.next().unwrap_or(NO_DIGIT);
            packed.push(above << 4 | value & 0xF);
            seen |= value;
        }
        while let Some(above) = places.next() {
            seen |= above;
            match places.next() {
                Some(value) => {
                    packed.push(above << 4 | value & 0xF);
                    seen |= value;
                }
                None => high = Some(above),
            }
        }
        if seen >= NO_DIGIT {
            return None;
        }
    }
    if let Some(above) = high {
        packed.push(above << 4);
    }
    let form = match seen & (IS_LOWER | IS_UPPER) {
        0 => DECIMAL,
        IS_LOWER => LOWER,
        IS_UPPER => UPPER,
        _ => return None,
    };
    let text = (0..width).map(|place| if is_digit[place] { b'0' } else { first[place] }).collect();
    Some(Picture { text, form, digits_each, packed })
}

impl Sink {
    pub fn picture(&mut self, picture: &Picture) {
        self.item(&picture.text);
        self.plan.push(picture.form);
        let bytes_each = picture.digits_each / 2;
        if picture.form != DECIMAL {
            self.random.extend_from_slice(&picture.packed);
        } else if picture.digits_each % 2 == 1 {
            self.small.extend_from_slice(&picture.packed);
        } else {
            for place in 0..bytes_each {
                self.small.extend(picture.packed[place..].iter().step_by(bytes_each));
            }
        }
    }
}
