//! BLAKE2b without a key (RFC 7693), 16 bytes of it, of several texts as if they were one.

use crate::hex::LETTERS;

const BLOCK: usize = 128;
const DIGEST: usize = 16;
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
/// Of the parameter block: digest length, no key, one leaf.
const PARAMETERS: u64 = 0x0101_0000 | DIGEST as u64;

pub struct Hash {
    state: [u64; 8],
    taken: u128,
    block: [u8; BLOCK],
    waiting: usize,
}

impl Hash {
    pub fn new() -> Self {
        let mut state = START;
        state[0] ^= PARAMETERS;
        Hash { state, taken: 0, block: [0; BLOCK], waiting: 0 }
    }

    /// A full block waits until more comes: the last one is marked.
    pub fn add(&mut self, text: &[u8]) {
        let mut rest = text;
        while !rest.is_empty() {
            if self.waiting == BLOCK {
                self.taken += BLOCK as u128;
                let block = self.block;
                self.mix(&block, 0);
                self.waiting = 0;
            }
            while self.waiting == 0 && rest.len() > BLOCK {
                let Some((block, behind)) = rest.split_first_chunk::<BLOCK>() else { break };
                self.taken += BLOCK as u128;
                self.mix(block, 0);
                rest = behind;
            }
            let fits = rest.len().min(BLOCK - self.waiting);
            self.block[self.waiting..self.waiting + fits].copy_from_slice(&rest[..fits]);
            self.waiting += fits;
            rest = &rest[fits..];
        }
    }

    pub fn hex(mut self) -> [u8; 2 * DIGEST] {
        self.taken += self.waiting as u128;
        let mut block = [0; BLOCK];
        block[..self.waiting].copy_from_slice(&self.block[..self.waiting]);
        self.mix(&block, u64::MAX);
        let mut digits = [0; 2 * DIGEST];
        for (place, byte) in self.state.iter().flat_map(|word| word.to_le_bytes()).take(DIGEST).enumerate() {
            digits[2 * place] = LETTERS[usize::from(byte >> 4)];
            digits[2 * place + 1] = LETTERS[usize::from(byte & 15)];
        }
        digits
    }

    fn mix(&mut self, block: &[u8; BLOCK], last: u64) {
        let mut m = [0u64; 16];
        for (word, bytes) in m.iter_mut().zip(block.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        let mut v = [0u64; 16];
        v[..8].copy_from_slice(&self.state);
        v[8..].copy_from_slice(&START);
        v[12] ^= self.taken as u64;
        v[13] ^= (self.taken >> 64) as u64;
        v[14] ^= last;
        macro_rules! quarter {
            ($a:expr, $b:expr, $c:expr, $d:expr, $x:expr, $y:expr) => {
                v[$a] = v[$a].wrapping_add(v[$b]).wrapping_add(m[$x]);
                v[$d] = (v[$d] ^ v[$a]).rotate_right(32);
                v[$c] = v[$c].wrapping_add(v[$d]);
                v[$b] = (v[$b] ^ v[$c]).rotate_right(24);
                v[$a] = v[$a].wrapping_add(v[$b]).wrapping_add(m[$y]);
                v[$d] = (v[$d] ^ v[$a]).rotate_right(16);
                v[$c] = v[$c].wrapping_add(v[$d]);
                v[$b] = (v[$b] ^ v[$c]).rotate_right(63);
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
        for (place, word) in self.state.iter_mut().enumerate() {
            *word ^= v[place] ^ v[place + 8];
        }
    }
}
