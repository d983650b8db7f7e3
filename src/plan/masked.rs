//! What a plan shows of values.

use crate::identifier::{mask_sample, presence};
use crate::source::Sample;

/// A few values of a column, masked.
pub fn masked_samples(column: u32, sample: &Sample, from_row: usize, count: usize) -> Vec<String> {
    let fields = sample.rows.iter().skip(from_row).flat_map(|row| row.fields.iter());
    let present = fields.filter(|(at, value)| *at == column && presence(value).is_ok());
    present.take(count).map(|(_, value)| mask_sample(&String::from_utf8_lossy(value))).collect()
}
