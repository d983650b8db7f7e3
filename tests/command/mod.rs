//! Runs the program as its users do: a process with arguments, standard input and an environment of its own.

use rustix::process::{Pid, kill_process};
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

mod tests;

pub use rustix::process::Signal;

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

/// A call of the program that has not ended yet, as far as we know.
pub struct Running {
    command: Command,
    child: Child,
    stdout: Stream,
    stderr: Stream,
    started: Instant,
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

    /// A shell script that calls the built program as `"$0"`, for what only a shell sets up: closed streams, limits.
    pub fn script(folder: &Path, script: &str) -> Leakdex {
        Leakdex::of_program("/bin/sh", folder).args(["-c", script, env!("CARGO_BIN_EXE_leakdex")])
    }

    /// A call of another program, in the same surroundings.
    pub fn of_program(program: &str, folder: &Path) -> Leakdex {
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

    /// Runs it as another user and group, of these numbers: only root can do that.
    pub fn of_user(mut self, number: u32) -> Leakdex {
        self.command.uid(number).gid(number);
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
    pub fn run(self) -> Outcome {
        self.start().end()
    }

    /// Starts the program and leaves it running.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("starting {:?}: {error}", self.command));
        feed(child.stdin.take().expect("a pipe"), self.stdin);
        let stdout = Stream::of(child.stdout.take().expect("a pipe"));
        let stderr = Stream::of(child.stderr.take().expect("a pipe"));
        Running { command: self.command, child, stdout, stderr, started: Instant::now(), time_max: self.time_max }
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

impl Running {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the program has closed standard output, which it does at its end, but no longer than this.
    pub fn closes_within(&mut self, time: Duration) -> bool {
        self.stdout.wait(Instant::now() + time)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).expect("a process that was not waited for takes signals");
    }

    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// If the program does not end in time.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        let deadline = self.started + self.time_max;
        let outcome = self.wait(deadline);
        outcome.unwrap_or_else(|| {
            self.child.kill().expect("killing a process of our own");
            self.child.wait().expect("the end of a killed process");
            panic!("{:?} has not ended after {:?}", self.command, self.time_max)
        })
    }

    /// The outcome, or `None` at the deadline.
    fn wait(&mut self, deadline: Instant) -> Option<Outcome> {
        if !self.stdout.wait(deadline) || !self.stderr.wait(deadline) {
            return None;
        }
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of a process of our own") {
                let [stdout, stderr] = [&mut self.stdout, &mut self.stderr].map(Stream::take);
                return Some(Outcome { code: status.code(), stdout, stderr });
            }
            if Instant::now() >= deadline {
                return None;
            }
            thread::park_timeout(END_CHECK);
        }
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

/// An output of a process, read by a thread of its own.
struct Stream {
    bytes: Option<Vec<u8>>,
    end: Receiver<Vec<u8>>,
}

impl Stream {
    fn of(mut pipe: impl Read + Send + 'static) -> Stream {
        let (sender, end) = channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).expect("reading a pipe");
            // After the deadline nobody listens any more.
            let _ = sender.send(bytes);
        });
        Stream { bytes: None, end }
    }

    /// Whether the stream is closed at the deadline or before.
    fn wait(&mut self, deadline: Instant) -> bool {
        if self.bytes.is_none() {
            self.bytes = self.end.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok();
        }
        self.bytes.is_some()
    }

    fn take(&mut self) -> Vec<u8> {
        self.bytes.take().unwrap_or_default()
    }
}
