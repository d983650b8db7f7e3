//! The look-ups of one value, as few of them as decide the answer.
//!
//! Every look-up of a cold index reads two chunks of 64 KiB, one of section H and one of R. A value that is its own folded
//! form has two digests, one with another folded form has three: E(x), F(fold x) and E(fold x). Asked in a good order, two
//! of them are nearly always enough:
//!
//! - **F(fold x) first.** A dump that holds x stores F(fold x) beside E(x), under the same rule, since x is not its own
//!   folded form. Where no segment has F(fold x), none has E(x): that look-up is left out.
//! - **E(fold x) last, and only if it can add something.** What it can add is a breach that was not met yet, or a data class
//!   of one that was. The dictionary of every segment says which there are, and lies in memory.
//!
//! So it is four chunks unless another spelling stands in the index and a breach could add to it; then it is six. The
//! answer is that of all three. A chunk that is damaged is taken for a hit that says nothing: the others are asked.

use super::Query;
use crate::digest::{Digest, Variant};
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use crate::index::{Error, Hit};
use crate::plan::Batch;
use std::collections::BTreeMap;

/// The place of the forms of a value with another folded form.
const EXACT: usize = 0;
const ALIAS: usize = 1;
const EXACT_OF_FOLD: usize = 2;

/// Looks up the forms of one value.
///
/// Input: a batch of one value at most. Output: hits as [`crate::index::Index::find_batch`] has them, and the damage met.
pub(super) fn find_few(query: Query<'_>, batch: &Batch) -> (Vec<Hit>, Vec<Error>) {
    let mut hits = Vec::new();
    let mut errors = Vec::new();
    let mut ask = |form: usize, hits: &mut Vec<Hit>| {
        errors.extend(query.index.find_one(batch.digests[form], form as u32, hits));
    };
    // What is suppressed, or was, decides more than its own look-up; it is asked for in memory.
    let is_listed = |digest: &Digest| {
        let suppression = query.index.suppression();
        suppression.suppresses(*digest) || suppression.was_lifted(*digest)
    };
    let is_plain = query.index.suppression().is_empty() || !batch.digests.iter().any(is_listed);
    let variants = batch.probes.iter().map(|probe| probe.variant);
    // An identity number may have forms under several countries, and then they are not three of one value.
    let is_of_one = batch.probes.first().is_some_and(|probe| probe.kind != Kind::NationalId);
    if is_plain
        && is_of_one
        && variants.eq([Variant::Exact, Variant::Alias, Variant::Exact].map(|variant| variant as u8))
    {
        ask(ALIAS, &mut hits);
        if !hits.is_empty() {
            ask(EXACT, &mut hits);
        }
        if can_add(query, &hits) {
            ask(EXACT_OF_FOLD, &mut hits);
        }
    } else {
        (0..batch.digests.len()).for_each(|form| ask(form, &mut hits));
    }
    hits.sort_unstable_by_key(|hit| (hit.found.probe, hit.segment));
    (hits, errors)
}

/// Whether any segment has exposures that the hits do not show already.
fn can_add(query: Query<'_>, hits: &[Hit]) -> bool {
    let mut met: BTreeMap<usize, ClassMask> = BTreeMap::new();
    for hit in hits {
        let Some(place) = hit.found.place() else { return true };
        let live = &query.index.segments()[hit.segment as usize];
        let exposures = live.segment().payloads()[place].iter();
        // A value that many share exposes nobody, so it hides nothing either.
        for (local, classes) in exposures.filter(|(_, classes)| !classes.contains(DataClass::SHARED_VALUE)) {
            let known = met.entry(live.breach(*local)).or_default();
            *known = known.union(*classes);
        }
    }
    query.index.segments().iter().any(|live| {
        let exposures = live.segment().payloads().iter().flatten();
        let asked = exposures.filter(|(local, _)| query.covered.asks(live.breach(*local)));
        asked.copied().any(|(local, classes)| match met.get(&live.breach(local)) {
            Some(known) => known.union(classes) != *known,
            None => true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::Covered;
    use super::super::answer::{Answers, Desk, answer, answer_hits};
    use super::*;
    use crate::digest::{Key, Width};
    use crate::identifier::{Country, Form, KindSpec};
    use crate::index::test_data::Random;
    use crate::index::{
        Access, Breach, BreachCoverage, Catalogue, CoverageCounts, Forgotten, Identity, Index, Pair, SegmentPlan,
        Writer, hex,
    };
    use crate::plan::{Extractor, Plan, Side, Tier, coverage_key};
    use crate::source::Options;
    use std::path::Path;

    const EMAIL: KindSpec = KindSpec { kind: Kind::Email, country: Country::NONE, form: Form::Plain };
    const SPELLINGS: [&str; 5] =
        ["anna@gmail.com", "an.na@gmail.com", "anna+x@gmail.com", "anna@googlemail.com", "a.nna@googlemail.com"];

    fn batch_of(plan: &Plan, key: &Key, value: &str) -> Batch {
        let mut batch = Batch::default();
        Extractor::new(plan, key, Width::DEFAULT, &Options::default()).extract(value.as_bytes(), &mut batch);
        batch
    }

    /// The digests of a breach, each with the classes of all records that have it, without those that have left.
    fn dump(random: &mut Random, key: &Key, left: &[Digest]) -> BTreeMap<Digest, ClassMask> {
        let plan = Plan { side: Side::Dump, ..Plan::one_value(EMAIL, Country::NONE, &[]) };
        let mut digests: BTreeMap<Digest, ClassMask> = BTreeMap::new();
        let mut add = |value: &str, classes: ClassMask| {
            for digest in batch_of(&plan, key, value).digests {
                let known = digests.entry(digest).or_default();
                *known = known.union(classes);
            }
        };
        add("somebody.else@example.com", ClassMask(1));
        for spelling in SPELLINGS {
            if random.below(3) == 0 {
                // Now and then the flag of a shared value.
                add(spelling, ClassMask(1 << random.below(3) | u64::from(random.below(9) == 0) << 62));
            }
        }
        digests.retain(|digest, _| !left.contains(digest));
        digests
    }

    /// The digests of some spellings, suppressed or lifted, and those of them that have left the segments.
    fn forgotten(random: &mut Random, key: &Key) -> (Forgotten, Vec<Digest>) {
        let plan = Plan::one_value(EMAIL, Country::NONE, &[]);
        let (mut pairs, mut left) = (Vec::new(), Vec::new());
        for spelling in SPELLINGS.iter().filter(|_| random.below(5) == 0).collect::<Vec<_>>() {
            let digests = batch_of(&plan, key, spelling).digests;
            let state = random.below(3);
            let (owner, suppresses, written_since) = (digests[0], state < 2, state > 0);
            left.extend(digests.iter().filter(|_| written_since && random.below(2) == 0));
            pairs.extend(digests.iter().map(|digest| Pair { digest: *digest, owner, suppresses, written_since }));
        }
        (Forgotten::from_pairs(pairs), left)
    }

    /// An index of as many segments, each with a breach of its own.
    fn index(dir: &Path, segments: u64, random: &mut Random, key: &Key, (forgotten, left): (Forgotten, Vec<Digest>)) {
        let identity =
            Identity { id: key.id(), check: key.check(), links: key.links(), seal: &|bytes| key.seal(bytes) };
        let mut writer = Writer::open(dir, &identity, Width::DEFAULT).expect("a new index");
        let (mut entries, mut breaches) = (Vec::new(), Vec::new());
        for number in 0..segments {
            let name = format!("breach-{number}");
            let uid = key.tag("breach", name.as_bytes());
            let counts = CoverageCounts { accepted: 1, rejected: 0 };
            let covered = BTreeMap::from([(coverage_key(EMAIL, Variant::Exact, &[], key), counts)]);
            let digests = dump(random, key, &left);
            let payloads = digests.values().map(|classes| (vec![(0, *classes)], 1)).collect();
            let (estimate, key_check) = (digests.len() as u64, key.check());
            let plan = SegmentPlan { width: Width::DEFAULT, key_check, estimate, payloads, slice_bits: 0, slice: 0 };
            let entry = writer.add_segment(plan, |mut segment| {
                digests.keys().enumerate().try_for_each(|(place, digest)| segment.push(*digest, place))?;
                segment.finish(&[BreachCoverage { uid, counts: covered, ..Default::default() }])
            });
            entries.push(entry.expect("room"));
            breaches.push(Breach { name, uid: hex(&uid), ..Breach::default() });
        }
        let catalogue = Catalogue { breaches, ..writer.catalogue().clone() };
        writer.commit_locked(entries, catalogue).expect("a commit");
        if !forgotten.is_empty() {
            writer.forget(forgotten).expect("a commit");
        }
    }

    fn shown(answers: &Answers) -> (String, String, String) {
        let kinds = format!("{:?}", answers.scope.kinds);
        (format!("{:?}", answers.exposures), format!("{:?}", answers.unknowns), kinds)
    }

    /// A few look-ups say what all of them say, whatever stands in the index and however it is spelt.
    #[test]
    fn few_look_ups_answer_like_all() {
        let key = Key::from_secret(&std::array::from_fn(|i| i as u8 ^ 0x35)).expect("a secret that is not weak");
        let mut random = Random(11);
        let (mut asked, mut needed, mut hidden) = (0, 0, 0);
        for round in 0..240 {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let forgotten = if round % 2 == 0 { forgotten(&mut random, &key) } else { Default::default() };
            index(dir.path(), 1 + round % 3, &mut random, &key, forgotten);
            let identity =
                Identity { id: key.id(), check: key.check(), links: key.links(), seal: &|bytes| key.seal(bytes) };
            let index = Index::open(dir.path(), Some(&identity), Access::Mapped).expect("an index");
            let only = if round % 4 == 0 { vec!["breach-0".to_string()] } else { Vec::new() };
            let covered = Covered::new(&index, &key, &[], &only).expect("breaches that exist");
            let plan = Plan::one_value(EMAIL, Country::NONE, &[]);
            let source = Options::default();
            let (index, key) = (&index, &key);
            let (plan, covered, source) = (&plan, &covered, &source);
            let query = Query { index, key, plan, covered, source, threads: 1, counted: Tier::COUNTED, met: None };
            for spelling in SPELLINGS {
                let batch = batch_of(plan, key, spelling);
                let (hits, errors) = find_few(query, &batch);
                assert!(errors.is_empty());
                let few = answer_hits(query, &batch, &hits, &mut Desk::default());
                let all = answer(query, &batch, &mut Desk::default());
                assert_eq!(shown(&few), shown(&all), "round {round}");
                hidden += few.unknowns.iter().filter(|unknown| unknown.reason.contains("suppressed")).count();
                (asked, needed) = (asked + 1, needed + usize::from(!few.exposures.is_empty()));
            }
        }
        assert!(needed > asked / 4 && needed < asked, "{needed} of {asked} are exposed");
        assert!(hidden > asked / 20, "{hidden} of {asked} are hidden");
    }
}
