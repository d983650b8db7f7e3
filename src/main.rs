//! The `leakdex` program.

use leakdex::cli::args::{Arguments, Command, DemoArguments};
use leakdex::cli::progress::Display;
use leakdex::cli::{self, console};
use leakdex::demo::play::{Error, Options, play};
use leakdex::source::Progress;
use std::any::Any;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

/// Reads the arguments, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    match cli::start(std::env::args_os()) {
        Ok(Arguments { command: Command::Demo(demo), quiet, .. }) => run_demo(demo, quiet),
        Ok(arguments) => ExitCode::from(cli::run(&arguments)),
        Err(code) => ExitCode::from(code),
    }
}

/// The demo drives the command line, so it stands above it.
fn run_demo(demo: DemoArguments, quiet: bool) -> ExitCode {
    let options = Options { dir: demo.dir, scale: demo.scale, seed: demo.seed };
    let mut run = |arguments: &[OsString]| {
        let program = [OsString::from("leakdex")];
        let quiet = quiet.then(|| OsString::from("--quiet"));
        let line = program.iter().chain(&quiet).chain(arguments).cloned();
        cli::start(line).map_or_else(|code| code, |arguments| cli::run(&arguments))
    };
    let mut watch =
        |progress: &Arc<Progress>| -> Box<dyn Any> { Box::new(Display::start("generate", progress, quiet)) };
    match play(&options, &mut run, &mut watch, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        // The step has said why.
        Err(Error::Command(code)) => ExitCode::from(code),
        Err(error) => {
            console::error_line(&error.to_string(), error.hint().as_deref());
            ExitCode::from(2)
        }
    }
}
