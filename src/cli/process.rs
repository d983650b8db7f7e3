//! Settings of the process before it touches a key or a dump. The only place of the command line with `unsafe`.

use super::failure::Failure;
use crate::source::{ARCHIVE_THREAD, Progress};
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
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
    report_bus_errors();
    std::panic::set_hook(Box::new(|panic| {
        // Readers of archives and workbooks meet damage in this way; it is said as what it is.
        if thread::current().name() == Some(ARCHIVE_THREAD) {
            return;
        }
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

/// Said when a mapping has no bytes any more. A constant: in a signal handler nothing can be formatted.
const BUS_ERROR: &[u8] = b"leakdex: error: a mapped file of the index was made shorter, or cannot be read any more

leakdex: hint: files of an index are never changed in place: run `leakdex verify`, and restore what is damaged from a \
copy; with `--no-mmap` the segments that are whole still answer
";

/// Unfinished outputs, which a bus error must not leave behind: paths that are never freed.
static UNFINISHED: [AtomicPtr<libc::c_char>; 16] = [const { AtomicPtr::new(ptr::null_mut()) }; 16];

/// Removes a file if a bus error ends the process; how it ends otherwise is the caller's business.
///
/// Cost: the path stays in memory. Of more files than a command has outputs, the rest would be left behind.
pub fn remove_on_bus_error(path: &Path) {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return };
    let path = path.into_raw();
    let is_taken = |slot: &AtomicPtr<libc::c_char>| {
        slot.compare_exchange(ptr::null_mut(), path, Ordering::Release, Ordering::Relaxed).is_ok()
    };
    let _ = UNFINISHED.iter().any(is_taken);
}

/// A mapped file that somebody truncates ends the process with SIGBUS at the next look into it. Nothing can be rescued then,
/// but it is said: an error that is silent would be taken for a scan without findings.
fn report_bus_errors() {
    // SAFETY: the handler does what POSIX allows in one: `unlink`, `write` and `_exit`, on memory that is constant or never
    // freed. All fields of the zeroed structure are valid as zeros; it is installed before any thread is started.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_bus_error as *const () as libc::sighandler_t;
        libc::sigaction(libc::SIGBUS, &action, ptr::null_mut());
    }
}

extern "C" fn on_bus_error(_: libc::c_int) {
    for path in &UNFINISHED {
        let path = path.load(Ordering::Acquire);
        if !path.is_null() {
            // SAFETY: a string that ends with a zero and is never freed; `unlink` is safe in a signal handler.
            unsafe { libc::unlink(path) };
        }
    }
    // SAFETY: a constant with its length; both calls are safe in a signal handler.
    unsafe {
        libc::write(libc::STDERR_FILENO, BUS_ERROR.as_ptr().cast(), BUS_ERROR.len());
        libc::_exit(2)
    }
}

/// Counters of a job that SIGINT, SIGTERM, SIGHUP and SIGQUIT ask to stop.
///
/// # Errors
/// If the system does not accept a signal handler.
pub fn stoppable() -> Result<Arc<Progress>, Failure> {
    let progress = Arc::new(Progress::new());
    let made = stop_on_signals(Arc::clone(&progress));
    made.map_err(|cause| Failure::new(cause.to_string(), "try again")).map(|()| progress)
}

/// Whether whoever has started the process wants it to go on at this signal.
fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: without a new action the call only writes the present one to the structure, whose fields are all valid as zeros.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Turns SIGINT, SIGTERM, SIGHUP and SIGQUIT into a request to stop, so that temporary files are removed and the exit code is 2: a
/// connection that breaks must not leave a list of people behind. The last two stay ignored where they are: `nohup` asks for that.
///
/// A second signal ends the process at once, but for SIGHUP: when a connection breaks, it comes from the shell and from the kernel.
///
/// # Errors
/// If the system does not accept a signal handler.
pub fn stop_on_signals(progress: Arc<Progress>) -> io::Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    let wanted = [libc::SIGHUP, libc::SIGQUIT].into_iter().filter(|signal| !is_ignored(*signal));
    for signal in [libc::SIGINT, libc::SIGTERM].into_iter().chain(wanted) {
        if signal != libc::SIGHUP {
            signal_hook::flag::register_conditional_shutdown(signal, 2, Arc::clone(&flag))?;
        }
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
