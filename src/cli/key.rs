//! `leakdex key`.

use super::args::KeyCommand;
use super::failure::{DONE, Failure, stdout_failure};
use super::{console, options};
use crate::digest;

pub fn run(command: &KeyCommand) -> Result<u8, Failure> {
    let key = match command {
        KeyCommand::New { file } => digest::create(file)?,
        KeyCommand::Id(arguments) => options::key(arguments, None)?,
    };
    console::output(|out| writeln!(out, "{}", key.id())).map_err(stdout_failure)?;
    if let KeyCommand::New { file } = command {
        let text = format!(
            "wrote the key `{}`; keep a copy, and keep it away from the index: whoever has both can recover identifiers",
            file.display()
        );
        console::note(false, &text);
    }
    Ok(DONE)
}
