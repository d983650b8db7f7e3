//! Fields become digests: canonical forms, gathered into batches for the hash, and a memory of repeated values.
//!
//! What a dump stores of a value x, and what a list asks for:
//!
//! | value | a dump stores | a list asks for |
//! |---|---|---|
//! | any kind | E(x), and F(fold x) where that differs | E(x) exact; F(fold x) and E(fold x) alias |
//! | passport number with its country | L(what is left without it) too, under no country | the same, loose |
//! | identity number | L under no country where nobody said its country, and it may be a part of one | L(what is also written of it), loose |
//! | telephone number with its country | N(its last digits) too | L(its last digits), loose; so that two with their countries do not meet |
//! | ... that may also begin with a country code | L(the last digits) instead; of the number with the code too | L, N, loose; the number with the code too |
//! | ... without its country | L | L, N, and E of all digits, loose |
//! | e-mail address | the number of records that have its domain ([`super::counted`]) | |
//! | domain | the same | every binary digit of the number |
//! | e-mail address, telephone number | | the hashes of x and fold x, and of x as people type it, that any breach holds |
//! | hash of one | that hash | that hash, exact |
//! | password | its MD5, SHA-1, SHA-256 and NT hash | the same |
//! | number whose check digit fails, with `--lenient` | U(x) | U(x), loose |
//! | number whose country is not known | E(x), F(fold x) under every country that accepts it | the same; loose, all forms under other countries that breaches hold |

mod hashed;
mod left;
mod loose;

use super::Plan;
use super::Side;
use super::batch::{Batch, Probe, Refused};
use super::counted::{DOMAIN, NO_PLACE, PLACES, at_place};
use super::derived;
use super::domains::{self, Domains};
use super::namespaces::{NamespaceCounts, Namespaces};
use super::repeats::{FORMS_MAX, Forms, Lookup, Repeats};
use super::tier::Tier;
use crate::digest::{Chain, Digest, Key, MacBatch, Variant, Width};
use crate::identifier::{Canonical, Canonicalizer, Country, Form, Kind, KindSpec, Reason, registrable};
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// Messages hashed at once: many enough to keep the hash busy, few enough to stay in the first cache levels.
const MACS_PER_BATCH: usize = 512;

/// What turns fields into digests; one for each worker.
pub(super) struct Digester<'a> {
    canonicalizer: Canonicalizer,
    repeats: Repeats,
    desk: Desk<'a>,
    width: Width,
    hashed: Vec<Digest>,
}

/// Where the forms of a value become messages for the hash, and probes of the batch.
struct Desk<'a> {
    plan: &'a Plan,
    namespaces: Namespaces<'a>,
    /// The domains of addresses seen shortly before.
    domains: Domains,
    macs: MacBatch,
    /// What their digests go through if the key was rotated.
    chain: Chain,
    /// For each message the place of its digest in the batch.
    waiting: Vec<(u32, u32)>,
    /// The probes that ask for the binary digits of a number: the first of them, and the message of the value.
    numbers: Vec<(u32, u32)>,
    /// The messages of all counted values.
    counted: Vec<u32>,
    /// For each message of what could be made of a value the place of its digest.
    derived: Vec<(u32, u32)>,
    /// Room for the digests of these probes.
    digits: Vec<Digest>,
    /// Room for the hash of a value, in hexadecimal digits.
    hash: Vec<u8>,
    /// Room for a value as people write it before they hash it.
    written: Vec<u8>,
    /// The best tier that the next values can have.
    best: Tier,
}

/// One value on its way into a batch.
#[derive(Clone, Copy)]
struct Value {
    spec: KindSpec,
    place: usize,
}

/// What became of a field.
struct Added {
    spec: KindSpec,
    /// Whether there is more to it than forms of one spec, so that it cannot be remembered.
    more: bool,
    /// Whether it is a number of a country that nobody has said, and that accepts too many others.
    is_in_doubt: bool,
    /// Where the domain of an address is remembered.
    domain: Option<domains::Place>,
}

impl<'a> Digester<'a> {
    pub(super) fn new(plan: &'a Plan, key: &'a Key, width: Width) -> Digester<'a> {
        let canonicalizer = match (plan.side, plan.tier) {
            (Side::List, Tier::Exact) => Canonicalizer::without_folds(),
            _ => Canonicalizer::new(),
        };
        let desk = Desk {
            plan,
            namespaces: Namespaces::new(plan, key),
            domains: Domains::default(),
            macs: MacBatch::default(),
            chain: key.chain(),
            waiting: Vec::new(),
            numbers: Vec::new(),
            counted: Vec::new(),
            derived: Vec::new(),
            digits: Vec::new(),
            hash: Vec::new(),
            written: Vec::new(),
            best: Tier::Exact,
        };
        let canonicalizer = canonicalizer.lenient(plan.lenient);
        Digester { canonicalizer, repeats: Repeats::new(), desk, width, hashed: Vec::new() }
    }

    pub(super) fn canonicalizer(&mut self) -> &mut Canonicalizer {
        &mut self.canonicalizer
    }

    /// Values from now on meet at this tier at best: what their columns hold is an assumption.
    pub(super) fn at_best(&mut self, tier: Tier) {
        self.desk.best = tier;
    }

    /// What became of the fields so far, by kind, country and form.
    pub(super) fn counts(&self) -> BTreeMap<KindSpec, NamespaceCounts> {
        let mut counts = self.desk.namespaces.counts();
        let (accepted, refused) = (self.desk.domains.accepted(), self.desk.domains.refused());
        if accepted + refused > 0 {
            // A row in the coverage says that domains were counted, even where no address has one.
            let of_domains = counts.entry(DOMAIN).or_default();
            of_domains.accepted += accepted;
            of_domains.digests[Variant::Exact as usize] += accepted;
            *of_domains.refused.entry(Reason::Syntax).or_default() += refused;
        }
        counts
    }

    /// Empties a batch; the fields that are added from now on go into it.
    pub(super) fn begin(&mut self, batch: &mut Batch) {
        batch.clear();
        self.desk.domains.begin();
    }

    /// Adds the digests of a field to the batch; they are there after [`Digester::finish`].
    ///
    /// # Errors
    /// The reason why the field has none; it is in the batch.
    pub(super) fn add(
        &mut self,
        asked: KindSpec,
        region: Country,
        field: &[u8],
        batch: &mut Batch,
    ) -> Result<(), Reason> {
        let added = self.try_add(asked, region, field, batch);
        added.inspect_err(|reason| self.refuse(asked, *reason, batch))
    }

    /// The same of a field that nobody has named: what it refuses is nobody's loss.
    ///
    /// # Errors
    /// The reason why the field has none.
    pub(super) fn try_add(
        &mut self,
        asked: KindSpec,
        region: Country,
        field: &[u8],
        batch: &mut Batch,
    ) -> Result<(), Reason> {
        let mut lookup = self.repeats.find(asked, region, field);
        if let Lookup::Known(slot) = lookup {
            if self.add_repeated(slot, given(asked, region), batch) {
                return Ok(());
            }
            lookup = Lookup::Free(slot);
        }
        let first_probe = batch.probes.len();
        let first = self.desk.macs.len() as u32;
        let accepted = self.add_new(asked, region, field, batch);
        let kept = self.keep_short(asked, &accepted, field, batch);
        let beside = self.add_elsewhere(asked, region, field, batch);
        let Added { spec, more, domain, .. } = match (accepted, beside) {
            (Err(reason), 0) => return Err(reason),
            (Err(_), _) => Added { spec: asked, more: true, is_in_doubt: false, domain: None },
            (Ok(added), beside) => Added { more: added.more || kept || beside > 0, ..added },
        };
        batch.identifiers += 1;
        let probes = &batch.probes[first_probe..];
        if let (Lookup::Free(slot), false, true) = (lookup, more, probes.len() <= FORMS_MAX) {
            let forms = [(Tier::Exact, 0); FORMS_MAX];
            let mut forms = Forms { spec, count: probes.len() as u8, first, forms, domain };
            for (form, probe) in forms.forms.iter_mut().zip(probes) {
                *form = (probe.tier, probe.variant);
            }
            self.repeats.remember(slot, asked, region, field, forms);
        }
        if self.desk.macs.len() >= MACS_PER_BATCH {
            self.finish(batch);
        }
        Ok(())
    }

    /// Adds a field as what is asked.
    #[inline]
    fn add_new(&mut self, asked: KindSpec, region: Country, field: &[u8], batch: &mut Batch) -> Result<Added, Reason> {
        let Digester { canonicalizer, desk, .. } = self;
        let canonical = canonicalizer.canonicalize(asked, region, field)?;
        let spec = KindSpec { kind: asked.kind, country: canonical.country, form: canonical.form };
        let value = Value { spec, place: desk.namespaces.place(spec) };
        desk.namespaces.accept(value.place, given(asked, region));
        let first = batch.probes.len();
        desk.push_forms(value, &canonical, field, batch);
        let needs_country = canonical.needs_country && desk.namespaces.is_partly_tried(value.place);
        if needs_country {
            batch.probes[first..].iter_mut().for_each(|probe| probe.needs_country = true);
        }
        // The probes of a counted value are not its forms.
        let mut more = desk.push_others(value, &canonical, batch) || spec.kind.is_counted() || needs_country;
        // What is left without the country stands in another namespace.
        more |= canonical.loose.is_some() && desk.keeps_left(spec.kind);
        let is_in_doubt = canonical.folds_loosely;
        let mut domain = None;
        if desk.plan.counts_domains && spec == KindSpec::new(Kind::Email) {
            (domain, more) = desk.push_domain(canonical.exact, batch);
        }
        if desk.plan.marks_derived && spec.form == Form::Plain {
            let forms = derived::forms(spec, &canonical);
            more |= !forms.is_empty();
            self.add_derived(&forms, region, batch);
        }
        Ok(Added { spec, more, is_in_doubt, domain })
    }

    /// Adds an identity number without a country under the countries that are not tried else, where breaches hold such numbers:
    /// a meeting is a loose one, but without asking nobody could say "not found". Output: how many accept it.
    #[inline]
    fn add_elsewhere(&mut self, asked: KindSpec, region: Country, field: &[u8], batch: &mut Batch) -> usize {
        let plan = self.desk.plan;
        let is_open = asked.kind == Kind::NationalId && asked.country.is_none() && region.is_none();
        if !is_open || plan.elsewhere.is_empty() || asked.form != Form::Plain {
            return 0;
        }
        let before = batch.probes.len();
        let best = std::mem::replace(&mut self.desk.best, Tier::Loose);
        for country in &plan.elsewhere {
            let spec = KindSpec { country: *country, ..asked };
            let Digester { canonicalizer, desk, .. } = self;
            let Ok(canonical) = canonicalizer.canonicalize(spec, region, field) else { continue };
            if canonical.form == Form::Plain {
                let value = Value { spec, place: desk.namespaces.place(spec) };
                desk.push_plain(value, &canonical, batch);
            }
        }
        self.desk.best = best;
        batch.probes.len() - before
    }

    /// Adds the digests of what could be made of a value.
    #[cold]
    fn add_derived(&mut self, forms: &[(Kind, Vec<u8>)], region: Country, batch: &mut Batch) {
        let Digester { canonicalizer, desk, .. } = self;
        for (kind, form) in forms {
            let Ok(canonical) = canonicalizer.canonicalize(KindSpec::new(*kind), region, form) else { continue };
            let place = desk.namespaces.place(KindSpec::new(*kind));
            let state = desk.namespaces.state(place, Variant::Exact);
            desk.derived.push((batch.derived.len() as u32, desk.macs.push(state, canonical.exact)));
            batch.derived.push((batch.records, Digest::default()));
        }
    }

    /// Adds the digests of a field that was seen before. Output: whether all that it needs is still remembered.
    fn add_repeated(&mut self, slot: usize, given: Country, batch: &mut Batch) -> bool {
        let (forms, digests) = self.repeats.forms(slot);
        let desk = &mut self.desk;
        if forms.domain.is_some_and(|domain| !desk.domains.count_again(domain, batch)) {
            return false;
        }
        let place = desk.namespaces.place(forms.spec);
        desk.namespaces.accept(place, given);
        for (form, (tier, variant)) in forms.forms.iter().take(usize::from(forms.count)).enumerate() {
            desk.namespaces.count(place, Variant::ALL[usize::from(*variant)]);
            let digest = digests.map(|digests| digests[form]);
            if digest.is_none() {
                desk.waiting.push((batch.probes.len() as u32, forms.first + form as u32));
            }
            add_probe(batch, forms.spec, *tier, *variant, digest.unwrap_or_default());
        }
        batch.identifiers += 1;
        true
    }

    /// Counts a field that has no digest.
    pub(super) fn refuse(&mut self, spec: KindSpec, reason: Reason, batch: &mut Batch) {
        self.desk.namespaces.refuse(spec, reason);
        batch.refused.push(Refused { record: batch.records, kind: Some(spec.kind), reason });
    }

    /// Hashes what waits. Nothing of the batch may be looked at before.
    pub(super) fn finish(&mut self, batch: &mut Batch) {
        let Digester { desk, hashed, width, .. } = self;
        desk.macs.digests(desk.namespaces.states(), *width, hashed);
        desk.pass(*width, hashed, batch);
        for (probe, message) in desk.waiting.drain(..) {
            batch.digests[probe as usize] = hashed[message as usize];
        }
        for (place, message) in desk.derived.drain(..) {
            batch.derived[place as usize].1 = hashed[message as usize];
        }
        self.repeats.settle(hashed);
        desk.domains.settle(hashed, batch);
        desk.macs.clear();
    }
}

impl Desk<'_> {
    /// Puts the digests of all messages through the links of the key.
    ///
    /// An ingest writes the digits of a number into the digest that it has under its key; a rotation then hashes them on with the
    /// rest. So the probes of a number have the digits at every link, and go on from there. The value itself goes through a link at
    /// a place that no digit has: else a digit that was hashed on could be the value at the next link, and count a second time.
    fn pass(&mut self, width: Width, hashed: &mut [Digest], batch: &mut Batch) {
        let Desk { chain, numbers, counted, digits, .. } = self;
        let links = chain.links();
        digits.clear();
        for link in 0..=links {
            if link > 0 {
                for message in &*counted {
                    let value = &mut hashed[*message as usize];
                    *value = at_place(*value, NO_PLACE);
                }
                chain.pass_link(link - 1, width, hashed);
                chain.pass_link(link - 1, width, digits);
            }
            for (_, message) in &*numbers {
                digits.extend((0..PLACES).map(|place| at_place(hashed[*message as usize], place)));
            }
        }
        counted.clear();
        let of_link = numbers.len() * PLACES as usize;
        for ((first, _), begin) in numbers.drain(..).zip((0..).step_by(PLACES as usize)) {
            let probes = batch.digests[first as usize..].chunks_exact_mut(PLACES as usize).take(links + 1);
            for (probes, link) in probes.zip(0..) {
                probes.copy_from_slice(&digits[link * of_link + begin..][..PLACES as usize]);
            }
        }
    }

    /// Adds every form of a value that its side stores or asks for. Input: the value, and the field as it was typed.
    #[inline]
    fn push_forms(&mut self, value: Value, canonical: &Canonical<'_>, typed: &[u8], batch: &mut Batch) {
        match (value.spec.form, value.spec.kind) {
            (Form::Plain, Kind::Password) => self.push_hashes_of_password(value, canonical.exact, batch),
            (Form::Plain, kind) => {
                self.push_plain(value, canonical, batch);
                if self.plan.hashes.has_any(kind) {
                    self.push_hashes(value, canonical, typed, batch);
                }
            }
            (Form::Loose, Kind::Phone) => self.push_loose_forms(value, canonical, batch),
            (form, _) => {
                let tier = if form.is_hash() { Tier::Exact } else { Tier::Loose };
                self.push(value, Variant::of(form), canonical.exact, tier, batch);
            }
        }
    }

    /// The value, its folded form, and what is left of it without its country.
    #[inline]
    fn push_plain(&mut self, value: Value, canonical: &Canonical<'_>, batch: &mut Batch) {
        let is_list = self.plan.side == Side::List;
        let tier = if canonical.folds_loosely { Tier::Loose } else { Tier::Alias };
        self.push(value, Variant::Exact, canonical.exact, Tier::Exact, batch);
        match canonical.fold {
            Some(fold) => {
                self.push(value, Variant::Alias, fold, tier, batch);
                if is_list {
                    self.push(value, Variant::Exact, fold, tier, batch);
                }
            }
            None if is_list && value.spec.kind.has_aliases() => {
                self.push(value, Variant::Alias, canonical.exact, tier, batch);
            }
            None => (),
        }
        match (canonical.loose, value.spec.kind) {
            (_, Kind::Phone) => self.push_loose_forms(value, canonical, batch),
            (Some(loose), kind) if self.keeps_left(kind) => {
                self.push_left(kind, loose, batch);
            }
            _ => (),
        }
    }

    /// What numbers with and without their country have in common.
    #[inline]
    fn push_loose_forms(&mut self, value: Value, canonical: &Canonical<'_>, batch: &mut Batch) {
        for (variant, bytes) in loose::forms(canonical, self.plan).into_iter().flatten() {
            self.push(value, variant, bytes, Tier::Loose, batch);
        }
    }

    /// The value under the rules of further countries. Output: whether there are any.
    fn push_others(&mut self, value: Value, canonical: &Canonical<'_>, batch: &mut Batch) -> bool {
        let mut any = false;
        for other in canonical.others() {
            let spec = KindSpec { country: other.country, ..value.spec };
            let place = self.namespaces.place(spec);
            self.push_plain(Value { spec, place }, &other, batch);
            any = true;
        }
        any
    }

    /// Adds one form, unless the list does not ask for its tier.
    #[inline]
    fn push(&mut self, value: Value, variant: Variant, bytes: &[u8], tier: Tier, batch: &mut Batch) {
        let tier = tier.of_kind(value.spec.kind).max(self.best);
        if self.plan.side == Side::List && tier > self.plan.tier {
            return;
        }
        let state = self.namespaces.state(value.place, variant);
        self.namespaces.count(value.place, variant);
        let message = self.macs.push(state, bytes);
        if value.spec.kind.is_counted() {
            self.counted.push(message);
        }
        let probe = batch.probes.len() as u32;
        let mut probes = 1;
        match (value.spec.kind.is_counted(), self.plan.side) {
            (false, _) => self.waiting.push((probe, message)),
            (true, Side::Dump) => _ = self.domains.add_value(message, batch),
            (true, Side::List) => {
                self.numbers.push((probe, message));
                probes = PLACES * (1 + self.chain.links() as u32);
            }
        }
        for _ in 0..probes {
            add_probe(batch, value.spec, tier, variant as u8, Digest::default());
        }
    }

    /// Counts the record for the domain of a canonical address. Output: where it is remembered, and
    /// whether it is not.
    #[inline]
    fn push_domain(&mut self, address: &[u8], batch: &mut Batch) -> (Option<domains::Place>, bool) {
        let Some(at) = memchr::memrchr(b'@', address) else { return (None, false) };
        let host = &address[at + 1..];
        let slot = match self.domains.find(host, batch) {
            domains::Lookup::Counted(place) => return (Some(place), false),
            domains::Lookup::Free(slot) => Some(slot),
            domains::Lookup::Never => None,
        };
        let Some(domain) = registrable(host) else {
            self.domains.refuse();
            return (None, true);
        };
        let place = self.namespaces.place(DOMAIN);
        let state = self.namespaces.state(place, Variant::Exact);
        let message = self.macs.push(state, domain);
        self.counted.push(message);
        let place = self.domains.add(host, slot, message, batch);
        (place, place.is_none())
    }
}

/// The country that somebody has said of a value: with its kind, or as the region.
fn given(asked: KindSpec, region: Country) -> Country {
    if asked.country.is_none() { region } else { asked.country }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        self.hash.zeroize();
        self.written.zeroize();
    }
}

#[inline]
fn add_probe(batch: &mut Batch, spec: KindSpec, tier: Tier, variant: u8, digest: Digest) {
    let (record, identifier) = (batch.records, batch.identifiers);
    let KindSpec { kind, country, form } = spec;
    batch.probes.push(Probe { record, identifier, kind, country, form, tier, variant, needs_country: false });
    batch.digests.push(digest);
}
