//! Bit fields of up to 128 bits, least significant bit first, at any bit offset.

/// Appends bit fields to a byte buffer.
#[derive(Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    pending_bits: u32,
}

impl BitWriter {
    /// Appends the low `bits` bits of a value, at most 128.
    #[inline]
    pub(crate) fn push(&mut self, value: u128, bits: u32) {
        let (low, high) = if bits > 64 { (64, bits - 64) } else { (bits, 0) };
        self.push_short(value as u64, low);
        if high > 0 {
            self.push_short((value >> 64) as u64, high);
        }
    }

    #[inline]
    fn push_short(&mut self, value: u64, bits: u32) {
        let value = if bits == 64 { value } else { value & ((1 << bits) - 1) };
        let before = self.pending_bits;
        self.pending |= value << before;
        self.pending_bits += bits;
        if self.pending_bits >= 64 {
            self.bytes.extend_from_slice(&self.pending.to_le_bytes());
            // What did not fit: nothing if the word was empty before.
            self.pending = value.checked_shr(64 - before).unwrap_or(0);
            self.pending_bits -= 64;
        }
    }

    /// The whole words written so far, so that they can go to a file.
    pub(super) fn written(&self) -> &[u8] {
        &self.bytes
    }

    /// Goes on without the words written so far.
    pub(super) fn forget_written(&mut self) {
        self.bytes.clear();
    }

    /// Ends the last byte with zeros, appends everything to `out`, and begins anew.
    pub(crate) fn drain_into(&mut self, out: &mut Vec<u8>) {
        let rest = self.pending_bits.div_ceil(8) as usize;
        out.extend_from_slice(&self.bytes);
        out.extend_from_slice(&self.pending.to_le_bytes()[..rest]);
        self.bytes.clear();
        (self.pending, self.pending_bits) = (0, 0);
    }

    /// Ends the last byte with zeros and takes everything.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let rest = self.pending_bits.div_ceil(8) as usize;
        self.bytes.extend(&self.pending.to_le_bytes()[..rest]);
        self.bytes
    }
}

/// Reads `bits` bits (at most 128) at a bit offset. The caller guarantees 24 bytes behind the byte of the offset.
#[inline]
pub(crate) fn read_bits(bytes: &[u8], offset: u64, bits: u32) -> u128 {
    let at = (offset / 8) as usize;
    let shift = (offset % 8) as u32;
    let low = u128::from_le_bytes(load(bytes, at)) >> shift;
    let value = if shift + bits > 128 {
        let high = u64::from_le_bytes(load(bytes, at + 16));
        low | u128::from(high) << (128 - shift)
    } else {
        low
    };
    if bits >= 128 { value } else { value & ((1 << bits) - 1) }
}

#[inline]
fn load<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_at_every_width_and_offset() {
        for bits in 1..=128u32 {
            let values: Vec<u128> = (0..50u128)
                .map(|i| (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> (128 - bits))
                .collect();
            let mut writer = BitWriter::default();
            writer.push(1, 3);
            values.iter().for_each(|value| writer.push(*value, bits));
            let mut bytes = writer.finish();
            bytes.extend([0; 24]);
            for (i, want) in values.iter().enumerate() {
                assert_eq!(read_bits(&bytes, 3 + i as u64 * u64::from(bits), bits), *want, "{bits} bits, value {i}");
            }
        }
    }
}
