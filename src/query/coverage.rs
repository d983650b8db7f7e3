//! What an index can speak about: the condition of every "not found".

use super::Error;
use crate::digest::{Key, Variant};
use crate::identifier::{Country, Form, Kind, KindSpec, is_partly_tried_without_country, is_tried_without_country};
use crate::index::{BreachCoverage, CoverageKey, Index};
use crate::plan::{Hashes, Plan, Probe, SAID, Tier, coverage_key, nearest};
use std::collections::{BTreeMap, BTreeSet};

/// Why the index cannot speak about a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// No breach holds the kind.
    NotHeld,
    /// The kind is held, but under another scope.
    OtherScope,
    /// The kind is held, but under an older version of its rule.
    OlderRule,
    /// No whole segment holds the kind; what the damaged ones hold is unknown.
    DamagedSegment,
}

impl Gap {
    /// The reason in results.
    pub fn name(self) -> &'static str {
        match self {
            Gap::NotHeld => "not_held",
            Gap::OtherScope => "other_scope",
            Gap::OlderRule => "older_rule",
            Gap::DamagedSegment => "damaged_segment",
        }
    }
}

/// What the index can say about a namespace.
#[derive(Clone, Debug, Default)]
struct Held {
    /// The breaches that cover it, ascending.
    breaches: Vec<usize>,
    /// Whether further breaches hold the kind under an older rule: then nothing is "not found".
    older: bool,
    /// Why none covers it.
    gap: Option<Gap>,
}

/// For every namespace that a list can ask about, the breaches that cover it, or why none does.
#[derive(Clone, Debug)]
pub struct Covered {
    namespaces: BTreeMap<KindSpec, Held>,
    /// What holds for namespaces that no breach knows of.
    unknown: Gap,
    hashes: Hashes,
    /// The countries that some breach was told for identity numbers, of those where that makes a difference.
    said: BTreeSet<Country>,
    /// Whether any breach holds telephone numbers without a country.
    open_phones: bool,
    /// Whether any breach holds parts of identity numbers without a country.
    open_ids: bool,
    /// The breaches that may answer, by place in the catalogue.
    asked: Vec<bool>,
    /// Those that are in doubt.
    doubtful: Vec<bool>,
    /// Whether anybody is forgotten, or was.
    forgets: bool,
}

impl Covered {
    /// Looks up every kind under one scope, in the named breaches only if any are named.
    ///
    /// # Errors
    /// [`Error::NoSuchBreach`].
    pub fn new(index: &Index, key: &Key, scope: &[u8], only: &[String]) -> Result<Covered, Error> {
        let mut asked = vec![only.is_empty(); index.breaches().len()];
        for name in only {
            let place = index.breaches().iter().position(|breach| breach.name == *name);
            let place = place.ok_or_else(|| Error::NoSuchBreach {
                name: name.clone(),
                suggestion: nearest(name, index.breaches().iter().map(|breach| breach.name.as_str())),
            })?;
            asked[place] = true;
        }
        let unknown = if index.damaged().is_empty() { Gap::NotHeld } else { Gap::DamagedSegment };
        let forgets = !index.suppression().is_empty();
        // Of numbers whose country nobody said the same variant has their parts.
        let mut said = countries_of(index, &asked, Kind::NationalId, SAID);
        let open_ids = said.remove(&Country::NONE);
        let open_phones = !countries_of(index, &asked, Kind::Phone, Variant::Loose).is_empty();
        let doubtful = index.breaches().iter().map(|breach| breach.doubt().is_some()).collect();
        let (namespaces, hashes) = (BTreeMap::new(), Hashes::NONE);
        let mut covered =
            Covered { namespaces, unknown, hashes, said, open_phones, open_ids, asked, doubtful, forgets };
        for spec in specs(index) {
            let held = covered.lookup(index, key, scope, spec);
            if spec.form.is_hash() && !held.breaches.is_empty() {
                covered.hashes.add(spec.kind, spec.form);
            }
            covered.namespaces.insert(spec, held);
        }
        covered.note_uncounted(index);
        Ok(covered)
    }

    /// A segment with addresses whose domains nobody has counted is from before they were. A hash of an address has no domain.
    fn note_uncounted(&mut self, index: &Index) {
        let (domain, rule) = (Kind::EmailDomain, Kind::EmailDomain.rule_version());
        let is_uncounted = |table: &BreachCoverage| {
            let is_address = |key: &CoverageKey| {
                key.kind == Kind::Email.id() && Form::HASHES.iter().all(|form| key.variant != Variant::of(*form) as u8)
            };
            let has_addresses = table.counts.iter().any(|(key, counts)| is_address(key) && counts.accepted > 0);
            has_addresses && !table.counts.keys().any(|key| key.kind == domain.id() && key.rule == rule)
        };
        let mut tables = index.segments().iter().flat_map(|live| live.tables());
        if tables.any(|(breach, table)| self.asked[breach] && is_uncounted(table)) {
            let held = self.namespaces.entry(KindSpec::new(domain)).or_default();
            held.older = true;
            held.gap = held.breaches.is_empty().then_some(Gap::OlderRule);
        }
    }

    /// The breaches that cover a namespace, or why none does.
    pub fn of(&self, spec: KindSpec) -> Result<&[usize], Gap> {
        let Some(held) = self.namespaces.get(&spec) else { return Err(self.unknown) };
        match held.gap {
            Some(gap) => Err(gap),
            None => Ok(&held.breaches),
        }
    }

    /// As [`Covered::of`] for a form of an identifier: a number that is taken only where its country is said is covered only by
    /// what was told the country.
    pub fn of_form(&self, form: &Probe) -> Result<&[usize], Gap> {
        if form.needs_country && !self.said.contains(&form.country) { Err(self.unknown) } else { self.of(form.spec()) }
    }

    /// Whether some breaches hold a namespace only under an older rule, and others under the present one.
    pub fn is_partly_older(&self, spec: KindSpec) -> bool {
        self.namespaces.get(&spec).is_some_and(|held| held.older && held.gap.is_none())
    }

    /// As [`Covered::of`]; a kind without its country is covered if any of its countries is.
    pub fn of_any_country(&self, spec: KindSpec) -> Result<Vec<usize>, Gap> {
        let same = |known: &&KindSpec| {
            let countries = spec.country.is_none() || known.country == spec.country;
            known.kind == spec.kind && known.form == spec.form && countries
        };
        let mut breaches: Vec<usize> = Vec::new();
        let mut gap = self.unknown;
        for known in self.namespaces.keys().filter(same) {
            match self.of(*known) {
                Ok(covering) => breaches.extend(covering),
                Err(found) => gap = gap.max(found),
            }
        }
        breaches.sort_unstable();
        breaches.dedup();
        if breaches.is_empty() { Err(gap) } else { Ok(breaches) }
    }

    /// Whether a breach may answer.
    pub fn asks(&self, breach: usize) -> bool {
        self.asked[breach]
    }

    /// The breaches that are in doubt, by place in the catalogue.
    pub fn doubtful(&self) -> &[bool] {
        &self.doubtful
    }

    /// Tells a plan which hashes of plain values are worth asking for, and drops what it would ask for by assumption only and no
    /// breach holds; and under which further countries numbers without one can be found.
    pub fn tell(&self, plan: &mut Plan) {
        plan.hashes = self.hashes;
        // A form of what was forgotten may be all that is left of it.
        plan.open_phones = self.open_phones || self.forgets;
        plan.open_ids = self.open_ids || self.forgets;
        if self.forgets {
            // By its folded form a mailbox is forgotten as a whole, whatever is asked for.
            plan.tier = plan.tier.max(Tier::Alias);
        }
        let ids = self.namespaces.iter().filter(|(spec, held)| {
            spec.kind == Kind::NationalId && spec.form == Form::Plain && !held.breaches.is_empty()
        });
        let countries = ids.map(|(spec, _)| spec.country).filter(|country| !country.is_none());
        // Where no breach was told the country, none holds what is tried only then: such a number is no number for either side.
        let is_held = |country: &Country| !is_partly_tried_without_country(*country) || self.said.contains(country);
        let countries = countries.filter(|country| !is_tried_without_country(*country));
        plan.elsewhere = countries.filter(is_held).collect();
        plan.joins.retain(|join| !join.assumed || self.of_any_country(join.spec).is_ok());
    }

    /// A plain value is asked for in several variants: whatever holds one of them can answer.
    fn lookup(&self, index: &Index, key: &Key, scope: &[u8], spec: KindSpec) -> Held {
        let mut all = Held::default();
        for variant in variants(spec) {
            let held = self.lookup_variant(index, &coverage_key(spec, variant, scope, key));
            all.breaches.extend(held.breaches);
            all.older |= held.older;
            all.gap = all.gap.max(held.gap);
        }
        all.breaches.sort_unstable();
        all.breaches.dedup();
        if !all.breaches.is_empty() {
            all.gap = None;
        }
        all
    }

    fn lookup_variant(&self, index: &Index, key: &CoverageKey) -> Held {
        let covering = index.covering(key).into_iter().filter(|breach| self.asked[*breach]);
        let breaches: Vec<usize> = covering.collect();
        let held = |same: &dyn Fn(&CoverageKey) -> bool| {
            index.coverage().any(|(breach, found, accepted)| self.asked[breach] && accepted > 0 && same(&found))
        };
        let same_kind =
            |found: &CoverageKey| (found.kind, found.variant, found.country) == (key.kind, key.variant, key.country);
        let older = held(&|found| same_kind(found) && found.rule != key.rule && found.scope_tag == key.scope_tag);
        let gap = match () {
            () if !breaches.is_empty() => None,
            () if held(&|found| same_kind(found) && found.rule == key.rule) => Some(Gap::OtherScope),
            () if held(&same_kind) => Some(Gap::OlderRule),
            () => Some(self.unknown),
        };
        Held { breaches, older, gap }
    }
}

/// The countries, or none, under which some breach that is asked has rows of a kind with a variant.
fn countries_of(index: &Index, asked: &[bool], kind: Kind, variant: Variant) -> BTreeSet<Country> {
    let wanted = (kind.id(), variant as u8, kind.rule_version());
    let is_wanted = |key: &CoverageKey| (key.kind, key.variant, key.rule) == wanted;
    let rows = index.coverage().filter(|(breach, key, accepted)| asked[*breach] && *accepted > 0 && is_wanted(key));
    rows.filter_map(|(_, key, _)| Country::from_bytes(key.country)).collect()
}

/// The namespaces of which any breach knows something, in every form.
fn specs(index: &Index) -> BTreeSet<KindSpec> {
    let known = index.coverage().filter_map(|(_, key, _)| {
        let (kind, country) = (Kind::from_id(key.kind)?, Country::from_bytes(key.country)?);
        Some((kind, country))
    });
    let known: BTreeSet<(Kind, Country)> = known.collect();
    let forms = |(kind, country): (Kind, Country)| {
        let forms = Form::ALL.into_iter().filter(move |form| kind.has_form(*form));
        forms.map(move |form| KindSpec { kind, country, form })
    };
    known.into_iter().flat_map(forms).collect()
}

/// The variants under which breaches can hold what is asked for as a spec.
fn variants(spec: KindSpec) -> Vec<Variant> {
    let hashes = Form::HASHES.into_iter().filter(|form| spec.kind.has_form(*form)).map(Variant::of);
    match (spec.form, spec.kind) {
        (Form::Plain, Kind::Password) => hashes.collect(),
        (Form::Plain, kind) => {
            let loose = kind.has_form(Form::Loose).then_some(Variant::Loose);
            [Variant::Exact].into_iter().chain(loose).chain(hashes).collect()
        }
        // Of numbers with a country something is left without it.
        (Form::Loose, Kind::Phone) => vec![Variant::Loose, Variant::National],
        (form, _) => vec![Variant::of(form)],
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Question, check};
    use super::*;
    use crate::digest::{Namespace, Width};
    use crate::index::class::ClassMask;
    use crate::index::{Access, Breach, Catalogue, CoverageCounts, Identity, SegmentPlan, Writer, hex};
    use crate::plan::at_place;
    use std::path::Path;

    const EMAIL: KindSpec = KindSpec { kind: Kind::Email, country: Country::NONE, form: Form::Plain };

    fn key() -> Key {
        Key::from_secret(&std::array::from_fn(|i| i as u8 ^ 0x35)).expect("a secret that is not weak")
    }

    /// An index without digests, whose breaches say that they hold addresses under these versions of the rule.
    fn index(dir: &Path, key: &Key, rules: &[u16]) -> Index {
        let held = |rule: &u16| CoverageKey { rule: *rule, ..coverage_key(EMAIL, Variant::Exact, &[], key) };
        index_of(dir, key, rules.iter().map(held))
    }

    /// An index of breaches that cover this.
    fn index_of(dir: &Path, key: &Key, covered: impl Iterator<Item = CoverageKey>) -> Index {
        let identity =
            Identity { id: key.id(), check: key.check(), links: key.links(), seal: &|bytes| key.seal(bytes) };
        let mut writer = Writer::open(dir, &identity, Width::DEFAULT).expect("a new index");
        let (mut entries, mut breaches) = (Vec::new(), Vec::new());
        for (number, held) in covered.enumerate() {
            let name = format!("breach-{number}");
            let uid = key.tag("breach", name.as_bytes());
            let counts = BTreeMap::from([(held, CoverageCounts { accepted: 1, rejected: 0 })]);
            let (width, key_check) = (Width::DEFAULT, key.check());
            let plan = SegmentPlan { width, key_check, estimate: 0, payloads: Vec::new(), slice_bits: 0, slice: 0 };
            let entry = writer
                .add_segment(plan, |segment| segment.finish(&[BreachCoverage { uid, counts, ..Default::default() }]));
            entries.push(entry.expect("room"));
            breaches.push(Breach { name, uid: hex(&uid), ..Breach::default() });
        }
        let catalogue = Catalogue { breaches, ..writer.catalogue().clone() };
        writer.commit(entries, catalogue).expect("a commit");
        Index::open(dir, Some(&identity), Access::Mapped).expect("an index")
    }

    /// The answer about an address that is nowhere: its reason, or none if it is not found.
    fn reason(rules: &[u16], only: &[&str]) -> (Result<usize, Gap>, Option<&'static str>) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let key = key();
        let index = index(dir.path(), &key, rules);
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        let covered = Covered::new(&index, &key, &[], &only).expect("breaches that exist");
        let answers = check(&index, &key, &covered, &Question::new(EMAIL), "anna@example.com");
        (covered.of(EMAIL).map(<[usize]>::len), answers.unknowns.first().map(|unknown| unknown.reason))
    }

    #[test]
    fn an_older_rule_is_never_not_found() {
        let present = Kind::Email.rule_version();
        assert_eq!(reason(&[present], &[]), (Ok(1), None));
        assert_eq!(reason(&[present + 1], &[]).0, Err(Gap::OlderRule));
        assert_eq!(reason(&[present, present + 1], &[]), (Ok(1), Some("older_rule")));
        assert_eq!(reason(&[present, present + 1], &["breach-0"]), (Ok(1), None));
        assert_eq!(reason(&[], &[]).0, Err(Gap::NotHeld));
    }

    /// Under an older rule numbers had no form by which some of their spellings meet.
    #[test]
    fn numbers_of_an_older_rule_are_never_not_found() {
        for (kind, country, value) in [
            (Kind::NationalId, "SE", "191008233239"),
            (Kind::NationalId, "FR", "255081416802538"),
            (Kind::Passport, "DE", "C01X00T47"),
        ] {
            let (dir, key) = (tempfile::tempdir().expect("a temporary folder"), key());
            let spec = KindSpec::of(kind, Country::from_code(country).expect("two letters"));
            let held = |rule| CoverageKey { rule, ..coverage_key(spec, Variant::Exact, &[], &key) };
            let present = kind.rule_version();
            let index = index_of(dir.path(), &key, [present - 1, present].map(held).into_iter());
            for (only, want) in [(&[][..], Some("older_rule")), (&["breach-1".to_owned()], None)] {
                let covered = Covered::new(&index, &key, &[], only).expect("breaches that exist");
                let answers = check(&index, &key, &covered, &Question::new(spec), value);
                assert_eq!(answers.unknowns.first().map(|unknown| unknown.reason), want, "{kind:?} {only:?}");
            }
            let covered = Covered::new(&index, &key, &[], &["breach-0".to_owned()]).expect("breaches that exist");
            assert_eq!(covered.of(spec), Err(Gap::OlderRule), "{kind:?}");
        }
    }

    /// Segments from before domains were counted have addresses, and no row of domains.
    #[test]
    fn a_number_is_never_silent_about_segments_without_one() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let key = key();
        let index = index(dir.path(), &key, &[Kind::Email.rule_version()]);
        let covered = Covered::new(&index, &key, &[], &[]).expect("every breach");
        assert_eq!(covered.of(KindSpec::new(Kind::EmailDomain)), Err(Gap::OlderRule));
    }

    #[test]
    fn hashes_of_addresses_have_no_domains_that_could_be_counted() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let key = key();
        let held = Form::HASHES.into_iter().filter(|form| Kind::Email.has_form(*form));
        let held = held.map(|form| coverage_key(EMAIL, Variant::of(form), &[], &key));
        let index = index_of(dir.path(), &key, held);
        let covered = Covered::new(&index, &key, &[], &[]).expect("every breach");
        assert_eq!(covered.of(KindSpec::new(Kind::EmailDomain)), Err(Gap::NotHeld));
    }

    /// A segment made of two of one breach, by the union of their digests.
    #[test]
    fn parts_of_a_breach_in_one_segment_are_added_up() {
        let (dir, key) = (tempfile::tempdir().expect("a temporary folder"), key());
        let identity =
            Identity { id: key.id(), check: key.check(), links: key.links(), seal: &|bytes| key.seal(bytes) };
        let mut writer = Writer::open(dir.path(), &identity, Width::DEFAULT).expect("a new index");
        let (uid, spec) = (key.tag("breach", b"shop"), KindSpec::new(Kind::EmailDomain));
        let held = coverage_key(spec, Variant::Exact, &[], &key);
        let counts = BTreeMap::from([(held, CoverageCounts { accepted: 9, rejected: 0 })]);
        let table = BreachCoverage { uid, counts, ..Default::default() };
        let namespace =
            Namespace { kind: spec.kind, variant: Variant::Exact, country: Country::NONE, scope: Vec::new() };
        let digest = Width::DEFAULT.truncate(&key.namespace(&namespace).mac(b"corp.example"));
        let (width, key_check, mask) = (Width::DEFAULT, key.check(), ClassMask(1));
        let plan = SegmentPlan { width, key_check, estimate: 2, payloads: Vec::new(), slice_bits: 0, slice: 0 };
        // Three records in the one part, and seven in the other.
        let entry = writer.add_segment(plan, |mut segment| {
            let (both, second) = (vec![(0, mask), (1, mask)], vec![(1, mask)]);
            let (both, second) = (segment.add_payload(both), segment.add_payload(second));
            for (place, payload) in [both, both, second].into_iter().enumerate() {
                segment.push(at_place(digest, place as u32), payload)?;
            }
            segment.finish(&[table.clone(), table.clone()])
        });
        let breach = Breach { name: "shop".into(), uid: hex(&uid), ..Breach::default() };
        let catalogue = Catalogue { breaches: vec![breach], ..writer.catalogue().clone() };
        writer.commit(vec![entry.expect("room")], catalogue).expect("a commit");
        let index = Index::open(dir.path(), Some(&identity), Access::Mapped).expect("an index");
        let covered = Covered::new(&index, &key, &[], &[]).expect("every breach");
        let answers = check(&index, &key, &covered, &Question::new(spec), "corp.example");
        let found: Vec<_> = answers.exposures.iter().map(|exposure| (exposure.breach, exposure.records)).collect();
        assert_eq!((found, answers.unknowns.len()), (vec![(0, 10)], 0));
    }
}
