//! The `leakdex` program.

use leakdex::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::start(std::env::args_os()) {
        Ok(arguments) => cli::run(&arguments),
        Err(code) => code,
    }
}
