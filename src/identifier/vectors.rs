//! Runs `testdata/vectors`, and the properties that hold for every kind.

use std::collections::HashMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

/// One line of a vector file.
pub(super) struct Vector {
    pub(super) raw: Vec<u8>,
    pub(super) want: Result<Vec<u8>, String>,
    pub(super) fold: Option<Vec<u8>>,
    pub(super) region: Country,
    /// The kinds that it is run with: with and without a country.
    pub(super) specs: Vec<KindSpec>,
    pub(super) place: String,
}

/// Undoes `\t`, `\\`, `\xNN` (a byte) and `\u{...}` (a character).
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let used = match escape.as_bytes()[0] {
            b't' => {
                out.push(b'\t');
                1
            }
            b'x' => {
                out.push(u8::from_str_radix(&escape[1..3], 16).unwrap());
                3
            }
            b'u' => {
                let end = escape.find('}').unwrap();
                let c = char::from_u32(u32::from_str_radix(&escape[2..end], 16).unwrap()).unwrap();
                out.extend_from_slice(c.to_string().as_bytes());
                end + 1
            }
            other => {
                out.push(other);
                1
            }
        };
        rest = &escape[used..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Vectors of a kind. Those of national identity numbers stand in a file for each country, and are run with it.
pub(super) fn read_vectors(kind: Kind) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors");
    if kind != Kind::NationalId {
        return read_file(&folder.join(format!("{}.tsv", kind.name())), &specs(kind));
    }
    let files = std::fs::read_dir(folder.join(kind.name())).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let country = |path: &Path| Country::from_code(path.file_stem().unwrap().to_str().unwrap()).unwrap();
    paths.iter().flat_map(|path| read_file(path, &[KindSpec::of(kind, country(path))])).collect()
}

fn read_file(path: &Path, specs: &[KindSpec]) -> Vec<Vector> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(i, line)| read_vector(line, specs, format!("{}:{}", path.display(), i + 1))).collect()
}

fn read_vector(line: &str, specs: &[KindSpec], place: String) -> Vector {
    let columns: Vec<&str> = line.split('\t').collect();
    let [raw, want, fold, region, source] = columns[..] else { panic!("{place}: {} columns", columns.len()) };
    assert!(!source.is_empty(), "{place}: no source");
    let region = if region == "-" { Country::NONE } else { Country::from_code(region).unwrap() };
    // A passport's stand with the country that issued it, or with none, in the place of the region.
    let passport = specs[0].kind == Kind::Passport;
    Vector {
        raw: unescape(raw),
        want: want.strip_prefix('!').map_or(Ok(unescape(want)), |reason| Err(reason.to_owned())),
        fold: (fold != "-").then(|| unescape(fold)),
        region,
        specs: if passport { vec![KindSpec::of(Kind::Passport, region)] } else { specs.to_vec() },
        place,
    }
}

/// The countries that the vectors of a kind are run with.
fn specs(kind: Kind) -> Vec<KindSpec> {
    let any = KindSpec::new(kind);
    if kind.has_country() { vec![any, KindSpec::of(kind, Country::CN)] } else { vec![any] }
}

#[test]
fn every_vector_holds() {
    let mut canonicalizer = Canonicalizer::new();
    let mut failures = Vec::new();
    for kind in Kind::ALL {
        for vector in read_vectors(kind) {
            for &spec in &vector.specs {
                let got = canonicalizer.canonicalize(spec, vector.region, &vector.raw);
                let exact = got.map(|c| c.exact.to_vec()).map_err(|reason| reason.name().to_owned());
                let fold = got.ok().and_then(|c| c.fold.map(<[u8]>::to_vec));
                if exact != vector.want || (exact.is_ok() && fold != vector.fold) {
                    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let (exact, fold) = (exact.map(|e| shown(&e)), fold.map(|f| shown(&f)));
                    failures.push(format!("{} {spec}: got {exact:?}, fold {fold:?}", vector.place));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} vectors differ\n{}", failures.len(), failures.join("\n"));
}

/// Vectors of hashes name kind and form in front of the other columns.
#[test]
fn every_vector_of_a_hash_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors/hashed.tsv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut canonicalizer = Canonicalizer::new();
    let mut count = 0;
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let (spec, line) = line.split_once('\t').unwrap();
        let spec = KindSpec::parse(spec).unwrap();
        let vector = read_vector(line, &[spec], format!("{}:{}", path.display(), i + 1));
        let mut canonicalize = |raw: &[u8]| {
            let got = canonicalizer.canonicalize(spec, vector.region, raw);
            got.map(|got| got.exact.to_vec()).map_err(|reason| reason.name().to_owned())
        };
        assert_eq!(canonicalize(&vector.raw), vector.want, "{}", vector.place);
        if let Ok(exact) = &vector.want {
            assert_eq!(canonicalize(exact).as_ref(), Ok(exact), "{}", vector.place);
        }
        count += 1;
    }
    assert!(count >= 80, "{count}");
}

#[test]
fn every_kind_has_its_vectors() {
    let least = [60, 60, 50, 40, 30, 30, 10, 10, 40, 80, 80, 120, 80, 0, 0, 0, 80, 80, 80];
    for (kind, least) in Kind::ALL.into_iter().zip(least) {
        let count = read_vectors(kind).len();
        assert!(count >= least, "{}: {count} of {least}", kind.name());
    }
}

#[test]
fn only_accepted_values_of_issued_kinds_have_a_country() {
    let mut canonicalizer = Canonicalizer::new();
    for kind in Kind::ALL {
        for vector in read_vectors(kind) {
            let spec = vector.specs[0];
            let Ok(got) = canonicalizer.canonicalize(spec, vector.region, &vector.raw) else { continue };
            let want = match kind {
                // Only the machine-readable zones name one.
                Kind::Passport if vector.raw.contains(&b'<') => got.country,
                _ if !spec.country.is_none() => spec.country,
                Kind::NationalId | Kind::Plate => Country::CN,
                _ => Country::NONE,
            };
            assert_eq!(got.country, want, "{}", vector.place);
        }
    }
}

/// Canonicalises the exact form once more; a phone number gets its plus back.
fn again(
    canonicalizer: &mut Canonicalizer,
    spec: KindSpec,
    region: Country,
    plus: bool,
    exact: &[u8],
) -> Result<Vec<u8>, Reason> {
    let raw = if plus { [b"+", exact].concat() } else { exact.to_vec() };
    canonicalizer.canonicalize(spec, region, &raw).map(|got| got.exact.to_vec())
}

fn check_idempotent(canonicalizer: &mut Canonicalizer, specs: &[KindSpec], region: Country, raw: &[u8]) {
    for &spec in specs {
        let Ok(got) = canonicalizer.canonicalize(spec, region, raw) else { continue };
        let exact = got.exact.to_vec();
        let plus = spec.kind == Kind::Phone && got.form == Form::Plain;
        assert!(got.fold.is_none_or(|fold| fold != exact), "{spec}: a fold equals its exact form");
        assert_eq!(again(canonicalizer, spec, region, plus, &exact), Ok(exact.clone()), "{spec} {raw:?}");
    }
}

#[test]
fn canonical_forms_of_vectors_are_stable() {
    let mut canonicalizer = Canonicalizer::new();
    for kind in Kind::ALL {
        for vector in read_vectors(kind) {
            check_idempotent(&mut canonicalizer, &vector.specs, vector.region, &vector.raw);
        }
    }
}

/// Guards, blanks and invisible characters around a vector change nothing.
#[test]
fn guarded_vectors_meet_the_plain_ones() {
    let mut canonicalizer = Canonicalizer::new();
    for kind in Kind::ALL {
        // Columns that were joined have guards of their own.
        let whole = |vector: &&Vector| vector.want.is_ok() && !vector.raw.contains(&NAME_DOB_SEPARATOR);
        // A password has none: all of it was typed.
        if kind == Kind::Password {
            continue;
        }
        for vector in read_vectors(kind).iter().filter(whole) {
            for (open, close) in
                [("  ", "\t"), ("\u{feff}", ""), ("\"", "\""), ("'", ""), ("=\"", "\""), ("\u{200b}", "\r\n")]
            {
                let raw = [open.as_bytes(), &vector.raw, close.as_bytes()].concat();
                let got = canonicalizer.canonicalize(vector.specs[0], vector.region, &raw);
                let got = got.map(|got| got.exact.to_vec());
                assert_eq!(got.ok(), vector.want.clone().ok(), "{} within {open:?}", vector.place);
            }
        }
    }
}

/// Vectors of one file that differ in their canonical form are different values: none may share its bytes by accident,
/// and equal bytes have equal folds.
#[test]
fn equal_exact_forms_have_equal_folds() {
    let mut canonicalizer = Canonicalizer::new();
    for kind in Kind::ALL {
        let mut folds: HashMap<(Country, Vec<u8>), Option<Vec<u8>>> = HashMap::new();
        for vector in read_vectors(kind) {
            let Ok(got) = canonicalizer.canonicalize(vector.specs[0], vector.region, &vector.raw) else { continue };
            let fold = got.fold.map(<[u8]>::to_vec);
            let known = folds.entry((got.country, got.exact.to_vec())).or_insert_with(|| fold.clone());
            assert_eq!(*known, fold, "{}", vector.place);
        }
    }
}

#[test]
fn reasons_and_debug_show_no_value() {
    let mut canonicalizer = Canonicalizer::new();
    let got = canonicalizer.canonicalize(KindSpec::new(Kind::Email), Country::NONE, b"canary+x@example.com").unwrap();
    assert_eq!(
        format!("{got:?}"),
        "Canonical { exact_len: 20, fold_len: Some(18), loose_len: None, country: none, form: Plain }"
    );
    assert!(!format!("{canonicalizer:?}").contains("canary"));
}

#[test]
fn oversized_values_are_refused_early() {
    let mut canonicalizer = Canonicalizer::new();
    let huge = vec![b'1'; 8 << 20];
    for kind in Kind::ALL {
        assert_eq!(canonicalizer.canonicalize(KindSpec::new(kind), Country::CN, &huge).err(), Some(Reason::Length));
        let full = &huge[..RAW_BYTES_MAX];
        assert!(canonicalizer.canonicalize(KindSpec::new(kind), Country::CN, full).is_err());
        let wide = "Ω".repeat(RAW_BYTES_MAX / 2);
        assert!(canonicalizer.canonicalize(KindSpec::new(kind), Country::CN, wide.as_bytes()).is_err());
    }
}

#[test]
fn countries_without_a_rule_are_refused() {
    let mut canonicalizer = Canonicalizer::new();
    let antarctica = Country::from_code("AQ").unwrap();
    for kind in [Kind::NationalId, Kind::Plate] {
        let spec = KindSpec::of(kind, antarctica);
        assert!(!supports(spec));
        let got = canonicalizer.canonicalize(spec, Country::NONE, b"110105199001010015").err();
        assert_eq!(got, Some(Reason::UnsupportedCountry));
    }
    for kind in Kind::ALL {
        assert!(specs(kind).into_iter().all(supports));
    }
}

#[test]
fn scopes_are_written_in_one_way() {
    let check = |scope: &str, want: &str| assert_eq!(canonical_scope(scope), want.as_bytes(), "{scope:?}");
    check("  ACME ", "acme");
    check("ＡＣＭＥ", "acme");
    check("Straße", "straße");
    check("A\u{300}", "\u{e0}");
    check(" \u{3000}", "");
    check("蔚来", "蔚来");
}

/// A xorshift generator: seeded, so that a failure can be repeated.
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    pub(super) fn text(&mut self, alphabet: &[u8], len: usize) -> Vec<u8> {
        (0..len).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

/// Share of a million random values of one shape that a kind accepts.
fn measure(spec: KindSpec, region: Country, mut shape: impl FnMut(&mut Random) -> Vec<u8>) -> f64 {
    const VALUES: u32 = 1_000_000;
    let (mut canonicalizer, mut random) = (Canonicalizer::new(), Random(0x1eaf));
    let accepted = (0..VALUES).filter(|_| {
        let raw = shape(&mut random);
        canonicalizer.canonicalize(spec, region, &raw).is_ok()
    });
    accepted.count() as f64 / f64::from(VALUES)
}

#[test]
fn measured_false_accept_rates() {
    let check = |kind: Kind, measured: f64| {
        let stated = false_accept_rate(KindSpec::new(kind));
        let error = (stated - measured).abs();
        assert!(
            error <= 0.1 * stated.max(measured) + 0.000_02,
            "{}: stated {stated}, measured {measured}",
            kind.name()
        );
    };
    let us = Country::from_code("US").unwrap();
    check(Kind::Phone, measure(KindSpec::new(Kind::Phone), us, |r| [b"2".to_vec(), r.text(b"0123456789", 9)].concat()));
    const VIN: &[u8] = b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
    check(Kind::Vin, measure(KindSpec::new(Kind::Vin), Country::NONE, |r| [b"L".to_vec(), r.text(VIN, 16)].concat()));
    const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    check(
        Kind::Plate,
        measure(KindSpec::new(Kind::Plate), Country::NONE, |r| ["沪".as_bytes(), &r.text(ALNUM, 6)].concat()),
    );
    const DIGITS: &[u8] = b"0123456789";
    check(Kind::Card, measure(KindSpec::new(Kind::Card), Country::NONE, |r| r.text(DIGITS, 16)));
    check(
        Kind::Iban,
        measure(KindSpec::new(Kind::Iban), Country::NONE, |r| match r.below(2) {
            0 => [b"DE", &r.text(DIGITS, 20)[..]].concat(),
            _ => [b"FR", &r.text(DIGITS, 12)[..], &r.text(ALNUM, 11), &r.text(DIGITS, 2)].concat(),
        }),
    );
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

fn any_region() -> impl Strategy<Value = Country> {
    let region = |code: &str| Country::from_code(code).unwrap();
    prop::sample::select(vec![
        Country::NONE,
        Country::CN,
        region("US"),
        region("DE"),
        region("IT"),
        region("AR"),
        region("ZZ"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, rng_seed: RngSeed::Fixed(0x1eaf), ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(kind in any_kind(), region in any_region(), raw in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut canonicalizer = Canonicalizer::new();
        check_idempotent(&mut canonicalizer, &specs(kind), region, &raw);
        let _ = presence(&raw);
    }

    #[test]
    fn no_text_makes_it_panic(kind in any_kind(), region in any_region(), raw in "\\PC{0,40}") {
        let mut canonicalizer = Canonicalizer::new();
        check_idempotent(&mut canonicalizer, &specs(kind), region, raw.as_bytes());
        let _ = (presence(raw.as_bytes()), mask_sample(&raw), canonical_scope(&raw));
    }

    #[test]
    fn addresses_are_stable(raw in "[\\PC]{1,12}[.+ⅣİΣß'\"]?[a-zA-Z]{0,3}@[\\PC]{1,8}[.。][a-z]{2,3}") {
        check_idempotent(&mut Canonicalizer::new(), &specs(Kind::Email), Country::NONE, raw.as_bytes());
    }

    #[test]
    fn names_are_stable(name in "[\\p{L}\\p{M}'. -]{1,20}", y in 1850..2025_u32, m in 1..13_u32, d in 1..29_u32) {
        let raw = format!("{name} {y}-{m:02}-{d:02}");
        check_idempotent(&mut Canonicalizer::new(), &specs(Kind::NameDob), Country::NONE, raw.as_bytes());
        let joined = format!("{name}\u{1f}{y}/{m}/{d}");
        let mut canonicalizer = Canonicalizer::new();
        let spec = KindSpec::new(Kind::NameDob);
        let one = canonicalizer.canonicalize(spec, Country::NONE, raw.as_bytes()).map(|got| got.exact.to_vec());
        let other = canonicalizer.canonicalize(spec, Country::NONE, joined.as_bytes()).map(|got| got.exact.to_vec());
        if one.is_ok() || other.is_ok() {
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn written_phones_are_stable(region in any_region(), raw in "\\+?[0-9]{4,15}") {
        check_idempotent(&mut Canonicalizer::new(), &specs(Kind::Phone), region, raw.as_bytes());
    }
}
