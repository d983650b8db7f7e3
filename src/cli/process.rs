//! Settings of the process before it touches a key or a dump. The only place of the command line with `unsafe`.

use crate::source::Progress;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often a waiting signal is looked for.
const SIGNAL_POLL: Duration = Duration::from_millis(50);

/// No core dumps, no tracing by other processes of the same user, no death by a file size limit, and panics without values.
///
/// Each of these can be refused by the system; the program then works as well, with less protection around it.
pub fn harden() {
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Core,
        rustix::process::Rlimit { current: Some(0), maximum: Some(0) },
    );
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    ignore_file_size_signal();
    std::panic::set_hook(Box::new(|panic| {
        // The text of a panic may hold a value of the input; the place never does.
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        super::console::error_line(&format!("this is a bug in leakdex, at {}", place.unwrap_or_default()), None);
    }));
}

/// A write beyond RLIMIT_FSIZE is then an error that can be reported and cleaned up after, not a signal that kills.
fn ignore_file_size_signal() {
    // SAFETY: `signal` with SIG_IGN installs no handler, so no code of ours runs in signal context; it is called once,
    // before any thread is started.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Turns SIGINT and SIGTERM into a request to stop, so that temporary files are removed and the exit code is 2.
///
/// A second signal ends the process at once.
///
/// # Errors
/// If the system does not accept a signal handler.
pub fn stop_on_signals(progress: Arc<Progress>) -> io::Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [libc::SIGINT, libc::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 2, Arc::clone(&flag))?;
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    thread::spawn(move || {
        while !flag.load(Ordering::Relaxed) {
            thread::sleep(SIGNAL_POLL);
        }
        progress.request_stop();
    });
    Ok(())
}
