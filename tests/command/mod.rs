//! Runs the program as its users do: a process with arguments, standard input and an environment of its own.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

mod tests;

/// A hanging program fails its test instead of stopping all of them. Far above what any test needs on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(120);

/// How often a process that has closed its outputs is asked whether it has ended.
const END_CHECK: Duration = Duration::from_millis(5);

/// Variables that would let the machine of the developer decide the outcome; those of leakdex are cleared too.
const FOREIGN_VARIABLES: [&str; 8] =
    ["CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "RUST_BACKTRACE", "TERM"];

/// A call of `leakdex`, built up and then run.
pub struct Leakdex {
    command: Command,
    stdin: Vec<u8>,
    time_max: Duration,
}

/// What a finished process left.
pub struct Outcome {
    /// Exit code; `None` if a signal ended the process.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Leakdex {
    /// A call of the built program with `folder` as its working directory, an empty standard input and no option.
    pub fn new(folder: &Path) -> Leakdex {
        Leakdex::of_program(env!("CARGO_BIN_EXE_leakdex"), folder)
    }

    fn of_program(program: &str, folder: &Path) -> Leakdex {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_foreign(name)) {
            command.env_remove(name);
        }
        Leakdex { command, stdin: Vec::new(), time_max: TIME_MAX }
    }

    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Leakdex {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Leakdex {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Leakdex {
        self.command.env(name, value);
        self
    }

    /// Gives the bytes of standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Leakdex {
        self.stdin = bytes.into();
        self
    }

    /// Sets the time after which the process is killed and the test fails.
    pub fn time_max(mut self, time_max: Duration) -> Leakdex {
        self.time_max = time_max;
        self
    }

    /// Runs the program to its end, whatever its exit code.
    ///
    /// # Panics
    ///
    /// If it cannot be started, or does not end in time.
    #[track_caller]
    pub fn run(mut self) -> Outcome {
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("starting {:?}: {error}", self.command));
        feed(child.stdin.take().expect("a pipe"), self.stdin);
        let stdout = collect(child.stdout.take().expect("a pipe"));
        let stderr = collect(child.stderr.take().expect("a pipe"));
        let deadline = Instant::now() + self.time_max;
        let outcome = wait(&mut child, &stdout, &stderr, deadline);
        outcome.unwrap_or_else(|| {
            child.kill().expect("killing a process of our own");
            child.wait().expect("the end of a killed process");
            panic!("{:?} has not ended after {:?}", self.command, self.time_max)
        })
    }

    /// Runs the program and expects exit code 0.
    #[track_caller]
    pub fn run_ok(self) -> Outcome {
        self.run_code(0)
    }

    /// Runs the program and expects this exit code.
    #[track_caller]
    pub fn run_code(self, code: i32) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.code, Some(code), "exit code\n{outcome}");
        outcome
    }
}

impl Outcome {
    /// Standard output as text.
    pub fn stdout_text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("standard output in UTF-8")
    }

    /// Standard error as text.
    pub fn stderr_text(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("standard error in UTF-8")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        write!(f, "code: {:?}\n-- stdout --\n{stdout}\n-- stderr --\n{stderr}", self.code)
    }
}

fn is_foreign(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("LEAKDEX_") || FOREIGN_VARIABLES.contains(&name))
}

/// Writes from a thread of its own: a program that writes before it has read all must not block for ever.
fn feed(mut pipe: impl Write + Send + 'static, bytes: Vec<u8>) {
    thread::spawn(move || {
        // A program may end without reading its input; its exit code says whether that was right.
        let _: io::Result<()> = pipe.write_all(&bytes);
    });
}

fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("reading a pipe");
        // After the deadline nobody listens any more.
        let _ = sender.send(bytes);
    });
    receiver
}

/// The outcome, or `None` at the deadline.
fn wait(
    child: &mut Child,
    stdout: &Receiver<Vec<u8>>,
    stderr: &Receiver<Vec<u8>>,
    deadline: Instant,
) -> Option<Outcome> {
    let left = || deadline.saturating_duration_since(Instant::now());
    let stdout = stdout.recv_timeout(left()).ok()?;
    let stderr = stderr.recv_timeout(left()).ok()?;
    loop {
        if let Some(status) = child.try_wait().expect("the state of a process of our own") {
            return Some(Outcome { code: status.code(), stdout, stderr });
        }
        if left().is_zero() {
            return None;
        }
        thread::park_timeout(END_CHECK);
    }
}
