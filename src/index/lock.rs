//! The lock of the one writer of an index.
//!
//! # What is guaranteed
//!
//! Whoever has a [`Lock`] is the only one, on this machine and, as far as the file system has `flock`, on others. The system releases it
//! when the process ends, however that is: a lock is never stale. A signal that asks the program to stop ends the waiting for it.
//!
//! The file says who holds it. The process id is written behind the locking, and taken away before the release; so what stands there
//! in between can only be the id of a writer that was killed. Whoever is refused therefore believes an id that it has read twice, a
//! moment apart, and that is one of a process that lives. As long as there is none, it asks again for the lock and for the id, for at
//! most [`UNKNOWN_MAX`] such moments, and says then what it has seen last: the id may be one of another container or machine.

use super::directory::LOCK;
use super::error::Error;
use crate::disk;
use crate::source::Progress;
use rustix::process::{Pid, test_kill_process};
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that another process holds is tried again.
const LOCK_POLL: Duration = Duration::from_millis(50);
/// Between two looks at who holds it.
const HOLDER_POLL: Duration = Duration::from_millis(5);
/// How often a holder is asked for that has not said who it is.
const UNKNOWN_MAX: usize = 40;

/// How long another writer is waited for, and who can end that.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// No longer than this.
    pub longest: Duration,
    /// And no longer than until a stop is requested here.
    pub stop: Option<&'a Progress>,
}

impl Wait<'_> {
    /// Another writer is an error at once.
    pub const NONE: Wait<'static> = Wait { longest: Duration::ZERO, stop: None };

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(Progress::stop_requested)
    }
}

/// A lock that is held.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever comes between this and the next writer's id shall not read ours.
        let _ = disk::set_length(&self.0, 0);
    }
}

/// Locks the file `.lock`, and makes sure that it still is the file of that name: a writer that makes no index removes its own, and a
/// lock on a removed file locks out nobody.
///
/// # Errors
/// [`Error::Locked`] if another writer has it, [`Error::Stopped`] if the waiting was stopped.
pub(super) fn lock(dir: &Path, wait: Wait<'_>) -> Result<Lock, Error> {
    lock_pausing(dir, wait, &mut std::thread::sleep)
}

/// As [`lock`], with what is done between two attempts.
fn lock_pausing(dir: &Path, wait: Wait<'_>, pause: &mut dyn FnMut(Duration)) -> Result<Lock, Error> {
    let path = dir.join(LOCK);
    let (begun, mut seen, mut asked) = (Instant::now(), None, 0);
    loop {
        let Some(held) = try_lock(&path, &mut seen)? else {
            if wait.is_stopped() {
                return Err(Error::Stopped);
            }
            if begun.elapsed() < wait.longest {
                pause(LOCK_POLL.min(wait.longest));
                continue;
            }
            asked += 1;
            let Seen { process, is_believed } = seen.unwrap_or_default();
            if is_believed || asked > UNKNOWN_MAX {
                return Err(Error::Locked { path: dir.to_path_buf(), process });
            }
            pause(HOLDER_POLL);
            continue;
        };
        if disk::is_named(&held.0, &path).map_err(Error::io("locking", &path))? {
            return Ok(held);
        }
    }
}

/// What the file says about who holds it.
#[derive(Clone, Copy, Default)]
struct Seen {
    process: Option<u32>,
    is_believed: bool,
}

/// The lock; or none, and what can be seen of who has it. Input: what was seen the last time.
fn try_lock(path: &Path, seen: &mut Option<Seen>) -> Result<Option<Lock>, Error> {
    let mut file = disk::open_or_create_private(path).map_err(Error::io("opening", path))?;
    match file.try_lock() {
        Ok(()) => {
            // The process id is for the message of whoever comes second; the lock works without it.
            let _ = disk::set_length(&file, 0).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(Some(Lock(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.take(20).read_to_string(&mut text);
            let process: Option<u32> = text.trim().parse().ok();
            let is_same = seen.is_some_and(|seen| seen.process == process);
            let is_believed = is_same && process.is_some_and(lives);
            *seen = Some(Seen { process, is_believed });
            Ok(None)
        }
        Err(TryLockError::Error(cause)) => Err(Error::io("locking", path)(cause)),
    }
}

/// Whether a process of this id is there, of whichever user.
fn lives(process: u32) -> bool {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    id.is_some_and(|id| !matches!(test_kill_process(id), Err(rustix::io::Errno::SRCH)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    /// What a second writer is told of a holder that has the lock, whose file says `text`, and that writes its own id at the pause of
    /// this number.
    fn told(text: &str, writes_at: usize) -> (Option<u32>, usize) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(LOCK);
        fs::write(&path, text).expect("room");
        let holder = File::options().write(true).open(&path).expect("a file");
        holder.lock().expect("nobody has it");
        let mut pauses = 0;
        let mut pause = |_| {
            pauses += 1;
            if pauses == writes_at {
                fs::write(&path, std::process::id().to_string()).expect("room");
            }
        };
        match lock_pausing(dir.path(), Wait::NONE, &mut pause) {
            Err(Error::Locked { process, .. }) => (process, pauses),
            other => panic!("{:?}", other.map(|_| ())),
        }
    }

    /// The id of a process that has ended.
    fn ended() -> u32 {
        let mut child = Command::new("true").spawn().expect("a process");
        child.wait().expect("its end");
        child.id()
    }

    #[test]
    fn whoever_holds_the_lock_is_named_and_nobody_else_ever() {
        let us = Some(std::process::id());
        // What a writer that was killed has left, or a part of a number.
        for text in ["", "x", &ended().to_string(), &u32::MAX.to_string(), "0"] {
            for writes_at in [1, 2, 7, UNKNOWN_MAX - 1] {
                assert_eq!(told(text, writes_at).0, us, "`{text}`, written at pause {writes_at}");
            }
        }
        // One that lives is asked for twice, because its number may be used again.
        assert_eq!(told("1", 1).0, us);
        assert_eq!(told(&std::process::id().to_string(), 0), (us, 1));
    }

    #[test]
    fn a_holder_that_never_says_who_it_is_is_not_waited_for() {
        assert_eq!(told("", 0), (None, UNKNOWN_MAX));
        let elsewhere = ended();
        assert_eq!(told(&elsewhere.to_string(), 0), (Some(elsewhere), UNKNOWN_MAX));
    }

    #[test]
    fn a_lock_that_becomes_free_meanwhile_is_taken() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut holder = Some(lock(dir.path(), Wait::NONE).expect("nobody has it"));
        // It has just taken its id away.
        fs::write(dir.path().join(LOCK), "").expect("room");
        let mut pause = |_| drop(holder.take());
        let held = lock_pausing(dir.path(), Wait::NONE, &mut pause).expect("free by now");
        let says = || fs::read_to_string(dir.path().join(LOCK)).expect("a file");
        assert_eq!(says(), std::process::id().to_string());
        drop(held);
        assert_eq!(says(), "", "nobody is named who has it no more");
    }

    #[test]
    fn a_stop_ends_the_waiting() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let _held = lock(dir.path(), Wait::NONE).expect("nobody has it");
        let (progress, mut pauses) = (Progress::new(), 0);
        let mut pause = |_| {
            pauses += 1;
            assert!(pauses < 4, "it waits on");
            if pauses == 3 {
                progress.request_stop();
            }
        };
        let wait = Wait { longest: Duration::from_secs(3600), stop: Some(&progress) };
        let stopped = lock_pausing(dir.path(), wait, &mut pause).map(|_| ());
        assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
        assert_eq!(pauses, 3);
    }
}
