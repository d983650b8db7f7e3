//! The pipeline: one thread reads and cuts blocks, workers turn them into results, the caller takes these in order.
//!
//! ```text
//! reader -> [blocks] -> worker, worker, ... -> [results] -> caller, in the order of the source
//! ```
//!
//! A permit travels with every block from the reader to the caller and back. There are `4 x threads` of them, so no more
//! blocks and results are ever in memory, however slow one worker or the caller is.

use crate::source::{Block, Blocks, Error, Progress, Totals};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::BTreeMap;
use std::thread;

/// Permits per worker: one block in work, one waiting, two finished out of order.
const PERMITS_PER_THREAD: usize = 4;

/// Reads all blocks with `threads` workers.
///
/// Input: `start` makes a worker's state; `work` turns a block into a result; `take` gets the results in the order of the
/// source, on the calling thread, and may end the run with its own error.
/// Output: the workers' states, and what the reader counted.
///
/// # Errors
/// The first error of the source or of `take`, as `E`; everything else has stopped by then.
pub fn run_blocks<S, R, E>(
    blocks: Blocks,
    threads: usize,
    progress: &Progress,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &Block) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(Vec<S>, Totals), E>
where
    S: Send,
    R: Send,
    E: From<Error>,
{
    let threads = threads.max(1);
    let permits = threads * PERMITS_PER_THREAD;
    let (free_sender, free) = bounded::<Block>(permits);
    let (filled_sender, filled) = bounded::<Block>(permits);
    let (done_sender, done) = bounded::<(u64, R)>(permits);
    let (permit_sender, permit) = bounded::<()>(permits);
    for _ in 0..permits {
        // The channel has room for all of them.
        let _ = permit_sender.send(());
    }
    thread::scope(|scope| {
        let reader = scope.spawn(move || read_blocks(blocks, &free, &filled_sender, &permit));
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (filled, free_sender, done_sender) = (filled.clone(), free_sender.clone(), done_sender.clone());
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    let mut state = start();
                    for block in filled {
                        let result = work(&mut state, &block);
                        let sequence = block.sequence;
                        // The pool is full, or the reader is gone: the block is simply dropped.
                        let _ = free_sender.try_send(block);
                        if done_sender.send((sequence, result)).is_err() {
                            break;
                        }
                    }
                    state
                })
            })
            .collect();
        drop((filled, free_sender, done_sender));
        let taken = take_in_order(done, &permit_sender, &mut take);
        if taken.is_err() {
            progress.request_stop();
        }
        drop(permit_sender);
        let totals = join(reader);
        let states = workers.into_iter().map(join).collect();
        taken?;
        Ok((states, totals?))
    })
}

fn read_blocks(
    mut blocks: Blocks,
    free: &Receiver<Block>,
    filled: &Sender<Block>,
    permit: &Receiver<()>,
) -> Result<Totals, Error> {
    while permit.recv().is_ok() {
        let mut block = free.try_recv().unwrap_or_default();
        if !blocks.next_block(&mut block)? || filled.send(block).is_err() {
            break;
        }
    }
    Ok(blocks.totals())
}

/// Hands results on by sequence number, and gives a permit back for each.
fn take_in_order<R, E>(
    done: Receiver<(u64, R)>,
    permit: &Sender<()>,
    take: &mut impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (sequence, result) in done {
        waiting.insert(sequence, result);
        while let Some(result) = waiting.remove(&next) {
            take(result)?;
            next += 1;
            // The reader may have ended already.
            let _ = permit.try_send(());
        }
    }
    Ok(())
}

/// The result of a thread; its panic goes on here, so that it is reported once, without its text.
fn join<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
