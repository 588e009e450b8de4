//! Lines of JSON as columns and back, as `reentra.common.snapshot.columns` does it, only faster.
//!
//! The Python code is the reference, this is a shortcut to the same bytes: whatever is unusual (JSON that is not
//! canonical, streams that do not fit together) is `Refused`, and Python decides what it is. Promised: what is written
//! is byte for byte what Python writes for these lines; what is read is what Python reads; hostile content ends in
//! `Refused`, with memory in proportion to the limits given. Rows of Graph's pages become lines (`rows`).

#![deny(unsafe_code)]

mod arena;
mod blake2b;
mod calls;
mod forms;
#[cfg(target_arch = "x86_64")]
mod four;
mod hex;
mod json;
mod read;
mod rows;
mod scope;
mod sids;
mod texts;
mod write;

pub use blake2b::hashes_of as hashes;
pub use read::{read, Streams};
pub use rows::{rows, Asked, Rows};
pub use write::{write, Written};

/// Not for this code: Python decides.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused;

pub type Result<T> = std::result::Result<T, Refused>;
