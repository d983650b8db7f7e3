//! The lines of a bulk file of Elasticsearch that only steer it.

use super::objects::{self, Quotes};

/// The commands in a bulk file of Elasticsearch, which stand in lines of their own before each record.
const BULK_COMMANDS: [&[u8]; 4] = [b"{\"index\":", b"{\"create\":", b"{\"update\":", b"{\"delete\":"];

/// Whether a line is such a command: one member, whose value is an object.
pub(super) fn is_bulk_command(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    BULK_COMMANDS.iter().any(|command| {
        line.strip_prefix(*command).is_some_and(|rest| {
            let rest = rest.trim_ascii_start();
            let blanks = line.len() - rest.len();
            rest.starts_with(b"{")
                && objects::object_length(rest, Quotes::Double)
                    .is_some_and(|length| line[blanks + length..].trim_ascii() == b"}")
        })
    })
}
