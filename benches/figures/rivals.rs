//! What a user would pick instead, on the same data in the same run: `rivals.sh`.

use crate::Outcome;
use crate::data::{self, Form};
use crate::desk::Desk;
use crate::scan::list;
use crate::table::say;
use std::process::Command;

/// Runs the script; it says what is not installed, and fails where an answer is not the expected one.
pub fn run(desk: &Desk, scale: f64) -> Outcome<()> {
    let (dumped, rows) = ((20_000_000.0 * scale) as u64, (1_000_000.0 * scale) as u64);
    data::write(&desk.path("dump.txt"), Form::List, 0..dumped)?;
    let list = list(desk, rows, 2, dumped)?;
    say(format_args!("rivals: {dumped} addresses, a list of {rows} rows, half of them present"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rivals.sh");
    let present = rows.div_ceil(2).to_string();
    let status = Command::new("bash").args([script, "dump.txt", &list, &present]).current_dir(&desk.dir).status()?;
    if status.success() { Ok(()) } else { Err("a rival's answer is not the expected one".into()) }
}
