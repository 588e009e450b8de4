//! BLAKE2b without a key (RFC 7693), 16 bytes of it, of many texts: four at once where the processor can (`four`).

#[cfg(target_arch = "x86_64")]
use crate::four;
use crate::hex::LETTERS;
use crate::{Refused, Result};
use std::array::from_fn;

const BLOCK: usize = 128;
const DIGEST: usize = 16;
pub const FOUR: usize = 4;
const START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];
/// What a text begins with: with the parameter block, of digest length, no key and one leaf.
const FIRST: [u64; 8] = {
    let mut first = START;
    first[0] ^= 0x0101_0000 | DIGEST as u64;
    first
};

pub type Digits = [u8; 2 * DIGEST];

/// The digits of each, one behind the other, of texts that lie so.
pub fn hashes_of(texts: &[u8], lengths: &[usize]) -> Result<Vec<u8>> {
    let mut rest = texts;
    let mut found = Vec::with_capacity(lengths.len());
    for &length in lengths {
        found.push(rest.get(..length).ok_or(Refused)?);
        rest = &rest[length..];
    }
    Ok(hashes(&found).concat())
}

/// In the order of the texts.
pub fn hashes(texts: &[&[u8]]) -> Vec<Digits> {
    #[cfg(target_arch = "x86_64")]
    if texts.len() > 1 {
        if let Some(found) = four::hashes(texts) {
            return found;
        }
    }
    by_lanes::<u64>(texts)
}

/// A number of each lane.
pub trait Word: Copy {
    const LANES: usize;
    fn of(lanes: [u64; FOUR]) -> Self;
    fn lanes(self) -> [u64; FOUR];
    fn plus(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn rotated<const RIGHT: i32, const LEFT: i32>(self) -> Self;
}

impl Word for u64 {
    const LANES: usize = 1;
    fn of(lanes: [u64; FOUR]) -> Self {
        lanes[0]
    }
    fn lanes(self) -> [u64; FOUR] {
        [self, 0, 0, 0]
    }
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    fn rotated<const RIGHT: i32, const LEFT: i32>(self) -> Self {
        self.rotate_right(RIGHT as u32)
    }
}

/// What a lane works on: the number of its text, what is left of it, and how much was taken.
struct Lane<'a> {
    number: usize,
    rest: &'a [u8],
    taken: u64,
}

/// Each lane takes the next text when it has done one.
#[inline(always)]
pub fn by_lanes<W: Word>(texts: &[&[u8]]) -> Vec<Digits> {
    let mut found = vec![Digits::default(); texts.len()];
    let mut waiting = texts.iter().enumerate();
    let mut lanes: [Option<Lane>; FOUR] = from_fn(|_| None);
    let mut state = START.map(|word| W::of([word; FOUR]));
    loop {
        let (mut blocks, mut taken, mut last) = ([[0; BLOCK]; FOUR], [0; FOUR], [0; FOUR]);
        for (place, lane) in lanes.iter_mut().enumerate().take(W::LANES) {
            if lane.is_none() {
                *lane = waiting.next().map(|(number, text)| Lane { number, rest: text, taken: 0 });
                for (word, start) in state.iter_mut().zip(FIRST) {
                    let mut lanes = word.lanes();
                    lanes[place] = start;
                    *word = W::of(lanes);
                }
            }
            let Some(lane) = lane else { continue };
            let (bytes, rest) = lane.rest.split_at(lane.rest.len().min(BLOCK));
            blocks[place][..bytes.len()].copy_from_slice(bytes);
            lane.rest = rest;
            lane.taken += bytes.len() as u64;
            taken[place] = lane.taken;
            last[place] = if rest.is_empty() { u64::MAX } else { 0 };
        }
        if lanes.iter().all(Option::is_none) {
            return found;
        }
        let block = from_fn(|word| W::of(from_fn(|place| word_at(&blocks[place], word))));
        mix(&mut state, &block, W::of(taken), W::of(last));
        for (place, lane) in lanes.iter_mut().enumerate().filter(|(place, _)| last[*place] > 0) {
            if let Some(done) = lane.take() {
                found[done.number] = digits_of(from_fn(|word| state[word].lanes()[place]));
            }
        }
    }
}

fn word_at(block: &[u8; BLOCK], word: usize) -> u64 {
    u64::from_le_bytes(from_fn(|byte| block[8 * word + byte]))
}

fn digits_of(words: [u64; DIGEST / 8]) -> Digits {
    let mut digits = Digits::default();
    for (place, byte) in words.iter().flat_map(|word| word.to_le_bytes()).enumerate() {
        digits[2 * place] = LETTERS[usize::from(byte >> 4)];
        digits[2 * place + 1] = LETTERS[usize::from(byte & 15)];
    }
    digits
}

#[inline(always)]
fn mix<W: Word>(state: &mut [W; 8], m: &[W; 16], taken: W, last: W) {
    let mut v: [W; 16] = from_fn(|place| if place < 8 { state[place] } else { W::of([START[place - 8]; FOUR]) });
    v[12] = v[12].xor(taken);
    v[14] = v[14].xor(last);
    macro_rules! quarter {
        ($a:expr, $b:expr, $c:expr, $d:expr, $x:expr, $y:expr) => {
            v[$a] = v[$a].plus(v[$b]).plus(m[$x]);
            v[$d] = v[$d].xor(v[$a]).rotated::<32, 32>();
            v[$c] = v[$c].plus(v[$d]);
            v[$b] = v[$b].xor(v[$c]).rotated::<24, 40>();
            v[$a] = v[$a].plus(v[$b]).plus(m[$y]);
            v[$d] = v[$d].xor(v[$a]).rotated::<16, 48>();
            v[$c] = v[$c].plus(v[$d]);
            v[$b] = v[$b].xor(v[$c]).rotated::<63, 1>();
        };
    }
    macro_rules! round {
        ($($s:literal)*) => { round!(@ [$($s),*]) };
        (@ [$s0:literal, $s1:literal, $s2:literal, $s3:literal, $s4:literal, $s5:literal, $s6:literal, $s7:literal,
            $s8:literal, $s9:literal, $sa:literal, $sb:literal, $sc:literal, $sd:literal, $se:literal, $sf:literal]) => {
            quarter!(0, 4, 8, 12, $s0, $s1);
            quarter!(1, 5, 9, 13, $s2, $s3);
            quarter!(2, 6, 10, 14, $s4, $s5);
            quarter!(3, 7, 11, 15, $s6, $s7);
            quarter!(0, 5, 10, 15, $s8, $s9);
            quarter!(1, 6, 11, 12, $sa, $sb);
            quarter!(2, 7, 8, 13, $sc, $sd);
            quarter!(3, 4, 9, 14, $se, $sf);
        };
    }
    round!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    round!(14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3);
    round!(11 8 12 0 5 2 15 13 10 14 3 6 7 1 9 4);
    round!(7 9 3 1 13 12 11 14 2 6 5 10 4 0 15 8);
    round!(9 0 5 7 2 4 10 15 14 1 11 12 6 8 3 13);
    round!(2 12 6 10 0 11 8 3 4 13 7 5 15 14 1 9);
    round!(12 5 1 15 14 13 4 10 0 7 6 3 9 2 8 11);
    round!(13 11 7 14 12 1 3 9 5 0 15 4 8 6 2 10);
    round!(6 15 14 9 11 3 0 8 12 2 13 7 1 4 10 5);
    round!(10 2 8 4 7 6 1 5 15 11 9 14 3 12 13 0);
    round!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    round!(14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3);
    for (place, word) in state.iter_mut().enumerate() {
        *word = word.xor(v[place]).xor(v[place + 8]);
    }
}
