//! The numbers of the forms, and the bounds at which one is chosen instead of another: the format. They are those of
//! the Python modules of the same names; what is written depends on every one of them.

pub mod trees {
    pub const CONSTANT: u8 = 0;
    pub const TEXTS: u8 = 1;
    pub const OBJECTS: u8 = 2;
    pub const UNION: u8 = 3;
    pub const POSITIONS: u8 = 4;
    pub const LISTS: u8 = 5;
    pub const MIXED: u8 = 6;

    pub const SHORT: usize = 6;
    pub const DEPTH: usize = 24;
    pub const SPARSE: usize = 4;
    pub const ALONE: usize = 2048;
    pub const MANY: usize = 64;
    pub const FEW: usize = 4;

    pub const NOTHING: u8 = 0;
    pub const NULL: u8 = 1;
    pub const TEXT: u8 = 2;
    pub const OBJECT: u8 = 3;
    pub const LIST: u8 = 4;
    pub const KINDS: usize = 5;
}

pub mod strings {
    pub const ONE: u8 = 0;
    pub const CHOICE: u8 = 1;
    pub const SAME: u8 = 2;
    pub const SID: u8 = 3;
    pub const PICTURE: u8 = 4;
    pub const AROUND: u8 = 5;
    pub const NUMBERS: u8 = 6;
    pub const SPLIT: u8 = 7;
    pub const TEXT: u8 = 8;

    pub const MARKS: &[u8] = b"\x01\x02\x03\x04\x05\x06\x07\x08";
    pub const SEPARATORS: &[u8] = b"@/ .:_-";
    pub const MOST_MARKS: usize = 4;
    pub const DEPTH: usize = 4;
    pub const LONG: usize = 16;
    pub const SHORT: usize = 3;
}

pub mod numbers {
    pub const STEPS: usize = 16;
    pub const DIFFERENCES: u8 = 0;
    pub const BYTES: u8 = 1;
    pub const LIMIT: u64 = 1 << 63;
    /// Digits of a number on average, with what separates it from the next one.
    pub const DIGITS: usize = 19;
}

pub mod pictures {
    pub const DECIMAL: u8 = 0;
    pub const LOWER: u8 = 1;
    pub const UPPER: u8 = 2;

    pub const WIDTHS: std::ops::Range<usize> = 6..129;
}
