//! User names, of one site if a scope is given.
//!
//! What RFC 8265 maps in the profile UsernameCaseMapped is mapped: width, case (`toLowerCase` of Unicode), and normal
//! form, here NFKC as for every kind. Blanks between the parts of a name are one space each. A leading `@` comes off.
//! The fold is the name behind the domain of a Windows login, `CORP\jdoe`.
//!
//! What the profile *forbids* is for servers that enrol new names, and no reason not to find a name that some site gave
//! out: symbols, and names that mix directions of writing, are accepted. Refused are control characters, names without
//! a letter or digit, names of fewer than 3 or more than 64 characters, and e-mail addresses: a column of logins that
//! are addresses is one of addresses. Names that thousands of systems have, such as `admin`, are placeholders: they
//! stand for nobody.
//!
//! A number is a user name like any other. Two sites may give one name to two people: name the site as scope.
//!
//! Source: RFC 8265 section 3.3 with RFC 8264; the Unicode Standard, section 3.13 (case).

use unicode_normalization::UnicodeNormalization;

use super::clean::{is_stable, strip_guards};
use super::refuse::{is_masked_text, is_placeholder};
use super::simd::{BYTES_MAX, lower_and_sort};
use super::{Forms, Reason};

/// In characters. Shorter names are shared by too many to say anything.
const LEN_MIN: usize = 3;
/// In characters. The longest that large sites and directories allow.
const LEN_MAX: usize = 64;

/// Names of accounts that belong to a system, a role or nobody, in lower case and sorted.
const NOBODIES: &[&str] = &[
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "abc",
    "abc123",
    "admin",
    "admin1",
    "admin123",
    "administrador",
    "administrateur",
    "administrator",
    "anonymous",
    "apache",
    "api",
    "asd",
    "asdf",
    "backup",
    "billing",
    "bot",
    "contact",
    "daemon",
    "default",
    "default user",
    "defaultaccount",
    "deleted",
    "deleted user",
    "deleted_user",
    "demo",
    "demouser",
    "dev",
    "developer",
    "empty",
    "example",
    "ftp",
    "ftpuser",
    "git",
    "guest",
    "guest user",
    "guest1",
    "help",
    "helpdesk",
    "info",
    "jenkins",
    "k.a",
    "krbtgt",
    "local service",
    "localhost",
    "login",
    "mail",
    "manager",
    "marketing",
    "member",
    "moderator",
    "mysql",
    "n.a",
    "n/a",
    "name",
    "nan",
    "network service",
    "nginx",
    "nil",
    "nobody",
    "noname",
    "none",
    "null",
    "office",
    "operator",
    "oracle",
    "password",
    "postfix",
    "postgres",
    "postmaster",
    "public",
    "qwerty",
    "removed",
    "root",
    "sales",
    "security",
    "server",
    "service",
    "student",
    "superadmin",
    "superuser",
    "support",
    "sys",
    "sysadmin",
    "system",
    "tbd",
    "temp",
    "test",
    "test user",
    "test1",
    "test123",
    "test2",
    "tester",
    "testing",
    "testuser",
    "todo",
    "tomcat",
    "ubuntu",
    "undefined",
    "unknown",
    "user",
    "user1",
    "user123",
    "username",
    "visitor",
    "webadmin",
    "webmaster",
    "www",
    "www-data",
    "xxx",
    "админ",
    "администратор",
    "匿名用户",
    "测试用户",
    "管理员",
    "系统管理员",
];

/// No name of the list is longer.
const NOBODY_BYTES_MAX: usize = 26;

/// Writes the name in lower case.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    accept(text, forms).map_err(|reason| {
        let masked = reason != Reason::Placeholder && is_masked_text(text);
        if masked { Reason::Masked } else { reason }
    })
}

fn accept(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    if push_plain(text.as_bytes(), &mut forms.exact) {
        return if is_nobody(&forms.exact) { Err(Reason::Placeholder) } else { Ok(()) };
    }
    let name = without_at(text);
    if is_placeholder(name) {
        return Err(Reason::Placeholder);
    }
    match push_ascii(name.as_bytes(), &mut forms.exact) {
        Some(()) => check_ascii(&forms.exact)?,
        None => {
            forms.exact.clear();
            push_unicode(name, forms)?;
            check(std::str::from_utf8(&forms.exact).map_err(|_| Reason::Encoding)?)?;
        }
    }
    let behind = memchr::memrchr(b'\\', &forms.exact).map(|at| &forms.exact[at + 1..]);
    if let Some(account) = behind.filter(|account| account.len() >= LEN_MIN) {
        if is_nobody(account) {
            return Err(Reason::Placeholder);
        }
        forms.fold.extend_from_slice(account);
    }
    Ok(())
}

/// Appends a name of letters, digits and `.-_+`, which nearly all are, in lower case: 16 bytes at a time.
///
/// Output: whether it was one. If not, nothing is written, and the whole rule decides; it is the oracle of the tests.
#[inline]
fn push_plain(text: &[u8], out: &mut Vec<u8>) -> bool {
    if !(LEN_MIN..=BYTES_MAX).contains(&text.len()) {
        return false;
    }
    let mut lowered = [0; BYTES_MAX];
    // Zero bytes behind a short name are in no set; so no name is looked at byte by byte.
    let mut padded = [0; LANES];
    let sets = match padded.get_mut(..text.len()) {
        Some(front) => {
            front.copy_from_slice(text);
            lower_and_sort(&padded, &mut lowered)
        }
        None => lower_and_sort(text, &mut lowered),
    };
    let all = u64::MAX >> (BYTES_MAX - text.len());
    let known = sets.letters | sets.digits | sets.dots | sets.hyphens | sets.marks;
    // Without a letter it may stand for no value: `0.00`, `---`.
    if known != all || sets.letters == 0 {
        return false;
    }
    out.extend_from_slice(&lowered[..text.len()]);
    true
}

/// Bytes that are looked at together.
const LANES: usize = 16;

/// Strips `@` in front, and the guards that may stand behind it.
fn without_at(text: &str) -> &str {
    let mut name = text;
    while let Some(inner) = name.strip_prefix('@') {
        name = strip_guards(inner);
    }
    name
}

/// Lower case of every byte that needs no second look: visible ASCII. Zero for the others.
const VISIBLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = byte.to_ascii_lowercase();
        byte += 1;
    }
    table
};

/// Appends a name of visible ASCII in lower case. None if it has anything else.
#[inline]
fn push_ascii(name: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.extend(name.iter().map(|b| VISIBLE[usize::from(*b)]));
    (!out.contains(&0)).then_some(())
}

/// Appends the lower case of any text in NFKC, with one space for each run of blanks.
fn push_unicode(name: &str, forms: &mut Forms) -> Result<(), Reason> {
    // Han has no case, and most names beyond ASCII are in it.
    if name.chars().all(|c| is_han(c) || c.is_ascii_lowercase() || c.is_ascii_digit()) {
        forms.exact.extend_from_slice(name.as_bytes());
        return Ok(());
    }
    let lowered = &mut forms.work;
    lower(name, lowered);
    // The lower case of a composed letter may be two characters that come to be joined with others.
    let outcome = if is_stable(lowered) {
        push_words(lowered.chars(), &mut forms.exact)
    } else {
        push_words(lowered.nfkc(), &mut forms.exact)
    };
    if forms.exact.last() == Some(&b' ') {
        forms.exact.pop();
    }
    outcome
}

fn push_words(name: impl Iterator<Item = char>, out: &mut Vec<u8>) -> Result<(), Reason> {
    let mut utf8 = [0; 4];
    for c in name {
        if c.is_whitespace() {
            if !matches!(out.last(), None | Some(b' ')) {
                out.push(b' ');
            }
        } else if c.is_control() {
            return Err(Reason::Syntax);
        } else {
            out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        }
    }
    Ok(())
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// Appends the lower case. Only a sigma has one that depends on its neighbours: at the end of a word it is another
/// letter.
fn lower(name: &str, lowered: &mut String) {
    if name.contains('\u{3a3}') {
        let whole = zeroize::Zeroizing::new(name.to_lowercase());
        lowered.push_str(&whole);
    } else {
        lowered.extend(name.chars().flat_map(char::to_lowercase));
    }
}

/// What [`check`] checks, where every character is a byte.
#[inline]
fn check_ascii(name: &[u8]) -> Result<(), Reason> {
    if !(LEN_MIN..=LEN_MAX).contains(&name.len()) {
        return Err(Reason::Length);
    }
    if is_nobody(name) {
        return Err(Reason::Placeholder);
    }
    let names = name.iter().any(u8::is_ascii_alphanumeric);
    if !names || has_address_form(name) || is_masked(name) { Err(Reason::Syntax) } else { Ok(()) }
}

fn check(name: &str) -> Result<(), Reason> {
    let len = name.chars().count();
    if !(LEN_MIN..=LEN_MAX).contains(&len) {
        return Err(Reason::Length);
    }
    if is_nobody(name.as_bytes()) {
        return Err(Reason::Placeholder);
    }
    let names = name.chars().any(char::is_alphanumeric);
    if !names || has_address_form(name.as_bytes()) || is_masked_text(name) { Err(Reason::Syntax) } else { Ok(()) }
}

/// For every first byte, a bit for the length of each name of the list that begins with it.
static LENGTHS: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < NOBODIES.len() {
        let name = NOBODIES[i].as_bytes();
        table[name[0] as usize] |= 1 << name.len();
        i += 1;
    }
    table
};

#[inline]
fn is_nobody(name: &[u8]) -> bool {
    let first = name.first().map_or(0, |first| LENGTHS[usize::from(*first)]);
    name.len() <= NOBODY_BYTES_MAX && first & 1 << name.len() != 0 && is_in_list(name)
}

fn is_in_list(name: &[u8]) -> bool {
    NOBODIES.binary_search_by(|nobody| nobody.as_bytes().cmp(name)).is_ok()
}

fn is_masked(name: &[u8]) -> bool {
    memchr::memchr(b'*', name).is_some_and(|first| name[first..].windows(2).any(|pair| pair == b"**"))
}

/// Whether this is written like an e-mail address: an `@` behind something, and a dot inside what follows it.
fn has_address_form(name: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', name) else { return false };
    let domain = &name[at + 1..];
    at > 0 && memchr::memchr(b'.', domain).is_some_and(|dot| dot > 0 && dot + 1 < domain.len())
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Random;
    use super::*;

    fn forms_of(text: &str) -> Result<(String, String), Reason> {
        let mut forms = Forms::new();
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        canonicalize(text, &mut forms).map(|()| (text_of(&forms.exact), text_of(&forms.fold)))
    }

    fn name(text: &str) -> Result<String, Reason> {
        forms_of(text).map(|(exact, _)| exact)
    }

    #[test]
    fn the_list_is_sorted_and_refused() {
        assert!(NOBODIES.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
        assert_eq!(NOBODIES.iter().map(|nobody| nobody.len()).max(), Some(NOBODY_BYTES_MAX));
        for nobody in NOBODIES {
            assert_eq!(name(nobody), Err(Reason::Placeholder), "{nobody}");
            assert_eq!(name(&nobody.to_uppercase()), Err(Reason::Placeholder), "{nobody}");
            assert_eq!(name(&format!("@{nobody}")), Err(Reason::Placeholder), "{nobody}");
            assert_eq!(name(&format!("CORP\\{nobody}")), Err(Reason::Placeholder), "{nobody}");
        }
        assert_eq!(name("admin7").as_deref(), Ok("admin7"));
    }

    #[test]
    fn ascii_and_other_names_take_the_same_rule() {
        let mut random = Random(0x1eaf);
        for _ in 0..50_000 {
            let alphabet: &[u8] = if random.below(2) == 0 { b"abAB01.-_@*\\ !~\x01" } else { b"admintesX01.-_+" };
            let len = random.below(10);
            let text = String::from_utf8(random.text(alphabet, len)).unwrap();
            let text = text.trim();
            let mut forms = Forms::new();
            let whole = push_unicode(text.strip_prefix('@').unwrap_or(text), &mut forms)
                .and_then(|()| check(std::str::from_utf8(&forms.exact).unwrap()));
            let mut fast = Forms::new();
            if push_plain(text.as_bytes(), &mut fast.exact) {
                let fast = if is_nobody(&fast.exact) { Err(Reason::Placeholder) } else { Ok(fast.exact.clone()) };
                let slow = whole.map(|()| forms.exact.clone());
                assert_eq!(fast, slow, "{text:?}");
            }
            fast.exact.clear();
            if push_ascii(text.strip_prefix('@').unwrap_or(text).as_bytes(), &mut fast.exact).is_some() {
                assert_eq!(check_ascii(&fast.exact), whole, "{text:?}");
                assert!(whole.is_err() || fast.exact == forms.exact, "{text:?}");
            }
        }
    }

    #[test]
    fn letters_are_mapped() {
        for (text, want) in [
            ("JDoe", "jdoe"),
            ("@JDoe", "jdoe"),
            ("John   Doe", "john doe"),
            ("John\u{3000}Doe", "john doe"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ÅNGSTRÖM", "ångström"),
            ("İstanbul", "i̇stanbul"),
            ("Straße", "straße"),
            ("Иван_1980", "иван_1980"),
            ("張偉明", "張偉明"),
            ("★Anna★", "★anna★"),
            ("عليحسن", "عليحسن"),
            ("10001", "10001"),
            ("a_b", "a_b"),
            ("joe@work", "joe@work"),
        ] {
            assert_eq!(name(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn a_windows_login_folds_to_its_account() {
        let check = |text: &str, exact: &str, fold: &str| {
            assert_eq!(forms_of(text), Ok((exact.to_owned(), fold.to_owned())), "{text}");
        };
        check("CORP\\JDoe", "corp\\jdoe", "jdoe");
        check("corp.example\\jdoe", "corp.example\\jdoe", "jdoe");
        check("CORP\\jd", "corp\\jd", "");
        check("jdoe", "jdoe", "");
        check("corp\\Ångström", "corp\\ångström", "ångström");
    }

    #[test]
    fn what_is_no_user_name_is_refused() {
        for (text, want) in [
            ("ab", Reason::Length),
            ("张伟", Reason::Length),
            (&"x".repeat(65), Reason::Length),
            (&"é".repeat(65), Reason::Length),
            ("anna@example.com", Reason::Syntax),
            ("Änna@example.com", Reason::Syntax),
            ("ab\u{1}c", Reason::Syntax),
            ("!?!", Reason::Placeholder),
            ("$$$", Reason::Placeholder),
            ("★★★", Reason::Placeholder),
            ("---", Reason::Placeholder),
            ("NULL", Reason::Placeholder),
            ("n/a", Reason::Placeholder),
            ("ann****", Reason::Masked),
            ("an•••", Reason::Masked),
        ] {
            assert_eq!(name(text), Err(want), "{text}");
        }
        assert!(name(&"é".repeat(64)).is_ok());
    }
}
