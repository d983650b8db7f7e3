//! Which segments belong together, and which are merged next.

use super::payloads::PAIRS_MAX;
use crate::index::{Index, LiveSegment};

/// A digest is looked for in at most so many runs once a merge has ended, and in those that are full.
pub const RUNS_MAX: usize = 8;
/// Runs that are merged at once: each takes about half a megabyte.
const MERGED_MAX: usize = 64;

/// A segment, or the slices of one: a digest asks one file of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// Their places in [`Index::segments`], in the order of the manifest.
    pub segments: Vec<usize>,
    /// Records of all.
    pub records: u64,
    /// Pairs of a breach and its data classes in all payloads, of the segment that has the most.
    pub pairs: usize,
}

/// What a compaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Not more than [`RUNS_MAX`] runs: what an ingest sees to. A run from which records have to leave is let alone unless it is
    /// merged anyway, because to look for them in all segments, or to write a large run again, is no cost of a new breach.
    FewRuns,
    /// And every record has left that has to.
    CleanRuns,
    /// One run, and a clean one.
    OneRun,
}

/// The runs of an index in the order of the manifest.
///
/// Slices of one ingest, or of one merge, stand beside each other and have the same breaches. Where a slice is damaged, those
/// behind it are a run of their own. Slices of two runs taken for one would do no harm: they share no digest.
///
/// Cost: none beside opening: only headers and tables of breaches are looked at.
pub(super) fn runs(index: &Index) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (place, live) in index.segments().iter().enumerate() {
        let goes_on = |run: &Run| run.segments.last().is_some_and(|last| follows(&index.segments()[*last], live));
        match runs.last_mut().filter(|run| goes_on(run)) {
            Some(run) => run.add(place, live),
            None => {
                let mut run = Run::default();
                run.add(place, live);
                runs.push(run);
            }
        }
    }
    runs
}

impl Run {
    fn add(&mut self, place: usize, live: &LiveSegment) {
        self.segments.push(place);
        self.records += live.segment().header().records;
        self.pairs = self.pairs.max(live.segment().payloads().iter().map(Vec::len).sum());
    }

    /// Whether every breach of it was removed.
    pub(super) fn is_removed(&self, index: &Index) -> bool {
        self.segments.iter().all(|place| index.segments()[*place].breaches().iter().all(Option::is_none))
    }

    /// Whether its exposures are so different that another run would hardly find room beside them. Payloads of two runs are never
    /// the same, so what is merged has as many as both, but for those that no record has alone.
    ///
    /// Full runs are let alone and not counted: there is one for every quarter of a million pairs.
    pub(super) fn is_full(&self) -> bool {
        self.pairs > PAIRS_MAX / 2
    }
}

/// Whether a segment is the slice behind another one.
fn follows(before: &LiveSegment, live: &LiveSegment) -> bool {
    let (one, next) = (before.segment().header(), live.segment().header());
    let uids = |live: &LiveSegment| live.segment().breaches().iter().map(|breach| breach.uid).collect::<Vec<_>>();
    next.slice_bits > 0
        && one.slice_bits == next.slice_bits
        && one.slice.checked_add(1) == Some(next.slice)
        && uids(before) == uids(live)
}

/// The runs that are merged next, as places in `runs`, ascending; none if all is as it should be.
///
/// While there are more than [`RUNS_MAX`] beside the full ones, the smallest two are merged, and with them every next larger one that
/// is not larger than all of these together. After that every run from which records have to leave is written again alone, which
/// `is_dirty` says: it is asked only if the answer matters, and only up to the first run that is.
///
/// Input: `most`, so many at once.
///
/// # Errors
/// Those of `is_dirty`.
pub(super) fn next_merge<E>(
    runs: &[Run],
    goal: Goal,
    most: usize,
    is_dirty: impl FnMut(&Run) -> Result<bool, E>,
) -> Result<Option<Vec<usize>>, E> {
    let fit_together = goal == Goal::OneRun && runs.iter().map(|run| run.pairs).sum::<usize>() <= PAIRS_MAX;
    let mut by_size: Vec<usize> = (0..runs.len()).filter(|run| fit_together || !runs[*run].is_full()).collect();
    by_size.sort_by_key(|run| (runs[*run].records, *run));
    let count = match goal {
        Goal::OneRun if by_size.len() > 1 => by_size.len(),
        _ if by_size.len() > RUNS_MAX => due(&by_size.iter().map(|run| runs[*run].records).collect::<Vec<_>>()),
        Goal::FewRuns => return Ok(None),
        _ => return next_dirty(runs, is_dirty),
    };
    let pairs = by_size.iter().scan(0, |sum, run| {
        *sum += runs[*run].pairs;
        Some(*sum)
    });
    // Two that are not full always have room.
    let count = count.min(pairs.take_while(|pairs| *pairs <= PAIRS_MAX).count());
    by_size.truncate(count.min(most.clamp(2, MERGED_MAX)));
    by_size.sort_unstable();
    Ok(Some(by_size))
}

/// The first run from which records have to leave, as a place in `runs`.
///
/// # Errors
/// Those of `is_dirty`.
fn next_dirty<E>(runs: &[Run], mut is_dirty: impl FnMut(&Run) -> Result<bool, E>) -> Result<Option<Vec<usize>>, E> {
    for (place, run) in runs.iter().enumerate() {
        if is_dirty(run)? {
            return Ok(Some(vec![place]));
        }
    }
    Ok(None)
}

/// How many of the smallest runs are merged, of sizes in ascending order.
fn due(sizes: &[u64]) -> usize {
    let mut sum: u64 = sizes.iter().take(2).sum();
    let more = sizes.iter().skip(2).take_while(|size| {
        let joins = **size <= sum;
        sum = sum.saturating_add(**size);
        joins
    });
    (2 + more.count()).min(sizes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn of_sizes(sizes: &[u64]) -> Vec<Run> {
        sizes.iter().map(|records| Run { records: *records, ..Run::default() }).collect()
    }

    /// The next merge, of runs of which none has to be written again, or the one at this place.
    fn next(runs: &[Run], goal: Goal, dirty: Option<usize>) -> Option<Vec<usize>> {
        let is_dirty =
            |run: &Run| Ok::<_, Infallible>(dirty.is_some_and(|place| std::ptr::eq(run, &raw const runs[place])));
        let Ok(next) = next_merge(runs, goal, usize::MAX, is_dirty);
        next
    }

    #[test]
    fn a_large_run_is_left_alone_until_the_others_weigh_as_much() {
        let check = |sizes: &[u64], want: Option<&[usize]>| {
            assert_eq!(next(&of_sizes(sizes), Goal::FewRuns, None).as_deref(), want, "{sizes:?}");
            assert_eq!(next(&of_sizes(sizes), Goal::CleanRuns, None).as_deref(), want, "{sizes:?}");
        };
        check(&[], None);
        check(&[5; 8], None);
        check(&[5; 9], Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8]));
        check(&[100, 1, 1, 1, 1, 1, 1, 1, 1], Some(&[1, 2, 3, 4, 5, 6, 7, 8]));
        check(&[100, 4, 30, 9, 9, 9, 9, 9, 1], Some(&[1, 8]));
        check(&[8, 1, 1, 1, 1, 1, 1, 1, 1], Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8]));
        check(&[1 << 60; 9], Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8]));
    }

    #[test]
    fn full_runs_are_let_alone_and_not_counted() {
        let run = |records: u64, pairs: usize| Run { records, pairs, ..Run::default() };
        let full = PAIRS_MAX / 2 + 1;
        let mut runs = vec![run(9, full); 20];
        assert_eq!(next(&runs, Goal::CleanRuns, None), None);
        assert_eq!(next(&runs, Goal::OneRun, None), None);
        runs.extend(vec![run(5, 1); 8]);
        assert_eq!(next(&runs, Goal::FewRuns, None), None);
        assert_eq!(next(&runs, Goal::OneRun, None), Some((20..28).collect()));
        runs.push(run(1, 1));
        assert_eq!(next(&runs, Goal::FewRuns, None), Some((20..29).collect()));
        // No more than have room.
        let wide = vec![run(5, PAIRS_MAX / 3); 9];
        assert_eq!(next(&wide, Goal::FewRuns, None), Some(vec![0, 1, 2]));
        let Ok(two) = next_merge(&runs, Goal::FewRuns, 2, |_| Ok::<_, Infallible>(false));
        assert_eq!(two.map(|two| two.len()), Some(2));
    }

    #[test]
    fn records_that_must_leave_do_so_where_nothing_is_merged() {
        let runs = of_sizes(&[7, 3, 9]);
        assert_eq!(next(&runs, Goal::CleanRuns, None), None);
        assert_eq!(next(&runs, Goal::CleanRuns, Some(1)), Some(vec![1]));
        assert_eq!(next(&runs, Goal::FewRuns, Some(1)), None, "an ingest leaves them to a compaction");
        assert_eq!(next(&runs, Goal::OneRun, Some(1)), Some(vec![0, 1, 2]));
        assert_eq!(next(&of_sizes(&[7]), Goal::OneRun, None), None);
        assert_eq!(next(&of_sizes(&[7]), Goal::OneRun, Some(0)), Some(vec![0]));
    }

    #[test]
    fn nobody_is_asked_what_has_to_leave_where_that_changes_nothing() {
        let ask = |sizes: &[u64], goal: Goal| {
            let mut asked = 0;
            let is_dirty = |_: &Run| {
                asked += 1;
                Ok::<_, Infallible>(asked == 2)
            };
            let Ok(_) = next_merge(&of_sizes(sizes), goal, usize::MAX, is_dirty);
            asked
        };
        assert_eq!(ask(&[1; 8], Goal::FewRuns), 0);
        assert_eq!(ask(&[1; 9], Goal::FewRuns), 0);
        assert_eq!(ask(&[1; 9], Goal::CleanRuns), 0);
        assert_eq!(ask(&[1; 8], Goal::CleanRuns), 2);
        assert_eq!(ask(&[1; 8], Goal::OneRun), 0);
        assert_eq!(ask(&[1; 1], Goal::OneRun), 1);
    }

    /// What is written altogether while breaches of these sizes come one after the other, in records.
    fn written(sizes: impl Iterator<Item = u64>) -> (u64, u64, usize) {
        let (mut runs, mut new, mut merged, mut most) = (Vec::new(), 0, 0, 0);
        for size in sizes {
            runs.push(size);
            new += size;
            while let Some(group) = next(&of_sizes(&runs), Goal::FewRuns, None) {
                let sum = group.iter().map(|run| runs[*run]).sum();
                merged += sum;
                let mut place = 0;
                runs.retain(|_| {
                    place += 1;
                    !group.contains(&(place - 1))
                });
                runs.push(sum);
            }
            most = most.max(runs.len());
        }
        (new, merged, most)
    }

    #[test]
    fn a_thousand_breaches_are_written_a_few_times() {
        let (new, merged, most) = written((0..1000).map(|_| 1_000_000));
        assert!(most <= RUNS_MAX && merged <= 4 * new, "{merged} of {new} in {most} runs");
        let mut random = 1u64;
        let sizes = (0..1000).map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // From a thousand to a hundred million, every size as often.
            10f64.powf(3.0 + (random >> 11) as f64 / (1u64 << 53) as f64 * 5.0) as u64
        });
        let (new, merged, most) = written(sizes);
        assert!(most <= RUNS_MAX && merged <= 6 * new, "{merged} of {new} in {most} runs");
    }

    #[test]
    fn a_small_breach_beside_a_large_index_costs_its_own_rows() {
        let (new, merged, _) = written(std::iter::once(100_000_000).chain((0..50).map(|_| 1_000_000)));
        assert!(merged <= 3 * (new - 100_000_000), "{merged} of {new}");
    }
}
