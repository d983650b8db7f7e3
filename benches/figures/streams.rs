//! Compressed dumps and lists: one thread decompresses, two work. Whether they keep two cores busy.

use crate::Outcome;
use crate::data::{self, Form};
use crate::desk::Desk;
use crate::table::{Cost, Goal, say, verdict};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io;

/// A combolist of 300 MB.
const LINES: f64 = 8_000_000.0;
/// Of two cores, over the whole of an ingest; what one thread alone must do is the start and the end.
const SHARE_MIN: f64 = 0.8;

pub fn run(desk: &Desk, scale: f64) -> Outcome<()> {
    let count = (LINES * scale) as u64;
    data::write(&desk.path("combo.txt"), Form::Combolist, 0..count)?;
    let bytes = fs::metadata(desk.path("combo.txt"))?.len();
    gzip(desk)?;
    zstd(desk)?;
    for (name, file) in [("plain", "combo.txt"), ("gzip -6", "combo.txt.gz"), ("zstd -3", "combo.txt.zst")] {
        let arguments = format!("{file} --threads 2");
        let cost =
            crate::ingest::ingest(desk, &format!("combolist, {name}, 2 threads"), &arguments, count, Goal::None)?;
        busy(cost, bytes, true);
        // Asked for the addresses that it holds itself: every row is present.
        let cost = crate::scan::scan(desk, file, count, 1, "--tier exact --threads 2", Goal::None)?;
        busy(cost, bytes, false);
    }
    for file in ["combo.txt", "combo.txt.gz", "combo.txt.zst"] {
        desk.remove(file)?;
    }
    Ok(())
}

/// Says how much of two cores was used.
fn busy(cost: Cost, bytes: u64, is_goal: bool) {
    let share = cost.cpu.as_secs_f64() / (2.0 * cost.wall.as_secs_f64());
    let speed = bytes as f64 / 1e6 / cost.wall.as_secs_f64();
    let goal = if is_goal { format!("; goal >= {SHARE_MIN}: {}", verdict(share >= SHARE_MIN)) } else { String::new() };
    say(format_args!("  {share:.2} of two cores, {speed:.0} MB of text a second{goal}"));
}

fn gzip(desk: &Desk) -> Outcome<()> {
    let mut out = GzEncoder::new(File::create(desk.path("combo.txt.gz"))?, Compression::new(6));
    io::copy(&mut File::open(desk.path("combo.txt"))?, &mut out)?;
    out.finish()?;
    Ok(())
}

fn zstd(desk: &Desk) -> Outcome<()> {
    let (from, to) = (File::open(desk.path("combo.txt"))?, File::create(desk.path("combo.txt.zst"))?);
    Ok(zstd::stream::copy_encode(from, to, 3)?)
}
