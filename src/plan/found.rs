//! Identifiers in what is no record: tuples that break off, lines without end, what is passed over behind them.
//!
//! Nothing says there what a value is, so that only kinds are taken which say it themselves: e-mail addresses, telephone numbers with a
//! plus and a country code, and numbers whose check digits accept almost nothing by chance. Such a span stays a rejected record, or bytes passed over: its other fields are
//! lost. But its identifiers are in the index, each with the data class of its own kind and no other. The same holds for records
//! of which no field was accepted, as far as addresses go.

use super::Plan;
use super::batch::Batch;
use super::decide::class_of_kind;
use super::digester::Digester;
use super::namespaces::NamespaceCounts;
use super::tier::Tier;
use crate::digest::{Digest, Key, Width};
use crate::identifier::{Canonical, Canonicalizer, Country, Kind, KindSpec, is_vouched};
use crate::index::class::{ClassMask, DataClass};
use crate::source::{Candidate, Edges, Sample, Shape, search};
use std::collections::BTreeMap;
use std::ops::Range;

/// The kinds that are looked for among numbers: their check digits vouch for a value.
pub(super) const NUMBERS: [Kind; 3] = [Kind::NationalId, Kind::Vin, Kind::Iban];

/// From this share of the numbers on, those that may be cards are: one in twenty of others passes.
const CARDS_SHARE_MIN: f64 = 0.5;
/// ... if there are so many.
const CARDS_MIN: usize = 3;

/// Whether cards are looked for: where a column holds them, or where most long numbers of a text that is only searched are such.
pub(super) fn finds_cards(plan: &Plan, sample: &Sample, canonicalizer: &mut Canonicalizer) -> bool {
    let spec = KindSpec::new(Kind::Card);
    let numbers = &sample.numbers.fields;
    let cards =
        numbers.iter().filter(|(_, value)| canonicalizer.canonicalize(spec, plan.region, value).is_ok()).count();
    plan.columns.iter().any(|column| column.kind == Some(spec))
        || (cards >= CARDS_MIN && cards as f64 >= CARDS_SHARE_MIN * numbers.len() as f64)
}

/// One form of an identifier that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Its keyed digest.
    pub digest: Digest,
    /// Its kind.
    pub kind: Kind,
    /// What it exposes: the data class of the kind.
    pub classes: ClassMask,
    /// Whether this is the value itself or its looser form.
    pub tier: Tier,
    /// Whether the digest is of the value itself, and the first of it.
    pub is_own: bool,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Addresses and numbers.
    All,
    /// Addresses: where the numbers are looked for already.
    Addresses,
    /// Addresses, and telephone numbers with a plus: in what was read as a record, and gave nothing, and in fields without a kind.
    Signs,
    /// Numbers: where the addresses are records already.
    Codes,
}

/// Whether a text may hold an address, however its sign is written, or a telephone number with a plus.
pub(super) fn may_hold_signs(text: &[u8]) -> bool {
    memchr::memchr2(b'@', b'+', text).or_else(|| memchr::memchr2(b'%', b'&', text)).is_some()
}

/// Where in a field addresses of people can stand: in that of a page not before its path, where `android://name@app` has others.
pub(super) fn begin_of_text(field: &[u8], class: Option<DataClass>) -> usize {
    let scheme = memchr::memmem::find(field, b"://").filter(|_| class == Some(DataClass::WEBSITE_ACTIVITY));
    let Some(host) = scheme.map(|scheme| scheme + 3) else { return 0 };
    field[host..].iter().position(|byte| matches!(byte, b'/' | b'?')).map_or(field.len(), |length| host + length)
}

/// What looks for identifiers; one for each worker.
pub(super) struct Finder<'a> {
    digester: Digester<'a>,
    region: Country,
    cards: bool,
    /// Whether the text has no shape, and the addresses in it are its records.
    is_searched: bool,
    batch: Batch,
}

impl<'a> Finder<'a> {
    pub(super) fn new(plan: &'a Plan, key: &'a Key, width: Width) -> Finder<'a> {
        let digester = Digester::new(plan, key, width);
        Finder {
            digester,
            region: plan.region,
            cards: plan.finds_cards,
            is_searched: plan.shape == Shape::Found,
            batch: Batch::default(),
        }
    }

    /// What was found so far, by kind and country.
    pub(super) fn counts(&self) -> BTreeMap<KindSpec, NamespaceCounts> {
        self.digester.counts()
    }

    /// Looks through a span of a block.
    pub(super) fn search(&mut self, block: &[u8], span: Range<usize>, edges: Edges<'_>, wanted: Wanted) {
        search(block, span, edges, |candidate, value| match candidate {
            Candidate::Address if wanted != Wanted::Codes => self.take(Kind::Email, value),
            // A text that is searched is searched as a whole for what is no record.
            Candidate::Encoded if (wanted == Wanted::Codes) == self.is_searched => self.take(Kind::Email, value),
            Candidate::Code if matches!(wanted, Wanted::All | Wanted::Codes) => self.take_code(value),
            Candidate::Groups if matches!(wanted, Wanted::All | Wanted::Codes) && self.cards => {
                self.take(Kind::Card, value);
            }
            Candidate::Phone if wanted != Wanted::Addresses => self.take(Kind::Phone, value),
            Candidate::Address | Candidate::Encoded | Candidate::Code | Candidate::Groups | Candidate::Phone => (),
        });
    }

    fn take_code(&mut self, value: &[u8]) {
        NUMBERS.into_iter().for_each(|kind| self.take(kind, value));
        if self.cards {
            self.take(Kind::Card, value);
        }
    }

    /// Adds a value if it is one of this kind. What is none is no refused field: nobody said that it is one.
    fn take(&mut self, kind: Kind, value: &[u8]) {
        let spec = KindSpec::new(kind);
        let canonical = self.digester.canonicalizer().canonicalize(spec, self.region, value);
        let is_one = canonical.is_ok_and(|canonical| {
            matches!(kind, Kind::Email | Kind::Card | Kind::Phone)
                || (is_vouched(kind, &canonical) && !is_chinese_by_chance(&canonical, value))
        });
        if is_one {
            // It was accepted a moment ago.
            let _ = self.digester.add(spec, self.region, value, &mut self.batch);
            self.batch.records += 1;
        }
    }

    /// Hands out what was found since the last time.
    pub(super) fn finish(&mut self, found: &mut Vec<Found>) {
        if self.batch.probes.is_empty() {
            return;
        }
        self.digester.finish(&mut self.batch);
        let classes = |kind| class_of_kind(kind).map_or(ClassMask::NONE, ClassMask::of);
        let mut last = None;
        found.extend(self.batch.probes.iter().zip(&self.batch.digests).map(|(probe, digest)| Found {
            digest: *digest,
            kind: probe.kind,
            classes: classes(probe.kind),
            tier: probe.tier,
            is_own: last.replace(probe.identifier) != Some(probe.identifier) && probe.is_own(),
        }));
        found.extend(self.batch.counted.iter().map(|counted| Found {
            digest: self.batch.values[counted.value as usize],
            kind: Kind::EmailDomain,
            classes: classes(Kind::EmailDomain),
            tier: Tier::Exact,
            is_own: false,
        }));
        self.digester.begin(&mut self.batch);
    }
}

/// Whether a number of which nobody knows what it is would be one of the People's Republic of China without its check digit, which
/// those of 15 digits did not have, or of a province that does not exist: of long numbers of anything, one in fifty has a day where
/// those have it.
fn is_chinese_by_chance(canonical: &Canonical<'_>, value: &[u8]) -> bool {
    const PROVINCES: [u8; 36] = [
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62,
        63, 64, 65, 71, 81, 82, 83, 91,
    ];
    let [tens, ones, ..] = *canonical.exact else { return false };
    let province = tens.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(ones.wrapping_sub(b'0'));
    canonical.country == Country::CN && (value.len() < 18 || !PROVINCES.contains(&province))
}

#[cfg(test)]
mod tests {
    use super::super::{Request, Side};
    use super::*;
    use crate::source::{Block, Columns, Options, Outcome, Progress, Source, Splitter};
    use std::sync::Arc;

    fn key() -> Key {
        Key::from_secret(&std::array::from_fn(|place| place as u8 + 1)).expect("32 distinct bytes are accepted")
    }

    /// A mysqldump with a broken tuple, and one that is too long.
    fn dump() -> Vec<u8> {
        let mut text = String::from("CREATE TABLE `users` (`id` int, `email` text, `note` text);\n");
        for row in 0..200 {
            let note = match row {
                50 => "it's an 11010519491231002X of carl@example.org".to_owned(),
                100 => format!("{} dora@example.org {}", "x ".repeat(600), "y ".repeat(600)),
                _ => "n".to_owned(),
            };
            text.push_str(&format!("INSERT INTO `users` VALUES ({row},'anna{row}@example.com','{note}');\n"));
        }
        text.into_bytes()
    }

    /// The digests found and those of records, sorted, and how many records were rejected.
    fn extract(block_bytes: usize) -> (Vec<(Kind, Digest)>, usize, u64) {
        let options = Options { block_bytes, record_bytes_max: 1000, ..Options::default() };
        let source = Source::from_reader("t", Box::new(std::io::Cursor::new(dump())), &options).expect("a source");
        let (shape, request) = (source.description().shape, Request::default());
        let plan = super::super::decide(shape, source.sample(), &request, Side::Dump).expect("a plan");
        let key = key();
        let mut extractor = super::super::Extractor::new(&plan, &key, Width::DEFAULT, &options);
        let mut blocks = source.into_blocks(0, Arc::new(Progress::new()));
        let (mut block, mut batch) = (Block::default(), Batch::default());
        let (mut found, mut accepted, mut malformed) = (Vec::new(), 0, 0);
        while blocks.next_block(&mut block).expect("a block") {
            extractor.extract_block(&block, &mut batch);
            found.extend(batch.found.iter().map(|found| (found.kind, found.digest)));
            accepted += batch.probes.iter().filter(|probe| probe.tier == Tier::Exact).count();
            malformed += batch.malformed.values().sum::<u64>();
        }
        found.sort_unstable();
        (found, accepted, malformed)
    }

    #[test]
    fn broken_tuples_are_searched_whatever_the_blocks() {
        let want = extract(1 << 20);
        let kinds: Vec<Kind> = want.0.iter().map(|(kind, _)| *kind).collect();
        // Two addresses of each broken record, and the number of a person.
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Email).count(), 4, "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::NationalId).count(), 1, "{kinds:?}");
        assert_eq!((want.1, want.2), (198, 2));
        for block_bytes in [1, 100, 500, 1000, 3000] {
            assert!(extract(block_bytes) == want, "blocks of {block_bytes}");
        }
    }

    #[test]
    fn lists_are_not_searched() {
        let options = Options { record_bytes_max: 20, ..Options::default() };
        let plan = Plan::one_value(KindSpec::new(Kind::Email), Country::NONE, &[]);
        let key = key();
        let mut extractor = super::super::Extractor::new(&plan, &key, Width::DEFAULT, &options);
        let mut batch = Batch::default();
        extractor.extract(b"anna@example.com\nsomething long bert@example.org\n", &mut batch);
        assert_eq!((!batch.probes.is_empty(), batch.found.len(), batch.malformed.len()), (true, 0, 1));
        let mut splitter = Splitter::new(plan.shape, &Columns::positions(), &options);
        let (text, mut at) = (b"something long bert@example.org\n", 0);
        let outcome = splitter.next(text, &mut at, &mut crate::source::Record::new());
        assert!(matches!(outcome, Some(Outcome::Malformed(_))), "{outcome:?}");
        assert_eq!((at, splitter.next(text, &mut at, &mut crate::source::Record::new())), (21, None));
        assert!(splitter.lost().iter().eq([&(21..32)]), "{:?}", splitter.lost());
    }
}
