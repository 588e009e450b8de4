//! What Python calls. The only place where pointers are followed; no panic leaves it.

#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::{ptr, slice};

use crate::{hashes, read, rows, write, Asked, Streams};

/// Of these calls: Python takes no library that has another one.
const VERSION: u32 = 7;

const DONE: i32 = 0;
const REFUSED: i32 = 1;

/// # Safety
/// The bytes must be there, and stay.
unsafe fn bytes_at<'a>(bytes: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        &[]
    } else {
        slice::from_raw_parts(bytes, length)
    }
}

/// # Safety
/// The numbers must be there, and stay.
unsafe fn numbers_at<'a>(numbers: *const usize, count: usize) -> &'a [usize] {
    if count == 0 {
        &[]
    } else {
        slice::from_raw_parts(numbers, count)
    }
}

/// To be given back to `reentra_columns_free`, as it is.
#[repr(C)]
pub struct Answer {
    bytes: *mut u8,
    length: usize,
    lengths: [usize; 4],
}

impl Answer {
    fn set(&mut self, bytes: Vec<u8>, lengths: [usize; 4]) {
        let bytes = Box::leak(bytes.into_boxed_slice());
        *self = Answer { bytes: bytes.as_mut_ptr(), length: bytes.len(), lengths };
    }
}

#[no_mangle]
pub extern "C" fn reentra_columns_version() -> u32 {
    VERSION
}

/// Whether it is UTF-8.
///
/// # Safety
/// There are `length` bytes at `text`.
#[no_mangle]
pub unsafe extern "C" fn reentra_columns_is_text(text: *const u8, length: usize) -> i32 {
    i32::from(std::str::from_utf8(bytes_at(text, length)).is_ok())
}

/// # Safety
/// There are `length` bytes at `plain`; `answer` is writable.
#[no_mangle]
pub unsafe extern "C" fn reentra_columns_write(
    plain: *const u8,
    length: usize,
    count: usize,
    limit: usize,
    answer: *mut Answer,
) -> i32 {
    let plain = bytes_at(plain, length);
    match catch_unwind(|| write(plain, count, limit)) {
        Ok(Ok(written)) => {
            (*answer).set(written.bytes, written.lengths);
            DONE
        }
        _ => REFUSED,
    }
}

/// # Safety
/// There are `lengths` bytes at `streams`: text, plan, small, random. `answer` is writable.
#[no_mangle]
pub unsafe extern "C" fn reentra_columns_read(
    streams: *const [*const u8; 4],
    lengths: *const [usize; 4],
    count: usize,
    limit: usize,
    answer: *mut Answer,
) -> i32 {
    let stream = |place: usize| bytes_at((*streams)[place], (*lengths)[place]);
    let streams = Streams { text: stream(0), plan: stream(1), small: stream(2), random: stream(3) };
    match catch_unwind(|| read(&streams, count, limit)) {
        Ok(Ok(plain)) => {
            (*answer).set(plain, [0; 4]);
            DONE
        }
        _ => REFUSED,
    }
}

/// # Safety
/// There are `length` bytes at `parts`, `count` lengths at `lengths` and `asked` bytes at `names`. `answer` is writable.
#[no_mangle]
pub unsafe extern "C" fn reentra_columns_rows(
    parts: *const u8,
    length: usize,
    lengths: *const usize,
    count: usize,
    names: *const u8,
    asked: usize,
    answer: *mut Answer,
) -> i32 {
    let (parts, lengths) = (bytes_at(parts, length), numbers_at(lengths, count));
    let names = bytes_at(names, asked);
    match catch_unwind(|| rows(parts, lengths, &Asked::of(names)?)) {
        Ok(Ok(found)) => {
            let lengths = [found.bytes.len(), 8 * found.ends.len(), found.told.len(), 0];
            let mut bytes = found.bytes;
            bytes.extend(found.ends.iter().flat_map(|end| end.to_ne_bytes()));
            bytes.extend(found.told);
            (*answer).set(bytes, lengths);
            DONE
        }
        _ => REFUSED,
    }
}

/// Of each text its hash, one behind the other.
///
/// # Safety
/// There are `length` bytes at `texts` and `count` lengths at `lengths`. `answer` is writable.
#[no_mangle]
pub unsafe extern "C" fn reentra_columns_hashes(
    texts: *const u8,
    length: usize,
    lengths: *const usize,
    count: usize,
    answer: *mut Answer,
) -> i32 {
    let (texts, lengths) = (bytes_at(texts, length), numbers_at(lengths, count));
    match catch_unwind(|| hashes(texts, lengths)) {
        Ok(Ok(found)) => {
            (*answer).set(found, [0; 4]);
            DONE
        }
        _ => REFUSED,
    }
}

/// # Safety
/// `answer` is one that was filled, once.
#[no_mangle]
pub unsafe extern "C" fn reentra_columns_free(answer: *mut Answer) {
    let Answer { bytes, length, .. } = *answer;
    drop(Box::from_raw(ptr::slice_from_raw_parts_mut(bytes, length)));
}
