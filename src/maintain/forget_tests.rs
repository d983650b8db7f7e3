//! What an identifier produces, and what becomes of the segments that hold it.

use super::produce::{Identifier, Plans, Producer, Reading};
use super::suppressed::asked;
use super::test_data::{IDENTITY, Part, answers, ingest, parts, write_index};
use super::{Error, Forgettings, Line, are_many, compact, compact_few, forget, lift, removed};
use crate::digest::{Digest, Key, Namespace, Variant, Width};
use crate::identifier::{Country, Form, Kind, KindSpec, canonical_scope, hash_of};
use crate::index::{Access, Forgotten, Identity, Index, Pair, Wait, Writer};
use crate::source::Progress;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

fn key() -> Key {
    Key::from_secret(&std::array::from_fn(|i| i as u8 ^ 0x35)).expect("a secret that is not weak")
}

fn of(kind: &str) -> Reading {
    Reading { kind: Some(KindSpec::parse(kind).expect("a kind")), ..Reading::default() }
}

fn produced(reading: &Reading, value: &str) -> Result<Vec<Identifier>, &'static str> {
    let (plans, key) = (Plans::new(reading).map_err(|_| "refused")?, key());
    Producer::new(&plans, reading, &key, Width::DEFAULT).identifiers(value)
}

/// The digest of canonical bytes, as FORMAT.md has it.
fn digest(spec: KindSpec, variant: Variant, scope: &str, bytes: &[u8]) -> Digest {
    let scope = canonical_scope(scope);
    let namespace = Namespace { kind: spec.kind, variant, country: spec.country, scope };
    Width::DEFAULT.truncate(&key().namespace(&namespace).mac(bytes))
}

/// The digest of the hash of a text.
fn hashed(spec: KindSpec, form: Form, text: &str) -> Digest {
    let mut hash = Vec::new();
    hash_of(form, text.as_bytes(), &mut hash);
    digest(spec, Variant::of(form), "", &hash)
}

const TEXT_HASHES: [Form; 3] = [Form::Md5, Form::Sha1, Form::Sha256];

/// Forgets one value, which is one identifier: its digests are these, the first of them its own.
#[track_caller]
fn check(reading: &Reading, value: &str, want: &[Digest]) {
    let found = produced(reading, value).expect("an identifier");
    assert_eq!(found.len(), 1, "{:?}", found.iter().map(|one| one.spec).collect::<Vec<_>>());
    assert!(found[0].owner == want[0], "the owner of {:?}", found[0].spec);
    let wanted: BTreeSet<Digest> = want.iter().copied().collect();
    assert!(found[0].digests == wanted, "{:?}: {} of {}", found[0].spec, found[0].digests.len(), wanted.len());
}

#[test]
fn an_address_produces_itself_its_fold_and_the_hashes_of_both() {
    let email = KindSpec::new(Kind::Email);
    let hashes = |text: &'static str| TEXT_HASHES.map(|form| hashed(email, form, text));
    let one = |variant, text: &str| digest(email, variant, "", text.as_bytes());
    let (own, fold) = ("anna+x@gmail.com", "anna@gmail.com");
    let forms = [one(Variant::Exact, own), one(Variant::Alias, fold), one(Variant::Exact, fold)];
    check(
        &of("email"),
        " Anna+X@Gmail.com ",
        &[&forms[..], &hashes(own), &hashes(fold), &hashes("Anna+X@Gmail.com")].concat(),
    );
    let plain = [one(Variant::Exact, fold), one(Variant::Alias, fold)];
    check(&of("email"), "Anna@Gmail.com", &[&plain[..], &hashes(fold), &hashes("Anna@Gmail.com")].concat());
    let mut md5 = Vec::new();
    hash_of(Form::Md5, b"anna@gmail.com", &mut md5);
    let text = String::from_utf8(md5).expect("digits");
    check(&of("email_md5"), &text.to_uppercase(), &[hashed(email, Form::Md5, fold)]);
}

#[test]
fn numbers_produce_every_way_in_which_they_are_written() {
    let phone = KindSpec::new(Kind::Phone);
    let one = |variant, text: &str| digest(phone, variant, "", text.as_bytes());
    let written = ["8613800138001", "+8613800138001", "008613800138001", "13800138001", "013800138001"];
    let hashes = written.iter().flat_map(|text| TEXT_HASHES.map(|form| hashed(phone, form, text)));
    let loose = [Variant::Loose, Variant::National].map(|variant| one(variant, "3800138001"));
    let forms = [&[one(Variant::Exact, written[0])], &loose[..]].concat();
    let want: Vec<Digest> = forms.into_iter().chain(hashes).collect();
    check(&of("phone"), "0086 138 0013 8001", &want);
    check(&Reading { region: Country::CN, ..of("phone") }, "138-0013-8001", &want);
    // Whose country nobody knows is not forgotten as a number of North America.
    check(&of("phone"), "138-0013-8001", &loose);
    let password = KindSpec::new(Kind::Password);
    let hashes = Form::HASHES.map(|form| hashed(password, form, "hunter2hunter2"));
    check(&of("password"), "hunter2hunter2", &hashes);
    let card = KindSpec::new(Kind::Card);
    let unchecked = digest(card, Variant::Unchecked, "", b"4111111111111112");
    check(&Reading { lenient: true, ..of("card") }, "4111 1111 1111 1112", &[unchecked]);
    assert_eq!(
        produced(&of("card"), "4111 1111 1111 1112").map(|found| found.len()),
        Err(crate::identifier::Reason::Checksum.text())
    );
}

#[test]
fn scopes_and_countries_are_identifiers_of_their_own() {
    let (customer, user) = (KindSpec::new(Kind::CustomerNo), KindSpec::new(Kind::Username));
    let scoped = |kind: &str, scope: &str| Reading { scope: canonical_scope(scope), ..of(kind) };
    let one = |variant, text: &str| digest(customer, variant, "ACME", text.as_bytes());
    let want = [one(Variant::Exact, "000042"), one(Variant::Alias, "42"), one(Variant::Exact, "42")];
    check(&scoped("customer_no", "acme"), "000042", &want);
    let names = |scope: &str| produced(&scoped("username", scope), "Anna_7").expect("a name")[0].clone();
    assert_eq!(names("site").owner, digest(user, Variant::Exact, "Site", b"anna_7"));
    assert!(names("").digests.is_disjoint(&names("site").digests));
    let found = produced(&of("national_id"), "110105 491231 002").expect("a number");
    assert!(found.iter().any(|one| one.spec.country == Country::CN));
    let countries: BTreeSet<Country> = found.iter().map(|one| one.spec.country).collect();
    assert_eq!(countries.len(), found.len(), "one for each country");
    let own = |one: &Identifier| one.digests.contains(&one.owner);
    assert!(found.iter().all(own) && !countries.contains(&Country::NONE));
    let of_china = produced(&of("national_id:CN"), "11010519491231002X").expect("a number");
    assert!(found.iter().any(|one| one.spec.country == Country::CN && one.owner == of_china[0].owner));
    // The region of telephones says nothing about numbers that do not say theirs.
    let elsewhere = Reading { region: Country::from_code("DE").expect("a country"), ..of("national_id") };
    assert!(produced(&elsewhere, "110105 491231 002").expect("a number") == found);
}

#[test]
fn without_a_kind_everything_that_fits_is_meant_and_a_user_name_if_it_may_be_one() {
    let kinds = |value: &str| {
        let found = produced(&Reading::default(), value).expect("an identifier");
        found.iter().map(|one| one.spec.kind).collect::<BTreeSet<Kind>>()
    };
    assert_eq!(kinds("anna@example.com"), BTreeSet::from([Kind::Email]));
    assert_eq!(kinds("anna_7"), BTreeSet::from([Kind::Username]));
    assert!(kinds("11010519491231002X").is_superset(&BTreeSet::from([Kind::NationalId, Kind::Username])));
    assert!(produced(&Reading::default(), "x").is_err());
    for (kind, scope) in [("email_domain", ""), ("customer_no", "")] {
        let reading = Reading { scope: canonical_scope(scope), ..of(kind) };
        let result = Plans::new(&reading).map(|_| ());
        assert!(matches!(result, Err(Error::NotOfAPerson(_) | Error::NeedsScope(_))), "{result:?}");
    }
}

/// [`forget`] or [`lift`].
type Way = fn(&Path, &Key, &Reading, &[Line], Wait<'_>) -> Result<Forgettings, Error>;

/// An index without breaches.
fn empty_index(dir: &Path, key: &Key) {
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &|bytes| key.seal(bytes) };
    let writer = Writer::open(dir, &identity, Width::DEFAULT).expect("a new index");
    let catalogue = writer.catalogue().clone();
    writer.commit(Vec::new(), catalogue).expect("a commit");
}

fn lines(values: &[&str]) -> Vec<Line> {
    (1..).zip(values).map(|(number, value)| (number, value.to_string().into())).collect()
}

fn pairs(dir: &Path, key: &Key) -> Forgotten {
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &|bytes| key.seal(bytes) };
    Writer::open(dir, &identity, Width::DEFAULT).expect("an index").forgotten().clone()
}

#[test]
fn what_is_forgotten_and_lifted_is_what_it_was_whatever_stands_beside() {
    let (temporary, key) = (tempfile::tempdir().expect("a temporary folder"), key());
    let dir = temporary.path().join("index");
    empty_index(&dir, &key);
    let reading = of("email");
    let change = |way: Way, values: &[&str]| way(&dir, &key, &reading, &lines(values), Wait::NONE);
    let first = change(forget, &["anna+x@gmail.com", "", "anna+x@gmail.com"]).expect("an identifier");
    assert_eq!((first.generation, first.identifiers.len(), first.suppression.identifiers()), (2, 2, 1));
    let alone = pairs(&dir, &key);
    let same = change(forget, &[" anna+x@gmail.com "]).expect("an identifier");
    assert!(!same.has_changed() && same.generation == 2 && pairs(&dir, &key) == alone);
    let both = change(forget, &["an.na@gmail.com", "carl@example.org"]).expect("identifiers");
    // The folded form, the value that is written like it, and three hashes of that are of both people.
    assert_eq!((both.suppression.identifiers(), both.suppression.digests().len()), (3, 9 + 9 - 5 + 5));
    let done = change(lift, &["an.na@gmail.com", "carl@example.org", "dora@example.org"]).expect("identifiers");
    let changed: Vec<(usize, usize)> = done.identifiers.iter().map(|one| (one.changed, one.suppressed)).collect();
    assert_eq!(changed, [(9, 5), (5, 0), (0, 0)]);
    assert_eq!(pairs(&dir, &key), alone, "as if the others had never been");
    let result = change(lift, &["an.na@gmail.com"]);
    assert!(matches!(result, Err(Error::NotSuppressed)), "{result:?}");
    let result = change(forget, &["bert@example.org", "no address", "", "@"]);
    assert!(
        matches!(&result, Err(Error::Refused(lines)) if lines.iter().map(|(line, _)| *line).eq([2, 4])),
        "{result:?}"
    );
    let result = change(forget, &["", " "]);
    assert!(matches!(result, Err(Error::NoIdentifiers)), "{result:?}");
    assert_eq!(pairs(&dir, &key), alone);
}

/// Suppresses digests, each an owner of its own.
fn suppress(dir: &Path, digests: &[Digest]) {
    let mut writer = Writer::open(dir, &IDENTITY, Width::DEFAULT).expect("an index");
    let pair = |digest: &Digest| Pair { digest: *digest, owner: *digest, suppresses: true, written_since: false };
    writer.forget(Forgotten::from_pairs(digests.iter().map(pair))).expect("a commit");
}

#[test]
fn a_compaction_drops_what_is_suppressed_and_says_whose_values_are_fewer() {
    let (temporary, parts) = (tempfile::tempdir().expect("a temporary folder"), parts(8, 3, 900));
    let dir = temporary.path().join("index");
    write_index(&dir, &parts);
    let open = || Index::open(&dir, Some(&IDENTITY), Access::Mapped).expect("an index");
    let only_first: Vec<Digest> =
        parts[0].keys().filter(|digest| parts[1..].iter().all(|part| !part.contains_key(digest))).copied().collect();
    let gone = &only_first[..40];
    suppress(&dir, gone);
    let left = || removed(&open(), &Progress::new()).expect("a whole index");
    assert_eq!(left().forgotten.iter().map(|(_, digests)| *digests).collect::<Vec<_>>(), [40]);
    assert!(!left().is_nothing());
    let segments: BTreeSet<String> = open().manifest().segments.iter().map(|segment| segment.id.clone()).collect();
    let done = compact(&dir, &IDENTITY, false, Duration::ZERO, &Progress::new()).expect("a whole index");
    assert_eq!((done.merges.len(), done.merges[0].records_before - done.merges[0].records), (1, 40), "{done:?}");
    let now: BTreeSet<String> = open().manifest().segments.iter().map(|segment| segment.id.clone()).collect();
    assert_eq!(segments.intersection(&now).count(), 2, "the others are left alone");
    assert!(left().is_nothing() && left().suppressed == 40);
    let kept = |part: &Part| {
        part.iter().filter(|(digest, _)| !gone.contains(digest)).map(|(digest, mask)| (*digest, *mask)).collect()
    };
    let kept: Vec<Part> = parts.iter().map(kept).collect();
    let other = temporary.path().join("other");
    write_index(&other, &kept);
    assert!(answers(&dir, &kept).0 == answers(&other, &kept).0, "the answers of an index that never had them");
    // The third part is an addition to the second breach.
    let at_most: Vec<bool> = open().values().values().map(|values| values.at_most).collect();
    assert!(at_most[0], "{at_most:?}");
    let again = compact(&dir, &IDENTITY, false, Duration::ZERO, &Progress::new()).expect("a whole index");
    assert!(again.merges.is_empty());
    let all: Vec<Digest> = parts.iter().flat_map(|part| part.keys().copied()).collect();
    suppress(&dir, &all);
    compact(&dir, &IDENTITY, true, Duration::ZERO, &Progress::new()).expect("a whole index");
    assert_eq!((open().records(), open().segments().len(), left().is_nothing()), (0, 1, true), "coverage stays");
}

#[test]
fn an_ingest_looks_for_nobody_and_writes_no_large_segment_again() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let dir = temporary.path().join("index");
    let mut all = parts(9, 8, 200);
    all.insert(0, parts(10, 1, 5000).remove(0));
    write_index(&dir, &all[..8]);
    let everybody: Vec<Digest> = all.iter().flat_map(|part| part.keys().step_by(3).copied()).collect();
    suppress(&dir, &everybody);
    let large = || Index::open(&dir, Some(&IDENTITY), Access::Mapped).expect("an index").segments()[0].segment().id();
    let first = large();
    asked::take();
    assert!(!are_many(&dir, &IDENTITY).expect("an index"), "eight runs");
    assert!(compact_few(&dir, &IDENTITY, Duration::ZERO, &Progress::new()).expect("an index").merges.is_empty());
    ingest(&dir, 8, &all[8]);
    assert!(are_many(&dir, &IDENTITY).expect("an index"), "nine runs");
    let done = compact_few(&dir, &IDENTITY, Duration::ZERO, &Progress::new()).expect("an index");
    assert_eq!((done.merges.len(), done.merges[0].segments_before, done.runs), (1, 8, 2));
    assert!(done.merges[0].records < 8 * 200 - 8 * 60, "what is merged leaves what it has to: {done:?}");
    assert_eq!((asked::take(), large() == first), (0, true));
    let left = || {
        removed(&Index::open(&dir, Some(&IDENTITY), Access::Mapped).expect("an index"), &Progress::new())
            .expect("a whole index")
    };
    assert_eq!(left().forgotten.len(), 1, "the large one");
    let done = compact(&dir, &IDENTITY, false, Duration::ZERO, &Progress::new()).expect("an index");
    assert_eq!((done.merges.len(), done.merges[0].segments_before), (1, 1));
    assert!(left().is_nothing());
    // What was merged before is looked through once; what this compaction has written not at all.
    assert!(asked::take() <= everybody.len() + 1, "of {}", everybody.len());
}
