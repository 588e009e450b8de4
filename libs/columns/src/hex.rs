//! Hexadecimal digits.

pub const IS_LOWER: u8 = 0x10;
pub const IS_UPPER: u8 = 0x20;
pub const NO_DIGIT: u8 = 0x80;

pub const LETTERS: &[u8; 16] = b"0123456789abcdef";

/// The value of a digit, and what it is.
pub const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        if value < 10 {
            digits[b'0' as usize + value] = value as u8;
        } else {
            digits[b'a' as usize + value - 10] = value as u8 | IS_LOWER;
            digits[b'A' as usize + value - 10] = value as u8 | IS_UPPER;
        }
        value += 1;
    }
    digits
};
