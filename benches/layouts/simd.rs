//! Processor instructions for the rival, the same that the index uses: prefetching, and finding a bit in a word.
//!
//! # Safety
//!
//! A prefetch reads nothing that the program sees and cannot fault. `pdep` exists where `bmi2` does, and [`Bmi2`] exists only
//! after the processor was asked.

/// Finds a bit in a word.
pub trait Select: Copy {
    /// The position of one number `n` (from 0) of a word that has more than `n` ones; any number if it has not.
    fn select_one(self, word: u64, n: u32) -> u32;

    /// Runs `work`, compiled for the instructions of this way.
    fn run<R>(self, work: impl FnOnce() -> R) -> R;
}

/// For any processor.
#[derive(Clone, Copy)]
pub struct Portable;

impl Select for Portable {
    #[inline(always)]
    fn select_one(self, mut word: u64, n: u32) -> u32 {
        for _ in 0..n {
            word &= word.wrapping_sub(1);
        }
        word.trailing_zeros()
    }

    #[inline(always)]
    fn run<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// The proof that this processor has BMI1, BMI2, POPCNT and LZCNT.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub struct Bmi2(());

#[cfg(target_arch = "x86_64")]
impl Bmi2 {
    /// Asks the processor; the answer is remembered.
    pub fn detect() -> Option<Bmi2> {
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
    fn run<R>(self, work: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "bmi1,bmi2,popcnt,lzcnt")]
        fn with_features<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        // SAFETY: a `Bmi2` exists only where the processor has these features.
        unsafe { with_features(work) }
    }
}

/// Asks for the cache line of a byte, if there is such a byte.
#[inline(always)]
pub fn prefetch(bytes: &[u8], at: usize) {
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
