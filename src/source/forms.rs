//! Lines of a name, a blank or an equal sign, and a value: the forms that a browser has filled in, as some stealers write them.
//!
//! ```text
//! email anna@example.com            email=anna@example.com
//! billing_phone +49 551 123456      billing_phone = +49 551 123456
//! q how to cook rice                q => how to cook rice
//! ```
//!
//! The name is the first word of a line, the value is all the rest behind what separates them. No column holds one kind: what a value is, its name says, line by
//! line. A line that does not begin with a name is a value without one, so that what is searched for addresses is not lost.

use std::collections::BTreeSet;

use super::found;
use super::record::Record;

/// The names of the columns, in their order.
pub(super) const COLUMNS: [&str; 2] = ["name", "value"];
const NAME: u32 = 0;
const VALUE: u32 = 1;

/// What separates names and values, the longer before what they begin with.
const BETWEEN: [&[u8]; 6] = [b" => ", b" -> ", b" = ", b" - ", b"=", b" "];
/// Names of forms are short.
const NAME_BYTES_MAX: usize = 64;

/// Splits a line into [`COLUMNS`]. Whether there is anything in it.
pub(super) fn split(line: &[u8], record: &mut Record) -> bool {
    match bounds(line) {
        Some((name, value)) => {
            record.push(NAME, 0, name);
            record.push(VALUE, value, line.len());
        }
        None => record.push(VALUE, 0, line.len()),
    }
    !line.trim_ascii().is_empty()
}

/// Where the name ends that a line begins with, and where its value begins.
fn bounds(line: &[u8]) -> Option<(usize, usize)> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"_-.:[]$#".contains(byte);
    let name = line.iter().take(NAME_BYTES_MAX + 1).take_while(|byte| is_of_name(byte)).count();
    let rest = &line[name..];
    let between = BETWEEN.iter().find(|between| rest.starts_with(between) && !rest.starts_with(b"=="))?.len();
    let blanks = rest[between..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let begins = line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80 || *byte == b'_');
    let is_name = begins && name <= NAME_BYTES_MAX && line[name - 1] != b':';
    let value = name + between + blanks;
    (is_name && value < line.len()).then_some((name, value))
}

/// Whether a text is lines of names and values: nearly all lines are short and begin with a word, and of the words that tell
/// addresses and telephone numbers most do so rightly. Where addresses stand in the middle of values, it is another text.
pub(super) fn look<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    const NAMES_MIN: usize = 2;
    const WORDS_MAX: usize = 8;
    let (mut all, mut fitting, mut confirmed, mut contradicted) = (0usize, 0usize, 0usize, 0usize);
    let (mut whole, mut inside) = (0usize, 0usize);
    let mut names = BTreeSet::new();
    for line in lines {
        all += 1;
        let Some((name, value)) = bounds(line) else {
            inside += usize::from(found::count_addresses(line) > 0);
            continue;
        };
        let (name, value) = (&line[..name], line[value..].trim_ascii());
        fitting += usize::from(value.split(|byte| *byte == b' ').count() <= WORDS_MAX);
        if names.len() < NAMES_MIN {
            names.insert(name);
        }
        let is_address = is_address(value);
        whole += usize::from(is_address);
        inside += usize::from(!is_address && found::count_addresses(value) > 0);
        let is_told = match told_by(name) {
            Some(Told::Address) => is_address,
            Some(Told::Number) => is_number(value),
            None => continue,
        };
        confirmed += usize::from(is_told);
        contradicted += usize::from(!is_told);
    }
    let are_told = confirmed > contradicted && confirmed * 10 >= whole;
    names.len() >= NAMES_MIN && fitting * 10 >= all * 9 && are_told && inside * 5 <= whole
}

/// What the word says that a line begins with.
enum Told {
    Address,
    Number,
}

fn told_by(name: &[u8]) -> Option<Told> {
    const ADDRESSES: [&str; 4] = ["mail", "correo", "\u{43f}\u{43e}\u{447}\u{442}\u{430}", "\u{90ae}\u{7bb1}"];
    const NUMBERS: [&str; 8] = [
        "phone",
        "mobile",
        "msisdn",
        "telefon",
        "handy",
        "\u{442}\u{435}\u{43b}\u{435}\u{444}\u{43e}\u{43d}",
        "\u{624b}\u{673a}",
        "\u{7535}\u{8bdd}",
    ];
    let name = std::str::from_utf8(name).ok()?.to_lowercase();
    let is_tel = || name.split(|c: char| !c.is_alphanumeric()).any(|part| part == "tel");
    if ADDRESSES.iter().any(|word| name.contains(word)) {
        return Some(Told::Address);
    }
    (NUMBERS.iter().any(|word| name.contains(word)) || is_tel()).then_some(Told::Number)
}

fn is_address(value: &[u8]) -> bool {
    let mut record = Record::new();
    found::split(value, &mut record) && record.len() == 1 && record.field(value, 0).len() == value.len()
}

/// Whether a value can be a telephone number: digits, and marks between them.
fn is_number(value: &[u8]) -> bool {
    const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    DIGITS.contains(&digits) && value.iter().all(|byte| byte.is_ascii_digit() || b"+-()./ ".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_the_name() {
        let check = |line: &str, want: &str| {
            let mut record = Record::new();
            record.begin(0);
            split(line.as_bytes(), &mut record);
            let fields = record.fields(line.as_bytes());
            let shown: Vec<String> =
                fields.map(|(column, value)| format!("{column}={}", String::from_utf8_lossy(value))).collect();
            assert_eq!(shown.join("/"), want, "{line}");
        };
        check("email anna@example.com", "0=email/1=anna@example.com");
        check("login[email]   a b ", "0=login[email]/1=a b ");
        check("\u{624b}\u{673a} 138", "0=\u{624b}\u{673a}/1=138");
        check("email = a = b", "0=email/1=a = b");
        check("email=a=b", "0=email/1=a=b");
        check("e-mail -> a", "0=e-mail/1=a");
        check("email - a", "0=email/1=a");
        check("email=", "1=email=");
        check("email==a", "1=email==a");
        check("email: a", "1=email: a");
        check("anna@example.com x", "1=anna@example.com x");
        check("email", "1=email");
        check("1 x", "1=1 x");
        check(" x", "1= x");
        check("", "1=");
        check(&format!("{} x", "a".repeat(65)), &format!("1={} x", "a".repeat(65)));
    }

    #[test]
    fn lines_of_forms_are_recognised() {
        let check = |text: &str, want: bool| assert_eq!(look(text.lines().map(str::as_bytes)), want, "{text}");
        check("email anna@example.com\nq rice\n", true);
        check("firstname Anna\nbilling_phone +49 551 123456\n", true);
        check("q rice\nhotel Adlon\nfirstname Anna\n", false);
        check("email anna@example.com\nemail bert@example.com\n", false);
        check("q rice\nemail write to anna@example.com\nemail of anna@example.com\n", false);
        check("INFO login of anna@example.com\nWARN login of bert@example.com\nemail carl@example.com\n", false);
        check("phone 10\nmobile 12\nphone +49551123456\n", false);
        // User names and their addresses.
        let users: String = (0..20).map(|n| format!("user{n} anna{n}@example.com\n")).collect();
        check(&format!("{users}mail bert@example.com\n"), false);
        check("", false);
    }
}
