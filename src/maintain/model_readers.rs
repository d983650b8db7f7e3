//! The readers of the model test: threads that read while the writer goes on.
//!
//! One thread keeps every generation open that it was given, and asks all of them again and again, while the files of most of them
//! are replaced and removed: each has to say what its generation said. Another thread opens whatever generation it meets, in the
//! middle of any step; behind the last step it is known what each of them had to say.

use super::model_tests::{Answers, agree, answers, open_as, under};
use crate::digest::{Digest, Key};
use crate::index::{self, Access, Index, key_check};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// Between two rounds of a reader: else the writer waits for a processor more than for the disk.
const PAUSE: Duration = Duration::from_micros(500);

/// An open generation, and what it has to say.
pub(super) struct Reader {
    pub index: Index,
    /// What is asked, under its key.
    pub digests: Vec<Digest>,
    pub want: Answers,
    pub step: usize,
}

/// What writer and readers share.
pub(super) struct Stage<'a> {
    dir: &'a Path,
    /// Under the first secret.
    asked: &'a [Digest],
    seed: u64,
    /// A key or a ring that opens every generation that there is or is being made.
    ring: Mutex<Arc<Key>>,
    given: Mutex<Vec<Reader>>,
    is_writing: AtomicBool,
    is_over: AtomicBool,
    /// Questions to all asked digests that were answered while something was written.
    beside: AtomicU64,
}

impl<'a> Stage<'a> {
    pub(super) fn new(dir: &'a Path, asked: &'a [Digest], seed: u64, key: &Arc<Key>) -> Stage<'a> {
        Stage {
            dir,
            asked,
            seed,
            ring: Mutex::new(Arc::clone(key)),
            given: Mutex::default(),
            is_writing: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            beside: AtomicU64::new(0),
        }
    }

    /// Says with what all generations can be opened from now on.
    pub(super) fn set_ring(&self, ring: &Arc<Key>) {
        *self.ring.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(ring);
    }

    /// Hands over a reader, which is asked from now on.
    pub(super) fn give(&self, reader: Reader) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    /// Does a step of the writer.
    pub(super) fn write(&self, step: impl FnOnce()) {
        self.is_writing.store(true, SeqCst);
        step();
        self.is_writing.store(false, SeqCst);
    }

    /// Asks for everything, and counts it if something was written meanwhile.
    fn ask(&self, index: &Index, digests: &[Digest]) -> Answers {
        let before = self.is_writing.load(SeqCst);
        let answers = answers(index, digests);
        self.beside.fetch_add(u64::from(before || self.is_writing.load(SeqCst)), SeqCst);
        answers
    }

    /// Asks the generations that were given, until the writer is done and each was asked once more.
    fn keep_asking(&self) {
        let mut readers: Vec<Reader> = Vec::new();
        loop {
            let is_over = self.is_over.load(SeqCst);
            readers.append(&mut self.given.lock().unwrap_or_else(PoisonError::into_inner));
            for Reader { index, digests, want, step } in &readers {
                let got = self.ask(index, digests);
                assert!(agree(&got, want), "seed {}, the reader of step {step}", self.seed);
            }
            if is_over {
                return;
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    /// Opens what is there, again and again. Output: what each generation that was met has said.
    fn keep_opening(&self) -> BTreeMap<u64, Answers> {
        let mut met = BTreeMap::new();
        let accesses = [Access::Mapped, Access::Read, Access::ReadFew];
        for round in 0.. {
            let is_over = self.is_over.load(SeqCst);
            let ring = Arc::clone(&self.ring.lock().unwrap_or_else(PoisonError::into_inner));
            let check = key_check(self.dir).expect("there always is a manifest");
            let key = ring.as_of(&check).expect("memory").expect("a key of the ring");
            match open_as(self.dir, &key, accesses[round % 3]) {
                // It was rotated since.
                Err(index::Error::WrongKey { .. }) => continue,
                Err(error) => panic!("seed {}: {error}", self.seed),
                Ok(index) => {
                    assert!(index.damaged().is_empty(), "seed {}: {:?}", self.seed, index.damaged());
                    let said = self.ask(&index, &under(&key, self.asked));
                    let before = met.insert(index.manifest().generation, said.clone());
                    assert!(before.is_none_or(|before| before == said), "seed {}: two answers", self.seed);
                }
            }
            if is_over {
                break;
            }
            std::thread::park_timeout(PAUSE);
        }
        met
    }

    /// Starts the readers.
    pub(super) fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) -> Readers<'scope> {
        let (asking, opening) = (scope.spawn(|| self.keep_asking()), scope.spawn(|| self.keep_opening()));
        Readers { asking, opening, over: Over(&self.is_over) }
    }

    /// Ends the readers, which have met generations between any two steps of the disk. Input: what every generation between two steps
    /// of the writer had to say; those that a step makes on its way say what its last one does. Output: how often somebody
    /// read while something was written.
    pub(super) fn end(&self, readers: Readers<'_>, history: &BTreeMap<u64, Answers>) -> u64 {
        let Readers { asking, opening, over } = readers;
        drop(over);
        asking.join().expect("a reader that agrees");
        for (generation, said) in opening.join().expect("a reader that opens every generation") {
            let (_, want) = history.range(generation..).next().expect("a generation of the writer");
            assert!(agree(&said, want), "seed {}, generation {generation}", self.seed);
        }
        self.beside.load(SeqCst)
    }
}

/// The threads.
pub(super) struct Readers<'scope> {
    asking: ScopedJoinHandle<'scope, ()>,
    opening: ScopedJoinHandle<'scope, BTreeMap<u64, Answers>>,
    over: Over<'scope>,
}

/// Ends the threads when it is dropped: also where the writer fails, which nobody would hear of else.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
