//! Seeded randomness and permutations of a counter: the same seed gives the same incident on every machine.

/// What a sequence is for. Sequences of different streams have nothing in common.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    /// Keys of permutations, one index each.
    Permutation,
    /// Traits of a person that are the same everywhere: name, domain.
    Person,
    /// The form of a person's e-mail address in one place (0 is the list, otherwise the breach).
    Alias(u8),
    /// One record in one place.
    Record(u8),
}

impl Stream {
    fn number(self) -> u64 {
        match self {
            Stream::Permutation => 1,
            Stream::Person => 2,
            Stream::Alias(place) => 0x100 + u64::from(place),
            Stream::Record(place) => 0x200 + u64::from(place),
        }
    }
}

/// The finaliser of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A sequence of pseudo-random numbers, one per (seed, stream, index), so that any record can be made on its own.
///
/// Source: SplitMix64; Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Not for keys.
pub(super) struct Random(u64);

impl Random {
    /// The sequence of one index of a stream.
    pub(super) fn new(seed: u64, stream: Stream, index: u64) -> Random {
        Random(mix(mix(seed ^ mix(stream.number())).wrapping_add(index)))
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `n`; its bias of `n / 2^64` does not matter here.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

const ROUNDS: usize = 4;

/// A keyed permutation of the numbers below `size`: counters go in, scattered and still distinct numbers come out.
///
/// Source: a Feistel network with cycle walking; Black, Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002.
/// The domain of the network is less than four times `size`, so a walk takes four steps at most on average.
pub(super) struct Permutation {
    size: u64,
    half_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The permutation of one number space; `space` keeps those of a seed apart.
    pub(super) fn new(seed: u64, space: u64, size: u64) -> Permutation {
        let mut random = Random::new(seed, Stream::Permutation, space);
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        Permutation { size, half_bits: bits.div_ceil(2).max(1), keys: std::array::from_fn(|_| random.next()) }
    }

    /// Where `number` goes. `number` must be below the size.
    pub(super) fn apply(&self, number: u64) -> u64 {
        self.walk(number, |left, right| {
            self.keys.iter().fold((left, right), |(l, r), key| (r, l ^ self.round(r, *key)))
        })
    }

    /// The number that [`Permutation::apply`] sends to `image`.
    pub(super) fn invert(&self, image: u64) -> u64 {
        self.walk(image, |left, right| {
            self.keys.iter().rev().fold((left, right), |(l, r), key| (r ^ self.round(l, *key), l))
        })
    }

    fn walk(&self, number: u64, step: impl Fn(u64, u64) -> (u64, u64)) -> u64 {
        debug_assert!(number < self.size);
        let mut current = number;
        loop {
            let (left, right) = step(current >> self.half_bits, current & self.half_mask());
            current = left << self.half_bits | right;
            if current < self.size {
                return current;
            }
        }
    }

    fn round(&self, half: u64, key: u64) -> u64 {
        mix(half ^ key) & self.half_mask()
    }

    fn half_mask(&self) -> u64 {
        (1 << self.half_bits) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_follows_its_reference() {
        // First outputs of the reference implementation for state 1234567 (prng.di.unimi.it, splitmix64.c).
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn permutations_are_bijections_and_invert() {
        for size in [1, 2, 3, 10, 255, 256, 257, 1000, 65_537] {
            let permutation = Permutation::new(7, size, size);
            let mut seen = vec![false; size as usize];
            for number in 0..size {
                let image = permutation.apply(number);
                assert!(!std::mem::replace(&mut seen[image as usize], true), "{image} twice, size {size}");
                assert_eq!(permutation.invert(image), number, "size {size}");
            }
        }
    }

    #[test]
    fn permutations_of_other_spaces_differ() {
        let images = |space| (0..100).map(|n| Permutation::new(7, space, 1000).apply(n)).collect::<Vec<_>>();
        assert_ne!(images(1), images(2));
    }
}
