//! The lexicon of column names: what a header says about its column, in the languages of real dumps.

use super::rules::Target;
use crate::identifier::KindSpec;
use crate::index::class::DataClass;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a column name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The column holds identifiers of this kind.
    Kind(KindSpec),
    /// Whoever logs in types an address, a number or a user name: every cell decides.
    Login,
    /// The column is only a data class.
    Class(DataClass),
    /// The column says nothing about a person.
    Ignore,
}

impl Meaning {
    /// What a rule for such a column would say.
    pub fn target(self) -> Target {
        match self {
            Meaning::Kind(spec) => Target::Kind(spec),
            Meaning::Login => Target::Login,
            Meaning::Class(class) => Target::Class(class),
            Meaning::Ignore => Target::Ignore,
        }
    }
}

/// A meaning, and whether the values must confirm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the name means.
    pub meaning: Meaning,
    /// Whether the name is too general to decide alone.
    pub weak: bool,
}

/// Words before a name that say whose it is, not what it is.
const PREFIXES: [&str; 49] = [
    "user",
    "users",
    "cust",
    "customer",
    "client",
    "owner",
    "member",
    "employee",
    "emp",
    "staff",
    "tbl",
    "f",
    "t",
    "c",
    "primary",
    "main",
    "contact",
    "person",
    "account",
    "buyer",
    "car",
    "borrower",
    "billing",
    "bill",
    "shipping",
    "ship",
    "delivery",
    "invoice",
    "recipient",
    "receiver",
    "sender",
    "payer",
    "applicant",
    "subscriber",
    "registrant",
    "admin",
    "guest",
    "patient",
    "passenger",
    "student",
    "parent",
    "emergency",
    "alternate",
    "alt",
    "secondary",
    "second",
    "default",
    "address",
    "mailing",
];
/// No more of them stand before a name: `emergency contact phone`.
const PREFIXES_MAX: usize = 2;

/// ... and those behind a name.
const SUFFIXES: [&str; 12] = [
    "client",
    "cliente",
    "clientes",
    "customer",
    "kunde",
    "kunden",
    "titular",
    "usuario",
    "заказчика",
    "клиента",
    "покупателя",
    "пользователя",
];

/// Keys of JSON that only hold others together, and can be shown.
const STRUCTURE: [&str; 26] = [
    "profile",
    "profiles",
    "data",
    "user",
    "users",
    "customer",
    "customers",
    "owner",
    "owners",
    "contact",
    "contacts",
    "account",
    "accounts",
    "person",
    "people",
    "info",
    "details",
    "item",
    "items",
    "value",
    "values",
    "source",
    "meta",
    "attributes",
    "employee",
    "vehicle",
];

static LEXICON: LazyLock<HashMap<String, Finding>> = LazyLock::new(|| {
    let lines = include_str!("lexicon.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(meaning, names)| {
            let finding = parse_meaning(meaning);
            names.split(' ').filter_map(move |name| finding.map(|finding| (words(name).concat(), finding)))
        })
        .collect()
});

fn parse_meaning(text: &str) -> Option<Finding> {
    let (text, weak) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
    let meaning = match text.strip_prefix("class:") {
        Some(name) => Meaning::Class(DataClass::from_name(name)?),
        None if text == "ignore" => Meaning::Ignore,
        None if text == "login" => Meaning::Login,
        None => Meaning::Kind(KindSpec::parse(text)?),
    };
    Some(Finding { meaning, weak })
}

/// What a header cell says, if the lexicon knows it.
pub fn find(name: &str) -> Option<Finding> {
    find_name(name)
}

/// A name without case, accents and separators.
pub(super) fn normal(name: &str) -> String {
    words(name).concat()
}

/// The first word of a name, in small letters.
pub(super) fn first_word(name: &str) -> String {
    words(name).into_iter().next().unwrap_or_default()
}

/// The last word of a name, in small letters and without the digits behind it.
pub(super) fn last_word(name: &str) -> String {
    let last = words(name).into_iter().rev().find(|word| !word.chars().all(|c| c.is_ascii_digit()));
    last.unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit()).to_string()
}

/// Whether [`find`] may know a name, at a glance: by its last letters. Of words of people's, one in ten passes.
pub(super) fn may_know(name: &[u8]) -> bool {
    let name = without_end(name);
    let ends_so = |name: &[u8]| letters_at_end(name).is_none_or(|letters| ENDS.0.contains(&letters));
    // `user_tc` ends with a name that is shorter than an end.
    let is_known = |name: &[u8]| ends_so(name) || ends_so(behind_last_separator(name));
    match name.last() {
        None => false,
        Some(last) if !last.is_ascii() => ends_in_known_letter(name),
        Some(b's' | b'S') => is_known(name) || is_known(without_end(&name[..name.len() - 1])),
        Some(_) => is_known(name),
    }
}

/// A name without the digits and separators behind it.
fn without_end(name: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphabetic() && *byte != b'#';
    &name[..name.iter().rposition(|byte| !is_end(byte)).map_or(0, |last| last + 1)]
}

/// What stands behind the last separator.
fn behind_last_separator(name: &[u8]) -> &[u8] {
    let separator = name.iter().rposition(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    &name[separator.map_or(0, |place| place + 1)..]
}

/// The last three letters and digits of a name, or as many as there are; none where others than ASCII are among them.
fn letters_at_end(name: &[u8]) -> Option<[u8; 3]> {
    let mut letters = [0; 3];
    let those = name.iter().rev().filter(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric());
    for (place, byte) in letters.iter_mut().zip(those) {
        *place = Some(byte).filter(|byte| byte.is_ascii())?.to_ascii_lowercase();
    }
    Some(letters)
}

fn ends_in_known_letter(name: &[u8]) -> bool {
    let last = name.utf8_chunks().last().and_then(|chunk| chunk.valid().chars().next_back());
    // Marks, and forms of letters that are wide, are left out of names.
    let has_others = |last: char| last < '\u{370}' || matches!(last, '\u{ff00}'..='\u{ffef}');
    last.is_some_and(|last| has_others(last) || last.to_lowercase().any(|last| ENDS.1.contains(&last)))
}

/// How the names of the lexicon end: their last three letters, and the last one if it is not ASCII.
static ENDS: LazyLock<(HashSet<[u8; 3]>, HashSet<char>)> = LazyLock::new(|| {
    let names = || LEXICON.keys().map(|name| name.trim_end_matches(|c: char| c.is_ascii_digit()));
    let letters = names().filter_map(|name| letters_at_end(name.as_bytes()));
    let last = names().filter_map(|name| name.chars().next_back());
    (letters.collect(), last.filter(|last| !last.is_ascii()).collect())
});

/// What a JSON path says: by its last key, then by the keys before it. `emails[].value` is `value`, then `emails`.
pub fn find_path(path: &str) -> Option<Finding> {
    keys(path).rev().find_map(find_name)
}

/// What a column of a table says: by its own name alone, since `post.id` is no post.
pub fn find_column(path: &str) -> Option<Finding> {
    keys(path).next_back().and_then(find_name)
}

/// A header cell as it may be shown: only if the lexicon knows it, and if it holds nothing but letters and separators.
pub fn shown(name: &str) -> Option<String> {
    (find_name(name).is_some() && is_plain(name)).then(|| name.trim().to_string())
}

/// A JSON path as it may be shown: keys outside the lexicon, which may be values, as a star.
pub fn shown_path(path: &str) -> String {
    let keys = path.split('.').map(|key| {
        let name = key.trim_end_matches("[]");
        let known = is_plain(name) && (find_name(name).is_some() || STRUCTURE.contains(&words(name).concat().as_str()));
        if known { key.to_string() } else { format!("*{}", &key[name.len()..]) }
    });
    keys.collect::<Vec<_>>().join(".")
}

fn keys(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('.').map(|key| key.trim_end_matches("[]"))
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '#' | '(' | ')'))
}

fn find_name(name: &str) -> Option<Finding> {
    // A tag is no name of a column.
    if name.contains(['<', '>']) {
        return None;
    }
    let words = words(name);
    if let Some(finding) = lookup(&words.concat()) {
        return Some(finding);
    }
    // `owner phone` is a phone; `phone 2` too.
    let before = words.iter().take(PREFIXES_MAX).take_while(|word| PREFIXES.contains(&word.as_str())).count();
    let rests = (1..=before).map(|from| &words[from..]).filter(|rest| !rest.is_empty());
    let with_owner = rests.into_iter().find_map(|rest| lookup(&rest.concat()));
    // `telefono_cliente` is one too; `id_cliente` is the number of a customer.
    let of_owner = || {
        let (_, rest) = words.split_last().filter(|(last, _)| SUFFIXES.contains(&last.as_str()))?;
        lookup(&rest.concat()).filter(|finding| finding.meaning != Meaning::Ignore)
    };
    with_owner.or_else(of_owner)
}

fn lookup(name: &str) -> Option<Finding> {
    // `phone2` is a phone; `phone` with many digits behind may be one itself.
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let without_number = if digits <= 2 { &name[..name.len() - digits] } else { name };
    // `Mobile Phone #` is the number of one.
    let without_sign = name.strip_suffix('#').unwrap_or("");
    let candidates = [name, without_number, without_number.strip_suffix('s').unwrap_or(""), without_sign];
    candidates.into_iter().filter(|name| !name.is_empty()).find_map(|name| LEXICON.get(name)).copied()
}

/// Splits a name at separators and camel case; no case, no accents, full-width letters as usual ones.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).nfc() {
        if !c.is_alphanumeric() && c != '#' {
            words.push(String::new());
            after_lower = false;
            continue;
        }
        if c.is_uppercase() && after_lower {
            words.push(String::new());
        }
        after_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            match c {
                'ß' | 'ẞ' => word.push_str("ss"),
                // No mark of Unicode, but letters that people leave out their marks of.
                'ı' => word.push('i'),
                'ł' | 'Ł' => word.push('l'),
                'ø' | 'Ø' => word.push('o'),
                'đ' | 'Đ' => word.push('d'),
                c => word.extend(c.to_lowercase()),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Kind;

    fn kind(kind: Kind) -> Option<Meaning> {
        Some(Meaning::Kind(KindSpec::new(kind)))
    }

    fn class(name: &str) -> Option<Meaning> {
        DataClass::from_name(name).map(Meaning::Class)
    }

    #[test]
    fn names_as_people_write_them() {
        let check = |name: &str, want: Option<Meaning>| {
            assert_eq!(find_path(name).filter(|finding| !finding.weak).map(|finding| finding.meaning), want, "{name}");
        };
        check("E-Mail", kind(Kind::Email));
        check("EmailAddress", kind(Kind::Email));
        check("\u{ff25}mail", kind(Kind::Email));
        check("手机号", kind(Kind::Phone));
        check("owner_phone", kind(Kind::Phone));
        check("Phone 2", kind(Kind::Phone));
        check("Mobile Phone #", kind(Kind::Phone));
        check("telefono_cliente", kind(Kind::Phone));
        check("nif_cliente", kind(Kind::NationalId));
        check("id_cliente", None);
        check("Téléphone", kind(Kind::Phone));
        check("profile.phones[]", kind(Kind::Phone));
        check("emails[].value", kind(Kind::Email));
        check("身份证号", kind(Kind::NationalId));
        check("id_card", kind(Kind::NationalId));
        check("VIN", kind(Kind::Vin));
        check("车牌号", kind(Kind::Plate));
        check("工号", kind(Kind::EmployeeNo));
        check("contract_no", kind(Kind::ContractNo));
        check("customer_ref", None);
        check("姓名", class("Names"));
        check("first_name", class("Names"));
        for name in ["Ad Soyad", "Nombre y apellidos", "Nome completo", "Nom et prénom", "Imię i nazwisko"] {
            check(name, class("Names"));
        }
        check("帳號", class("Usernames"));
        check("uname", kind(Kind::Username));
        check("Kullanıcı adı", kind(Kind::Username));
        check("СНИЛС", class("Government issued IDs"));
        check("emails[].verified", Some(Meaning::Ignore));
        check("Identifiant", Some(Meaning::Login));
        check("住址", class("Physical addresses"));
        check("address.city", class("Geographic locations"));
        check("loan_amount", class("Loan information"));
        check("职位", class("Job titles"));
        check("created_at", Some(Meaning::Ignore));
        check("ID", Some(Meaning::Ignore));
        check("zzz", None);
    }

    #[test]
    fn every_name_may_be_known() {
        for name in LEXICON.keys() {
            for name in [name.clone(), name.to_uppercase(), format!("{name}s"), format!("user_{name} (2)")] {
                assert!(find(&name).is_none() || may_know(name.as_bytes()), "{name}");
            }
        }
        assert!(!may_know(b"darkyang88x") && !may_know("\u{738b}\u{4f1f}".as_bytes()));
    }

    #[test]
    fn values_are_never_shown_as_names() {
        let hidden = [
            "Anna <anna@x.example>",
            "a***@x.example",
            "13812345678.phone",
            "phone 13812345678",
            "\u{1b}[0mphone",
            "bob.street",
            "zzz",
        ];
        for name in hidden {
            assert_eq!(shown(name), None, "{name:?}");
        }
        assert_eq!(shown(" E-Mail "), Some("E-Mail".into()));
        assert_eq!(shown("Phone (2)"), Some("Phone (2)".into()));
        assert_eq!(shown_path("users.anna@x\\.example.phone"), "users.*.*.phone");
        assert_eq!(shown_path("profile.phones[]"), "profile.phones[]");
    }

    #[test]
    fn every_line_of_the_lexicon_has_a_meaning_and_no_name_has_two() {
        let mut seen = HashMap::new();
        for line in include_str!("lexicon.tsv").lines().filter(|line| !line.starts_with('#')) {
            let (meaning, names) = line.split_once('\t').expect("a meaning, a tab, names");
            assert!(parse_meaning(meaning).is_some(), "{meaning}");
            for name in names.split(' ') {
                let before = seen.insert(words(name).concat(), meaning);
                assert!(before.is_none(), "{name} is in {before:?} and in {meaning}");
            }
        }
    }
}
