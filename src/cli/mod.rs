//! The command line: arguments become calls into the library, results become text and exit codes.

pub mod args;
mod breach;
mod catalogue;
mod check;
mod claim;
mod compact;
pub mod console;
mod explain;
mod failure;
mod forget;
mod ingest;
mod input;
mod inspect;
mod key;
mod options;
mod outfile;
mod outputs;
mod process;
pub mod progress;
mod reports;
mod scan;
mod stats;
mod verify;

use args::{Arguments, Command, ProgressStyle};
use clap::Parser;
use failure::Failure;
use options::with_ring;
use std::ffi::OsString;

/// Protects the process and reads the arguments.
///
/// # Errors
/// The exit code, after help or a complaint was written.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, u8> {
    process::harden();
    Arguments::try_parse_from(arguments).map_err(|error| {
        // Help goes to standard output and ends with 0, complaints go to standard error and end with 2.
        let _ = error.print();
        if error.use_stderr() { failure::ERROR } else { failure::DONE }
    })
}

/// Runs any command but `demo`, which drives this function, and returns the exit code.
pub fn run(arguments: &Arguments) -> u8 {
    let result = std::panic::catch_unwind(|| dispatch(arguments));
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => failure.report(),
        // The hook has said where; the index is what it was, because a commit is one rename.
        Err(_) => failure::ERROR,
    }
}

fn dispatch(arguments: &Arguments) -> Result<u8, Failure> {
    let quiet = arguments.quiet;
    if arguments.progress == ProgressStyle::Json {
        progress::use_json();
    }
    match &arguments.command {
        Command::Demo(_) => Err(Failure::new("a demo inside a demo", "start it from the command line")),
        Command::Key(command) => key::run(command, arguments.quiet),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Ingest(arguments) => {
            with_ring(&arguments.write.key, &arguments.write.index, || ingest::run(arguments, quiet))
        }
        Command::Check(arguments) => with_ring(&arguments.key, &arguments.index, || check::run(arguments)),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Scan(arguments) => with_ring(&arguments.key, &arguments.index, || scan::run(arguments, quiet)),
        Command::Claim(arguments) => claim::run(arguments, quiet),
        Command::Breach(command) => breach::run(command, quiet),
        Command::Forget(arguments) => forget::run(arguments, quiet),
        Command::Compact(arguments) => {
            with_ring(&arguments.write.key, &arguments.write.index, || compact::run(arguments, quiet))
        }
        Command::Stats(arguments) => stats::run(arguments, quiet),
        Command::Verify(arguments) => with_ring(&arguments.key, &arguments.index, || verify::run(arguments, quiet)),
    }
}
