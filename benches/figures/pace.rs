//! How fast this processor is just now, beside the core for which the goals were set.
//!
//! The goals are rates of one core, a Zen 3 that had its execution units to itself. Another processor moves all rows, and so does a
//! neighbour who runs on the same core: then a loop of additions makes half as many in a cycle, while one that waits for results
//! is as fast as ever. Hence two rivals whose speed on that core is known run in every case: a clone of a keyed `Hmac`, which waits
//! for the instructions of SHA, and the `csv` crate, which looks at every byte. What they make here, as a share of what they made
//! there, is the pace of the case. A goal that is missed, or reached, only because of the pace is told as that.

use crate::Outcome;
use crate::data::push_address;
use crate::hmac;
use crate::table::{Goal, measure, median, row, say, set_pace};
use std::io::Write;

/// What a clone of a keyed `Hmac` makes of 25 bytes on the core of the goals, in millions per second.
const CLONES_THERE: f64 = 7.7;
/// What the `csv` crate reads there, in megabytes per second.
const CSV_THERE: f64 = 650.0;
/// The median counts.
const ROUNDS: usize = 5;

/// What a case does, most of all.
#[derive(Clone, Copy)]
pub enum Like {
    /// It computes: canonical forms, HMAC, sorting, look-ups.
    Hmac,
    /// It goes over text.
    Csv,
}

/// Measures the pace by which the rows that follow are judged.
pub fn take(like: Like, scale: f64) -> Outcome<()> {
    let pace = match like {
        Like::Hmac => clones(scale) / CLONES_THERE,
        Like::Csv => csv(scale)? / CSV_THERE,
    };
    say(format_args!("  {pace:.2} of the pace of the core for which the goals were set"));
    set_pace(pace);
    Ok(())
}

/// Millions of clones per second.
fn clones(scale: f64) -> f64 {
    let messages = (1_000_000.0 * scale) as u64 + 1;
    let (mut costs, mut sums) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (sum, cost) = measure(|| hmac::clones(&[0x5a; 32], messages));
        sums.push(sum);
        costs.push(cost);
    }
    assert!(sums.iter().all(|sum| *sum == sums[0]), "all compute the same");
    row("pace: clone of a keyed `Hmac`", messages, median(costs), Goal::None)
}

/// Megabytes of a table per second.
fn csv(scale: f64) -> Outcome<f64> {
    let (mut text, mut mail, mut rows) = (b"id,email,name,street,city,phone,dob,note\n".to_vec(), Vec::new(), 0);
    while text.len() < (20e6 * scale) as usize || rows == 0 {
        mail.clear();
        push_address(rows, &mut mail);
        let mail = std::str::from_utf8(&mail)?;
        let phone = rows % 100_000;
        writeln!(text, "{rows},{mail},Anna Li,Main Street {rows},Springfield,+4955112{phone:05},1980-01-02,a note")?;
        rows += 1;
    }
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let (found, cost) = measure(|| records(&text));
        assert_eq!(found?, rows, "every row is a record");
        costs.push(cost);
    }
    Ok(row("pace: `csv`, 8 columns without quotes (bytes)", text.len() as u64, median(costs), Goal::None))
}

fn records(text: &[u8]) -> csv::Result<u64> {
    let (mut reader, mut record, mut records) = (csv::Reader::from_reader(text), csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        records += 1;
    }
    Ok(records)
}
