//! Runs a program and measures it as a whole. The only file of the benchmarks with `unsafe`.

use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a process took, from its start to its end, with all threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// CPU time, user and system.
    pub cpu: Duration,
    /// Time on the clock.
    pub wall: Duration,
    /// Peak resident memory.
    pub peak_bytes: u64,
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
}

/// Runs a command to its end.
///
/// # Errors
/// If it cannot be started or waited for.
#[allow(clippy::zombie_processes, reason = "`wait4` waits for it: unlike `Child::wait` it says what the process took")]
pub fn run(command: &mut Command) -> io::Result<Usage> {
    let started = Instant::now();
    let child = command.stdin(Stdio::null()).spawn()?;
    let mut status = 0;
    // SAFETY: `rusage` is a structure of numbers, for which zeros are valid; `wait4` writes to it and to `status` only while
    // it runs, and the process is a child of ours that nobody else waits for.
    let (waited, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage), usage)
    };
    if waited < 0 {
        return Err(io::Error::last_os_error());
    }
    let time =
        |time: libc::timeval| Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64);
    let code = if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 };
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ok(Usage { cpu, wall: started.elapsed(), peak_bytes: usage.ru_maxrss as u64 * 1024, code })
}
