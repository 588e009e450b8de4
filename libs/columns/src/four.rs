//! BLAKE2b of four texts at once, by instructions for four numbers (AVX2): less than half the time.
//!
//! Beside `calls` the only place with unsafe code: a processor without these instructions must not meet them. A `Four`
//! is made by `by_four` alone, and `by_four` is called only where the processor was asked.

#![allow(unsafe_code)]

use crate::blake2b::{by_lanes, Digits, Word, FOUR};
use std::arch::x86_64::*;

/// None where the processor does not have them.
pub fn hashes(texts: &[&[u8]]) -> Option<Vec<Digits>> {
    std::is_x86_feature_detected!("avx2").then(|| unsafe { by_four(texts) })
}

#[target_feature(enable = "avx2")]
unsafe fn by_four(texts: &[&[u8]]) -> Vec<Digits> {
    by_lanes::<Four>(texts)
}

/// Each of its operations is one instruction, or three.
#[derive(Clone, Copy)]
struct Four(__m256i);

impl Word for Four {
    const LANES: usize = FOUR;
    #[inline(always)]
    fn of(lanes: [u64; FOUR]) -> Self {
        let [first, second, third, fourth] = lanes.map(|value| value as i64);
        Four(unsafe { _mm256_set_epi64x(fourth, third, second, first) })
    }
    #[inline(always)]
    fn lanes(self) -> [u64; FOUR] {
        unsafe { std::mem::transmute(self.0) }
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Four(unsafe { _mm256_add_epi64(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Four(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
    #[inline(always)]
    fn rotated<const RIGHT: i32, const LEFT: i32>(self) -> Self {
        Four(unsafe { _mm256_or_si256(_mm256_srli_epi64::<RIGHT>(self.0), _mm256_slli_epi64::<LEFT>(self.0)) })
    }
}
