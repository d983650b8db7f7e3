//! The program with its deliberate leaks: the same `main` under another name, so that it replaces no honest build.

#[path = "main.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
