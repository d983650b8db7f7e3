//! Processor instructions for look-ups: prefetching, and finding a bit in a word. One of the few files with `unsafe`.
//!
//! # Safety
//!
//! A prefetch is a hint: it reads nothing that the program sees and cannot fault, whatever the address; the one here lies
//! inside of a slice all the same. `pdep` exists where `bmi2` does, and [`Bmi2`] and [`Avx2`] exist only after the processor
//! was asked. The closure given to their `run` is compiled for the same features, and does nothing that needs more.

/// Finds a bit in a word.
pub(super) trait Select: Copy {
    /// The position of one number `n` (from 0) of a word that has more than `n` ones; any number if it has not.
    fn select_one(self, word: u64, n: u32) -> u32;

    /// Runs `work`, compiled for the instructions of this way.
    fn run<W: Work>(self, work: W) -> W::Result;
}

/// What [`Select::run`] runs. A closure is work, but a large one is compiled on its own, for any processor; a method that is
/// always inlined is not.
pub(super) trait Work {
    type Result;

    fn work(self) -> Self::Result;
}

impl<R, F: FnOnce() -> R> Work for F {
    type Result = R;

    #[inline(always)]
    fn work(self) -> R {
        self()
    }
}

/// For any processor.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Select for Portable {
    #[inline(always)]
    fn select_one(self, mut word: u64, n: u32) -> u32 {
        // Clears ones from below, one for each before the wanted one: half of 64 at most, a few on average.
        for _ in 0..n {
            word &= word.wrapping_sub(1);
        }
        word.trailing_zeros()
    }

    #[inline(always)]
    fn run<W: Work>(self, work: W) -> W::Result {
        work.work()
    }
}

/// The proof that this processor has BMI1, BMI2, POPCNT and LZCNT.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Bmi2(());

#[cfg(target_arch = "x86_64")]
impl Bmi2 {
    /// Asks the processor; the answer is remembered.
    pub(super) fn detect() -> Option<Bmi2> {
        let has_all = is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("lzcnt");
        has_all.then_some(Bmi2(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Select for Bmi2 {
    #[inline(always)]
    fn select_one(self, word: u64, n: u32) -> u32 {
        // SAFETY: a `Bmi2` exists only where the processor has the instruction.
        unsafe { std::arch::x86_64::_pdep_u64(1u64.wrapping_shl(n), word) }.trailing_zeros()
    }

    #[inline(always)]
    fn run<W: Work>(self, work: W) -> W::Result {
        #[target_feature(enable = "bmi1,bmi2,popcnt,lzcnt")]
        fn with_features<W: Work>(work: W) -> W::Result {
            work.work()
        }
        // SAFETY: a `Bmi2` exists only where the processor has these features.
        unsafe { with_features(work) }
    }
}

/// The proof that this processor has AVX2 as well.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2(Bmi2);

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// Asks the processor; the answer is remembered.
    pub(super) fn detect() -> Option<Avx2> {
        Bmi2::detect().filter(|_| is_x86_feature_detected!("avx2")).map(Avx2)
    }
}

#[cfg(target_arch = "x86_64")]
impl Select for Avx2 {
    #[inline(always)]
    fn select_one(self, word: u64, n: u32) -> u32 {
        self.0.select_one(word, n)
    }

    #[inline(always)]
    fn run<W: Work>(self, work: W) -> W::Result {
        #[target_feature(enable = "bmi1,bmi2,popcnt,lzcnt,avx2")]
        fn with_features<W: Work>(work: W) -> W::Result {
            work.work()
        }
        // SAFETY: an `Avx2` exists only where the processor has these features.
        unsafe { with_features(work) }
    }
}

/// Asks for the cache line of a byte, if there is such a byte.
#[inline(always)]
pub(super) fn prefetch(bytes: &[u8], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(byte) = bytes.get(at) {
        // SAFETY: the address is that of a byte of the slice, and a prefetch reads nothing.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(byte).cast())
        };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_find_the_same_bit() {
        let mut word = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..10_000 {
            word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let ones: Vec<u32> = (0..64).filter(|bit| word >> bit & 1 == 1).collect();
            for (n, want) in ones.iter().enumerate() {
                assert_eq!(Portable.select_one(word, n as u32), *want, "{word:#x}, one number {n}");
                #[cfg(target_arch = "x86_64")]
                if let Some(bmi2) = Bmi2::detect() {
                    assert_eq!(bmi2.select_one(word, n as u32), *want, "{word:#x}, one number {n}");
                }
                #[cfg(target_arch = "x86_64")]
                if let Some(avx2) = Avx2::detect() {
                    assert_eq!(avx2.run(|| avx2.select_one(word, n as u32)), *want, "{word:#x}, one number {n}");
                }
            }
        }
    }
}
