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
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
    mut blocks: Blocks,
    threads: usize,
    progress: &Progress,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &Block) -> R + Sync,
    take: impl FnMut(R) -> Result<(), E>,
) -> Result<(Vec<S>, Totals), E>
where
    S: Send,
    R: Send,
    E: From<Error>,
{
    let threads = threads.max(1);
    let permits = threads * PERMITS_PER_THREAD;
    let (free_sender, free) = bounded::<Block>(permits);
    let next = || {
        let mut block = free.try_recv().unwrap_or_default();
        Ok::<_, Error>(blocks.next_block(&mut block)?.then_some(block))
    };
    let work = |state: &mut S, block: Block| {
        let result = work(state, &block);
        // If the pool is full the block is simply dropped.
        let _ = free_sender.try_send(block);
        result
    };
    let states = run_ordered(threads, permits, progress, next, start, work, take)?;
    Ok((states, blocks.totals()))
}

/// Runs jobs on `threads` workers, and takes their results in the order of the jobs.
///
/// Input: `next` gives the jobs, on a thread of its own; at most `permits` jobs and results are under way at any time.
/// `start`, `work` and `take` are as for [`run_blocks`]. One thread is the calling one, and does everything in turn.
///
/// # Errors
/// The first error of `take`, else of `next`; everything else has stopped by then.
pub fn run_ordered<J, S, R, N, E>(
    threads: usize,
    permits: usize,
    progress: &Progress,
    next: impl FnMut() -> Result<Option<J>, N> + Send,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, J) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<Vec<S>, E>
where
    J: Send,
    S: Send,
    R: Send,
    N: Send,
    E: From<N>,
{
    if threads <= 1 {
        return run_in_turn(progress, next, start, work, take);
    }
    let (job_sender, jobs) = bounded::<(u64, J)>(permits);
    let (done_sender, done) = bounded::<(u64, thread::Result<R>)>(permits);
    let (permit_sender, permit) = bounded::<()>(permits);
    for _ in 0..permits {
        // The channel has room for all of them.
        let _ = permit_sender.send(());
    }
    thread::scope(|scope| {
        let reader = scope.spawn(move || give_jobs(next, &job_sender, &permit));
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (jobs, done_sender) = (jobs.clone(), done_sender.clone());
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    let mut state = start();
                    for (sequence, job) in jobs {
                        // The state of a panicked worker is not looked at again: the panic goes on below.
                        let result = catch_unwind(AssertUnwindSafe(|| work(&mut state, job)));
                        if done_sender.send((sequence, result)).is_err() {
                            break;
                        }
                    }
                    state
                })
            })
            .collect();
        drop((jobs, done_sender));
        let taken = take_in_order(done, &permit_sender, &mut take);
        if !matches!(taken, Ok(Ok(()))) {
            progress.request_stop();
        }
        drop(permit_sender);
        let given = join(reader);
        let states = workers.into_iter().map(join).collect();
        taken.unwrap_or_else(|panic| resume_unwind(panic))?;
        given?;
        Ok(states)
    })
}

/// Does everything on the calling thread: no waiting, no waking, and one block in memory.
fn run_in_turn<J, S, R, N, E: From<N>>(
    progress: &Progress,
    mut next: impl FnMut() -> Result<Option<J>, N>,
    start: impl Fn() -> S,
    work: impl Fn(&mut S, J) -> R,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<Vec<S>, E> {
    let mut state = start();
    while let Some(job) = next()? {
        take(work(&mut state, job)).inspect_err(|_| progress.request_stop())?;
    }
    Ok(vec![state])
}

fn give_jobs<J, N>(
    mut next: impl FnMut() -> Result<Option<J>, N>,
    jobs: &Sender<(u64, J)>,
    permit: &Receiver<()>,
) -> Result<(), N> {
    for sequence in 0.. {
        if permit.recv().is_err() {
            break;
        }
        let Some(job) = next()? else { break };
        if jobs.send((sequence, job)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Hands results on by sequence number, and gives a permit back for each. The outer error is a worker's panic.
fn take_in_order<R, E>(
    done: Receiver<(u64, thread::Result<R>)>,
    permit: &Sender<()>,
    take: &mut impl FnMut(R) -> Result<(), E>,
) -> thread::Result<Result<(), E>> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (sequence, result) in done {
        waiting.insert(sequence, result);
        while let Some(result) = waiting.remove(&next) {
            if let Err(error) = take(result?) {
                return Ok(Err(error));
            }
            next += 1;
            // The reader may have ended already.
            let _ = permit.try_send(());
        }
    }
    Ok(Ok(()))
}

/// The result of a thread; its panic goes on here, so that it is reported once, without its text.
fn join<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Options, Source};
    use std::io::Cursor;
    use std::sync::Arc;

    /// Many more blocks than permits.
    fn blocks() -> Blocks {
        let text: String = (0..20_000).map(|n| format!("value{n}\n")).collect();
        let options = Options { block_bytes: 64, ..Options::default() };
        let source = Source::from_reader("test", Box::new(Cursor::new(text)), &options).expect("a source");
        source.into_blocks(0, Arc::new(Progress::new()))
    }

    fn run(
        threads: usize,
        work: impl Fn(u64) -> u64 + Sync,
        take: impl FnMut(u64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let work = |(): &mut (), block: &Block| work(block.sequence);
        run_blocks(blocks(), threads, &Progress::new(), || (), work, take).map(|_| ())
    }

    #[test]
    fn results_come_in_the_order_of_the_source() {
        for threads in [1, 2, 3] {
            let mut taken = Vec::new();
            let take = |sequence| {
                taken.push(sequence);
                Ok(())
            };
            run(threads, |sequence| sequence, take).expect("a whole run");
            assert!(taken.len() > 1000 && taken.iter().copied().eq(0..taken.len() as u64), "{} results", taken.len());
        }
    }

    #[test]
    fn an_error_of_the_caller_ends_the_run() {
        for threads in [1, 2] {
            let mut left = 3;
            let take = |_| {
                left -= 1;
                if left == 0 { Err(Error::Stopped) } else { Ok(()) }
            };
            let result = run(threads, |sequence| sequence, take);
            assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
            assert_eq!(left, 0, "{threads} threads");
        }
    }

    #[test]
    fn a_panic_in_a_worker_ends_the_run_and_does_not_hang() {
        let work = |sequence| {
            assert!(sequence != 7, "a bug");
            sequence
        };
        let result = catch_unwind(AssertUnwindSafe(|| run(2, work, |_| Ok(()))));
        assert!(result.is_err(), "the panic goes on to the caller: {result:?}");
    }
}
