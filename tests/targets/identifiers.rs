//! Identifiers of all kinds.

use std::cell::RefCell;

use leakdex::identifier::{
    Canonicalizer, Country, Form, Kind, KindSpec, Reason, day_of_event, is_number_without_plus, mask_sample, presence,
    vouched,
};

/// The longest canonical form of any kind; none is longer than what a raw value may be, and what NFKC makes of that.
const CANONICAL_BYTES_MAX: usize = 16 << 10;
const REGIONS: [&str; 6] = ["", "CN", "US", "DE", "GB", "RU"];

thread_local! {
    /// Used again and again, as a worker does.
    static USED: RefCell<Canonicalizer> = RefCell::new(Canonicalizer::new());
}

/// Both forms of a value, owned.
type Forms = Result<(Vec<u8>, Option<Vec<u8>>, KindSpec), Reason>;

fn forms(canonicalizer: &mut Canonicalizer, spec: KindSpec, region: Country, raw: &[u8]) -> Forms {
    let canonical = canonicalizer.canonicalize(spec, region, raw)?;
    let found = KindSpec { kind: spec.kind, country: canonical.country, form: canonical.form };
    Ok((canonical.exact.to_vec(), canonical.fold.map(<[u8]>::to_vec), found))
}

/// The first byte picks the kind, the second country and region; the rest is the value.
pub fn run(data: &[u8]) {
    let Some((&[kind, country], raw)) = data.split_first_chunk::<2>() else { return };
    let kind = Kind::ALL[usize::from(kind) % Kind::ALL.len()];
    let spec = KindSpec::of(kind, if country & 0x80 != 0 { Country::CN } else { Country::NONE });
    let region = REGIONS[usize::from(country & 0x7f) % REGIONS.len()];
    let region = Country::from_code(region).unwrap_or(Country::NONE);
    let first = USED.with_borrow_mut(|used| forms(used, spec, region, raw));
    let fresh = forms(&mut Canonicalizer::new(), spec, region, raw);
    assert_eq!(first, fresh, "what came before does not matter");
    if let Ok((exact, fold, found)) = &first {
        assert!(!exact.is_empty() && exact.len() <= CANONICAL_BYTES_MAX, "{} bytes", exact.len());
        assert!(fold.as_ref().is_none_or(|fold| fold != exact && !fold.is_empty()), "a fold differs");
        // The form of the country that the rule found is a value of that country.
        let again = KindSpec { form: Form::Plain, ..*found };
        let written =
            if *found == KindSpec::new(Kind::Phone) { [b"+", exact.as_slice()].concat() } else { exact.clone() };
        check_stable(again, region, &written, exact, fold.as_deref());
        let _ = vouched(spec, exact);
    }
    check_around(raw);
    check_blanks(spec, region, raw, &first);
}

/// Canonical is canonical.
fn check_stable(spec: KindSpec, region: Country, written: &[u8], exact: &[u8], fold: Option<&[u8]>) {
    // A name and a date stand in one text in another way than in the columns they come from.
    let again = forms(&mut Canonicalizer::new(), spec, region, written).map(|(exact, fold, _)| (exact, fold));
    assert_eq!(again, Ok((exact.to_vec(), fold.map(<[u8]>::to_vec))), "a canonical form is its own canonical form");
    // The fold of an address is its words by the alphabet, which is no address: a letter may stand behind a number there, and
    // would be read as that of the house. A word of a name that is one letter once it is reduced (`Oo`) would be an initial. And of
    // a number of an organisation, the mark behind its zeros would be what spreadsheets put before a text.
    let is_a_value = |fold: &&[u8]| match spec.kind {
        Kind::Address => false,
        Kind::EmployeeNo | Kind::CustomerNo | Kind::ContractNo => fold.first().is_some_and(u8::is_ascii_alphanumeric),
        Kind::Name | Kind::NameDob | Kind::NamePostcode => {
            !fold.split(|byte| !byte.is_ascii_alphanumeric()).any(|word| word.len() == 1)
        }
        _ => true,
    };
    if let Some(fold) = fold.filter(is_a_value) {
        let of_fold = forms(&mut Canonicalizer::new(), spec, region, fold);
        if let Ok((exact, folded, _)) = of_fold {
            assert!(exact == fold && folded.is_none(), "a fold is not folded further");
        }
    }
}

/// Blanks around a value mean nothing.
fn check_blanks(spec: KindSpec, region: Country, raw: &[u8], want: &Forms) {
    // A password has none around it: all of it was typed.
    if spec.kind != Kind::Password
        && raw.len() < 200
        && raw.first().is_some_and(u8::is_ascii_alphanumeric)
        && raw.last().is_some_and(u8::is_ascii_alphanumeric)
    {
        let padded = [b" ", raw, b"\t "].concat();
        let got = forms(&mut Canonicalizer::new(), spec, region, &padded);
        assert_eq!(got.ok(), want.clone().ok(), "blanks around a value");
    }
}

/// What else looks at raw values.
fn check_around(raw: &[u8]) {
    let _ = (presence(raw), is_number_without_plus(raw));
    if let Some(day) = day_of_event(raw, None) {
        assert!((19_900_101..=99_991_231).contains(&day), "a day of our time");
    }
    let mask = mask_sample(&String::from_utf8_lossy(raw));
    assert!(mask.chars().count() <= 16, "a mask is short");
    assert!(mask.chars().all(|c| c.is_alphanumeric() || "*@.".contains(c)), "a mask has no marks");
}

pub fn seeds() -> Vec<Vec<u8>> {
    let values: [(u8, &[&str]); 19] = [
        (
            0,
            &[
                "Anna.Li+x@GoogleMail.com",
                "\"a b\"@example.com",
                "x@b\u{fc}cher.example",
                "a\u{200b}@xn--bcher-kva.example.",
                "a@b@c.de",
                "1@[192.0.2.7]",
            ],
        ),
        (
            1,
            &[
                "+86 138-0013-8000",
                "0086 13812345678",
                "(0551) 1234567 ext. 8",
                "=\"0138\"",
                "1.38E+10",
                "\u{ff11}\u{ff13}\u{ff18}12345678",
                "tel:+49-89-123456",
            ],
        ),
        (2, &["11010519491231002X", "110105491231002", "'110105194912310021"]),
        (3, &["1M8GDM9AXKP042788", " wvwzzz1jz3w386752 ", "IOQ"]),
        (4, &["\u{4eac}A12345", "\u{7ca4}B\u{b7}D12345", "\u{7696}A1234\u{8b66}"]),
        (5, &["E-0042", "0042", "N/A"]),
        (6, &["K 17/3", "\u{2460}\u{2461}"]),
        (7, &["V-2021-000001"]),
        (
            8,
            &[
                "Anna Li\u{1f}1990-01-02",
                "\u{738b}\u{4f1f}\u{1f}1990\u{5e74}1\u{6708}2\u{65e5}",
                "Stra\u{df}e, \u{130}\u{131}\u{17f}\u{212a}\u{1f}31.12.1999",
                "M\u{fc}ller-L\u{fc}\u{1f}12/31/80",
            ],
        ),
        (9, &["Wei_Chen88", "@anna.k", "admin"]),
        (10, &["4111 1111 1111 1111", "411111******1111", "6200000000000005"]),
        (11, &["DE89 3704 0044 0532 0130 00", "gb82west12345698765432"]),
        (12, &["8.8.4.4", "[2001:4860::8844]:443", "::ffff:8.8.8.8", "10.0.0.1"]),
        (13, &["Dr. Anna-Maria M\u{fc}ller", "\u{738b}\u{4f1f}"]),
        (14, &["Hauptstr. 5, 10115 Berlin", "\u{5408}\u{80a5}\u{5e02}\u{9577}\u{6c5f}\u{8def}1\u{53f7}"]),
        (15, &["Anna Li\u{1f}SW1A 1AA"]),
        (16, &["mail.example.co.uk", "a@b.example.com"]),
        (17, &["E12345678", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"]),
        (18, &["Tr0ub4dor&3", " x "]),
    ];
    let seeds = values.iter().flat_map(|(kind, values)| values.iter().map(move |value| (*kind, *value)));
    seeds.enumerate().map(|(number, (kind, value))| [&[kind, number as u8][..], value.as_bytes()].concat()).collect()
}
