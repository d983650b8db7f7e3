//! Digests that a careless program might keep: small, slow, for tests only.
//!
//! The program itself has no use for these functions, so they are no dependencies. SHA-2 and HMAC come from the crates
//! that the program uses.

/// MD4 (RFC 1320); NTLM is MD4 over UTF-16LE.
pub fn md4(message: &[u8]) -> Vec<u8> {
    const ORDERS: [[usize; 16]; 3] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
        [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    ];
    const SHIFTS: [[u32; 4]; 3] = [[3, 7, 11, 19], [3, 5, 9, 13], [3, 9, 11, 15]];
    const CONSTANTS: [u32; 3] = [0, 0x5a82_7999, 0x6ed9_eba1];
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476_u32];
    for block in padded_blocks(message, u64::to_le_bytes) {
        let words = words(&block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..48 {
            let round = step / 16;
            let mixed = [(b & c) | (!b & d), (b & c) | (b & d) | (c & d), b ^ c ^ d][round];
            let sum = a.wrapping_add(mixed).wrapping_add(words[ORDERS[round][step % 16]]);
            let rotated = sum.wrapping_add(CONSTANTS[round]).rotate_left(SHIFTS[round][step % 4]);
            (a, b, c, d) = (d, rotated, b, c);
        }
        add(&mut state, [a, b, c, d]);
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// MD5 (RFC 1321).
pub fn md5(message: &[u8]) -> Vec<u8> {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    const ORDERS: [(usize, usize); 4] = [(1, 0), (5, 1), (3, 5), (7, 0)];
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476_u32];
    for block in padded_blocks(message, u64::to_le_bytes) {
        let words = words(&block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let round = step / 16;
            let mixed = [(b & c) | (!b & d), (d & b) | (!d & c), b ^ c ^ d, c ^ (b | !d)][round];
            let (factor, start) = ORDERS[round];
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mixed).wrapping_add(words[(factor * step + start) % 16]).wrapping_add(constant);
            (a, b, c, d) = (d, b.wrapping_add(sum.rotate_left(SHIFTS[round][step % 4])), b, c);
        }
        add(&mut state, [a, b, c, d]);
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// SHA-1 (RFC 3174).
pub fn sha1(message: &[u8]) -> Vec<u8> {
    const CONSTANTS: [u32; 4] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0_u32];
    for block in padded_blocks(message, u64::to_be_bytes) {
        let mut schedule = words(&block, u32::from_be_bytes).to_vec();
        for at in 16..80 {
            let mixed = schedule[at - 3] ^ schedule[at - 8] ^ schedule[at - 14] ^ schedule[at - 16];
            schedule.push(mixed.rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in schedule.into_iter().enumerate() {
            let round = step / 20;
            let mixed = [(b & c) | (!b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][round];
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(CONSTANTS[round]);
            (a, b, c, d, e) = (sum.wrapping_add(word), a, b.rotate_left(30), c, d);
        }
        add(&mut state, [a, b, c, d, e]);
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn padded_blocks(message: &[u8], length_bytes: fn(u64) -> [u8; 8]) -> Vec<[u8; 64]> {
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((message.len() + 9).next_multiple_of(64) - 8, 0);
    padded.extend(length_bytes(message.len() as u64 * 8));
    padded.as_chunks::<64>().0.to_vec()
}

fn words(block: &[u8; 64], word: fn([u8; 4]) -> u32) -> [u32; 16] {
    std::array::from_fn(|index| word(block.as_chunks::<4>().0[index]))
}

fn add<const COUNT: usize>(state: &mut [u32; COUNT], step: [u32; COUNT]) {
    for (word, other) in state.iter_mut().zip(step) {
        *word = word.wrapping_add(other);
    }
}

/// A member of the BLAKE2 family (RFC 7693): words of 64 bits (BLAKE2b) or 32 bits (BLAKE2s), held in 64.
pub struct Blake2 {
    word_bits: u32,
    rounds: usize,
    rotations: [u32; 4],
    digest_bytes: usize,
}

/// BLAKE2b with 64 bytes, what `b2sum` prints.
pub const BLAKE2B_512: Blake2 = Blake2 { word_bits: 64, rounds: 12, rotations: [32, 24, 16, 63], digest_bytes: 64 };
/// BLAKE2b with 32 bytes.
pub const BLAKE2B_256: Blake2 = Blake2 { digest_bytes: 32, ..BLAKE2B_512 };
/// BLAKE2s with 32 bytes.
pub const BLAKE2S_256: Blake2 = Blake2 { word_bits: 32, rounds: 10, rotations: [16, 12, 8, 7], digest_bytes: 32 };

/// Fractions of the square roots of the first primes; BLAKE2s takes the upper halves.
const BLAKE2_START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

const BLAKE2_ORDERS: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

const BLAKE2_LANES: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

impl Blake2 {
    /// The digest of a message, without key.
    pub fn digest(&self, message: &[u8]) -> Vec<u8> {
        let (word_bytes, start) = (self.word_bits as usize / 8, BLAKE2_START.map(|word| word >> (64 - self.word_bits)));
        let block_bytes = 16 * word_bytes;
        let mut padded = message.to_vec();
        padded.resize(message.len().next_multiple_of(block_bytes).max(block_bytes), 0);
        let mut state = start;
        state[0] ^= 0x0101_0000 ^ self.digest_bytes as u64;
        for (index, block) in padded.chunks(block_bytes).enumerate() {
            let end = (index + 1) * block_bytes;
            let mut work: Vec<u64> = state.into_iter().chain(start).collect();
            work[12] ^= end.min(message.len()) as u64;
            work[14] ^= if end == padded.len() { self.mask() } else { 0 };
            self.mix(&mut work, &little_endian_words(block, word_bytes));
            (0..8).for_each(|at| state[at] ^= work[at] ^ work[at + 8]);
        }
        let bytes = state.iter().flat_map(|word| word.to_le_bytes().into_iter().take(word_bytes));
        bytes.take(self.digest_bytes).collect()
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.word_bits)
    }

    fn mix(&self, work: &mut [u64], message: &[u64]) {
        for round in 0..self.rounds {
            let order = BLAKE2_ORDERS[round % 10];
            for (lane, [a, b, c, d]) in BLAKE2_LANES.into_iter().enumerate() {
                for half in 0..2 {
                    work[a] = work[a].wrapping_add(work[b]).wrapping_add(message[order[2 * lane + half]]) & self.mask();
                    work[d] = self.rotate_right(work[d] ^ work[a], self.rotations[2 * half]);
                    work[c] = work[c].wrapping_add(work[d]) & self.mask();
                    work[b] = self.rotate_right(work[b] ^ work[c], self.rotations[2 * half + 1]);
                }
            }
        }
    }

    fn rotate_right(&self, word: u64, bits: u32) -> u64 {
        (word >> bits | word << (self.word_bits - bits)) & self.mask()
    }
}

fn little_endian_words(bytes: &[u8], word_bytes: usize) -> Vec<u64> {
    bytes.chunks(word_bytes).map(|word| word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))).collect()
}

/// SHA3-256 (FIPS 202).
pub fn sha3_256(message: &[u8]) -> Vec<u8> {
    const RATE_BYTES: usize = 136;
    let mut padded = message.to_vec();
    padded.push(0x06);
    padded.resize(padded.len().next_multiple_of(RATE_BYTES), 0);
    *padded.last_mut().expect("at least one block") |= 0x80;
    let mut state = [0u64; 25];
    for block in padded.chunks(RATE_BYTES) {
        for (lane, word) in state.iter_mut().zip(little_endian_words(block, 8)) {
            *lane ^= word;
        }
        keccak(&mut state);
    }
    state[..4].iter().flat_map(|lane| lane.to_le_bytes()).collect()
}

/// The permutation of 1600 bits; lane (x, y) stands at x + 5 y.
fn keccak(state: &mut [u64; 25]) {
    let mut round_register = 1u8;
    for _ in 0..24 {
        let columns: [u64; 5] = std::array::from_fn(|x| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]));
        for (at, lane) in state.iter_mut().enumerate() {
            *lane ^= columns[(at + 4) % 5] ^ columns[(at % 5 + 1) % 5].rotate_left(1);
        }
        let (mut x, mut y, mut moved) = (1, 0, state[1]);
        for step in 0..24 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let rotated = moved.rotate_left((step + 1) * (step + 2) / 2 % 64);
            moved = std::mem::replace(&mut state[x + 5 * y], rotated);
        }
        for row in state.chunks_mut(5) {
            let old: Vec<u64> = row.to_vec();
            (0..5).for_each(|x| row[x] = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]));
        }
        for bit in 0..7 {
            state[0] ^= u64::from(round_register & 1) << ((1 << bit) - 1);
            round_register = round_register << 1 ^ if round_register & 0x80 == 0 { 0 } else { 0x71 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::encodings::hex;
    use super::*;

    fn check(digest: impl Fn(&[u8]) -> Vec<u8>, cases: &[(&[u8], &str)]) {
        for (message, want) in cases {
            assert_eq!(hex(&digest(message)), *want, "{} bytes", message.len());
        }
    }

    #[test]
    fn vectors_of_the_standards() {
        let eighty = b"12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        check(
            md4,
            &[
                (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
                (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
                (eighty, "e33b4ddc9c38f2199c3e7b164fcc0536"),
            ],
        );
        check(
            md5,
            &[
                (b"", "d41d8cd98f00b204e9800998ecf8427e"),
                (b"abc", "900150983cd24fb0d6963f7d28e17f72"),
                (eighty, "57edf4a22be3c955ac49da2e2107b67a"),
            ],
        );
        check(
            sha1,
            &[
                (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
                (
                    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
                ),
            ],
        );
        check(
            |message| BLAKE2S_256.digest(message),
            &[(b"abc", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982")],
        );
        check(
            |message| BLAKE2B_512.digest(message)[..32].to_vec(),
            &[(b"abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1")],
        );
        check(
            sha3_256,
            &[
                (b"", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
                (b"abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            ],
        );
    }

    /// Python's hashlib over 200 bytes 0, 1, 2 ...: more than one block of every function.
    #[test]
    fn messages_of_several_blocks() {
        let message: Vec<u8> = (0..200).collect();
        check(md5, &[(&message, "fb7001d34b8e82c9b579be5005d5b0a5")]);
        check(sha1, &[(&message, "54d11e99127d159799dbce10f51a75e697780478")]);
        check(
            |message| BLAKE2B_256.digest(message),
            &[(&message, "63c3d97a9f8894d5e043a707b0fee7f7ec4c049a23bbf1079df20b4165f9e22d")],
        );
        check(
            |message| BLAKE2S_256.digest(message),
            &[(&message, "6d244e1a06ce4ef578dd0f63aff0936706735119ca9c8d22d86c801414ab9741")],
        );
        check(sha3_256, &[(&message, "5f728f63bf5ee48c77f453c0490398fa645b8d4c4e56be9a41cfec344d6ca899")]);
    }
}
