//! How many quotients a segment has, and how many of them share a line: from an estimate of the number of records.

use super::format::{LINE_BITS, QUOTIENT_BITS_MAX};
use crate::digest::{Digest, Width};

/// Registers of the estimator: 2^12, a standard error of 1.04 / 64 = 1.6 %, far below the factor sqrt(2) that matters.
const REGISTER_BITS: u32 = 12;
const REGISTERS: usize = 1 << REGISTER_BITS;

/// An estimate of the number of distinct digests that does not depend on their order or on repetitions.
///
/// The digests are uniform already, so they are their own hash: the top 12 bits choose the register, the leading zeros
/// of the next 40 are its value. Memory: 4 KiB; cost: a few nanoseconds per digest; two estimates merge exactly.
///
/// Source: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog", AofA 2007, with linear counting for small numbers.
#[derive(Clone)]
pub struct Estimate {
    registers: Box<[u8; REGISTERS]>,
    width: Width,
}

impl Estimate {
    /// No digest seen.
    pub fn new(width: Width) -> Estimate {
        Estimate { registers: Box::new([0; REGISTERS]), width }
    }

    /// All that it has seen, in 4,096 bytes.
    pub fn registers(&self) -> &[u8] {
        self.registers.as_slice()
    }

    /// What another one with these registers has seen; nothing if they are not as many.
    pub fn from_registers(width: Width, registers: &[u8]) -> Option<Estimate> {
        let registers: [u8; REGISTERS] = registers.try_into().ok()?;
        Some(Estimate { registers: Box::new(registers), width })
    }

    /// Counts a digest.
    pub fn add(&mut self, digest: Digest) {
        let top = (digest.0 >> (self.width.bits() - 52)) as u64;
        let register = (top >> 40) as usize & (REGISTERS - 1);
        let rank = ((top & ((1 << 40) - 1)) << 24 | 1 << 23).leading_zeros() as u8 + 1;
        self.registers[register] = self.registers[register].max(rank);
    }

    /// Adds what another estimate has seen.
    pub fn merge(&mut self, other: &Estimate) {
        for (mine, theirs) in self.registers.iter_mut().zip(other.registers.iter()) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// The estimated number of distinct digests.
    pub fn count(&self) -> u64 {
        let registers = REGISTERS as f64;
        let empty = self.registers.iter().filter(|rank| **rank == 0).count() as f64;
        let sum: f64 = self.registers.iter().map(|rank| 2f64.powi(-i32::from(*rank))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let estimate = if raw <= 2.5 * registers && empty > 0.0 { registers * (registers / empty).ln() } else { raw };
        estimate.round() as u64
    }
}

/// The layout of section H that follows from an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    /// p: bits of the quotient.
    pub quotient_bits: u8,
    /// K: quotients per line.
    pub quotients_per_line: u32,
}

impl Geometry {
    /// p is the smallest with n <= 1.1 * 2^p, at most 40, and the largest K with K (1 + load) + 5.6 sqrt(K load) < 448.
    ///
    /// A line holds K zeros and a Poisson number of ones with mean K load: 5.6 standard deviations leave one line in
    /// 10^8 too small, and then K is lowered for the whole segment.
    ///
    /// Input: the estimate, and the bits of a digest that are there for quotient and remainder.
    pub(super) fn of(estimate: u64, bits: u32) -> Geometry {
        let has_room = |p: &u8| u128::from(estimate) * 10 <= 11 << p;
        let quotient_bits = (0..QUOTIENT_BITS_MAX.min(bits as u8)).find(has_room);
        let quotient_bits = quotient_bits.unwrap_or(QUOTIENT_BITS_MAX.min(bits as u8));
        let load = estimate as f64 / 2f64.powi(i32::from(quotient_bits));
        let fits = |k: u32| {
            let k = f64::from(k);
            k * (1.0 + load) + 5.6 * (k * load).sqrt() < f64::from(LINE_BITS)
        };
        let quotients_per_line = (1..LINE_BITS).rev().find(|k| fits(*k)).unwrap_or(1);
        Geometry { quotient_bits, quotients_per_line }
    }

    /// The number of quotients, 2^p.
    pub(super) fn quotients(self) -> u64 {
        1 << self.quotient_bits
    }

    /// The number of lines.
    pub(super) fn lines(self) -> u64 {
        self.quotients().div_ceil(u64::from(self.quotients_per_line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bijection of u64 with good mixing (the finaliser of SplitMix64), for uniform test digests.
    fn mix(i: u64) -> u128 {
        let mut z = i.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        u128::from(z ^ z >> 31) << 16
    }

    #[test]
    fn estimates_are_close_and_do_not_depend_on_order() {
        for n in [0u64, 1, 2, 10, 1000, 100_000, 1_000_000] {
            let mut forward = Estimate::new(Width::DEFAULT);
            let mut backward = Estimate::new(Width::DEFAULT);
            (0..n).for_each(|i| forward.add(Digest(mix(i))));
            (0..n).rev().chain(0..n).for_each(|i| backward.add(Digest(mix(i))));
            assert_eq!(forward.count(), backward.count());
            let error = (forward.count() as f64 - n as f64).abs();
            assert!(error <= 0.06 * n as f64 + 0.5, "{n}: {}", forward.count());
        }
    }

    #[test]
    fn lines_have_room_at_every_load() {
        for n in [0u64, 1, 2, 3, 5, 100, 1 << 20, 1_500_000, 50_000_000, 1 << 40, u64::MAX] {
            let geometry = Geometry::of(n, 80);
            assert!(geometry.quotients_per_line >= 1 && geometry.lines() >= 1, "{n}: {geometry:?}");
        }
        assert_eq!(Geometry::of(0, 80), Geometry { quotient_bits: 0, quotients_per_line: 447 });
        assert_eq!(Geometry::of(1 << 20, 80), Geometry { quotient_bits: 20, quotients_per_line: 185 });
    }
}
