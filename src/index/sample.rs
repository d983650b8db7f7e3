//! A check of some chunks of a segment, chosen by chance.

use super::data::Data;
use super::error::Error;
use super::format::{CHUNK_BYTES, Section};
use super::segment::Segment;

impl<D: Data> Segment<D> {
    /// Hashes the chunks that `pick` picks, and compares them with what was written.
    ///
    /// Cost: one read of 64 KiB for each.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the first place that is wrong; [`Error::Unread`].
    pub fn verify_some(&self, mut pick: impl FnMut() -> bool, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        for section in Section::HASHED {
            let bytes = self.header().extent(section).bytes;
            for number in 0..bytes.div_ceil(CHUNK_BYTES as u64) {
                if pick() {
                    self.hash_chunk(section, number)?;
                }
                progress((bytes - number * CHUNK_BYTES as u64).min(CHUNK_BYTES as u64));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{Random, model, payloads, segment};
    use super::*;

    #[test]
    fn a_damaged_chunk_is_found_as_often_as_it_is_picked() {
        let model = model(4, 60_000, 80, &payloads(1));
        let mut bytes = segment(&model, 80, 60_000);
        let remainders = Segment::new(bytes.as_slice()).expect("undamaged").header().extent(Section::Remainders);
        bytes[remainders.offset as usize + 70_000] ^= 8;
        let segment = Segment::new(bytes.as_slice()).expect("the frame is whole");
        let mut random = Random(3);
        let mut found = 0;
        for _ in 0..400 {
            found += u64::from(segment.verify_some(|| random.below(4) == 0, |_| ()).is_err());
        }
        assert!((60..140).contains(&found), "{found} of 400 at a quarter");
        segment.verify_some(|| false, |_| ()).expect("nothing was looked at");
        let result = segment.verify_some(|| true, |_| ());
        assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
    }
}
