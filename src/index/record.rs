//! A record on its way through a sort: its digest, and a number for everything else.

use crate::digest::{Digest, Width};

/// A digest and a tag in as few bytes as its width allows; sorts by digest.
pub(crate) trait Record: Copy + Ord + Send + Sync + std::fmt::Debug + 'static {
    /// All bits zero.
    const ZERO: Self;

    fn new(digest: Digest, tag: u32) -> Self;
    fn digest(self) -> Digest;
    fn tag(self) -> u32;
}

/// Digests of up to 96 bits above a tag of 32.
pub(crate) type Narrow = u128;
/// Wider digests, and the tag.
pub(crate) type Wide = [u128; 2];

/// Whether digests of this width fit beside their tag into 16 bytes.
pub(crate) fn is_narrow(width: Width) -> bool {
    width.bits() <= 96
}

impl Record for Narrow {
    const ZERO: Narrow = 0;

    fn new(digest: Digest, tag: u32) -> Narrow {
        digest.0 << 32 | u128::from(tag)
    }

    fn digest(self) -> Digest {
        Digest(self >> 32)
    }

    fn tag(self) -> u32 {
        self as u32
    }
}

impl Record for Wide {
    const ZERO: Wide = [0; 2];

    fn new(digest: Digest, tag: u32) -> Wide {
        [digest.0, u128::from(tag)]
    }

    fn digest(self) -> Digest {
        Digest(self[0])
    }

    fn tag(self) -> u32 {
        self[1] as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_order<R: Record>(width: u32) {
        let digest = Digest(u128::MAX >> (128 - width) ^ 0x55);
        let record = R::new(digest, 0xfedc_ba98);
        assert_eq!((record.digest(), record.tag()), (digest, 0xfedc_ba98));
        assert!(R::new(Digest(digest.0 - 1), u32::MAX) < record, "sorts by digest");
    }

    #[test]
    fn records_sort_by_digest() {
        check_order::<Narrow>(64);
        check_order::<Narrow>(96);
        check_order::<Wide>(97);
        check_order::<Wide>(128);
    }
}
