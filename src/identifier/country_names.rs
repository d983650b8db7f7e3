//! The country that a cell names: by code, or by its name in one of many languages.

use super::Country;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer cells name no country.
const NAME_BYTES_MAX: usize = 128;

static NAMES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let lines = include_str!("countries.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| line.split_once('\t'));
    rows.filter_map(|(code, names)| Some((Country::from_code(code)?, names)))
        .flat_map(|(country, names)| {
            let names = names.split(' ').map(folded).chain([country.code().to_lowercase()]);
            names.map(move |name| (name, country)).collect::<Vec<_>>()
        })
        .collect()
});

/// The country that a cell names: `CN`, `CHN`, `China`, `中国`, `P.R. China`, `Китай`.
///
/// Cost: a hash and a short text on the heap; a caller with many cells remembers the answers.
pub fn country_named(cell: &[u8]) -> Option<Country> {
    let text = std::str::from_utf8(cell).ok().filter(|text| text.len() <= NAME_BYTES_MAX)?;
    NAMES.get(&folded(text)).copied()
}

/// A name without case, marks, blanks and punctuation.
fn folded(name: &str) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.nfkd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_code_and_name() {
        let check = |cell: &str, want: Option<&str>| {
            assert_eq!(country_named(cell.as_bytes()), want.and_then(Country::from_code), "{cell}");
        };
        for cell in ["CN", "cn", "CHN", "China", "P.R. China", "中国", "中國", "中华人民共和国", " Китай ", "Chine"]
        {
            check(cell, Some("CN"));
        }
        for cell in ["DE", "deutschland", "Germany", "Allemagne", "ALEMANIA", "德国", "ドイツ", "독일"] {
            check(cell, Some("DE"));
        }
        for cell in ["US", "U.S.A.", "United States of America", "美国", "Vereinigte Staaten"] {
            check(cell, Some("US"));
        }
        check("Côte d’Ivoire", Some("CI"));
        check("Türkiye", Some("TR"));
        check("ไทย", Some("TH"));
        for cell in ["", "Berlin", "ZZ", "1", "\u{200b}", "EU"] {
            check(cell, None);
        }
        assert_eq!(country_named(b"\xff\xfe"), None);
    }

    #[test]
    fn no_name_stands_for_two_countries() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for line in include_str!("countries.tsv").lines().filter(|line| !line.starts_with('#')) {
            let (code, names) = line.split_once('\t').expect("a code, a tab, names");
            assert!(Country::from_code(code).is_some(), "{code}");
            for name in names.split(' ').map(folded).chain([code.to_lowercase()]) {
                let before = seen.insert(name.clone(), code);
                assert!(before.is_none_or(|other| other == code), "{name}: {before:?} and {code}");
            }
        }
    }
}
