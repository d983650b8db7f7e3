//! What one value is, where no column says it: a cell of a column in which every cell decides, a value at a path that nobody
//! planned for, a value that somebody asks for.

use super::actions::Action;
use super::evidence::SELF_EVIDENT;
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, is_vouched, readable};

/// The kinds of a cell: an address by its sign, numbers by their check digits, telephone numbers by how they are written, or
/// by what the other plain numbers of their column are. None for a user name. Two where a number passes the check digit of some
/// country and is written as a telephone number, as one in twenty of eleven digits does by chance; the second is what it rather is.
/// Where identity numbers of a country are known to stand in the column, `numbers_of`, what its rule accepts is one, and first of all.
#[inline]
pub(super) fn kinds_of_cell(
    value: &[u8],
    region: Country,
    Action { numbers, numbers_of, .. }: Action,
    canonicalizer: &mut Canonicalizer,
) -> [Option<KindSpec>; 2] {
    let plain = |kind: Kind| Some(KindSpec::new(kind));
    if let Some(at) = memchr::memchr(b'@', value) {
        return [has_address_form(value, at).then_some(KindSpec::new(Kind::Email)), None];
    }
    if !value.iter().any(u8::is_ascii_digit) && value.is_ascii() {
        return [None, None];
    }
    let mut buffer = String::new();
    let text = readable(value, &mut buffer);
    if is_ip(text) {
        return [plain(Kind::Ip), None];
    }
    let national = KindSpec::of(Kind::NationalId, numbers_of);
    if !numbers_of.is_none() && canonicalizer.canonicalize(national, numbers_of, value).is_ok() {
        return [Some(national), is_like_phone(text).then_some(KindSpec::new(Kind::Phone))];
    }
    let mut is = |kind: Kind| {
        let spec = KindSpec::new(kind);
        let accepted = canonicalizer.canonicalize(spec, region, value);
        accepted.is_ok_and(|canonical| is_vouched(kind, &canonical))
    };
    let number = [Kind::NationalId, Kind::Vin, Kind::Iban].into_iter().find(|kind| is(*kind));
    let is_phone = is_like_phone(text) || (numbers != Numbers::Unknown && is_plain_number(text));
    let phone = if is_phone { plain(Kind::Phone) } else { None };
    match number {
        None => [phone, None],
        Some(kind) => [plain(kind), phone],
    }
}

/// Whether what has its first `@` at a place may be an address: something stands before it, and a point behind. `@anna` and
/// `anna@7` are user names.
fn has_address_form(value: &[u8], at: usize) -> bool {
    let behind = &value[at + 1..];
    !value[..at].trim_ascii_start().is_empty() && (memchr::memchr(b'.', behind).is_some() || !behind.is_ascii())
}

/// What plain numbers are in a column in which every cell decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Nobody knows: user names, numbers of accounts.
    #[default]
    Unknown,
    /// Telephone numbers, as they are written in the region.
    OfRegion,
    /// Telephone numbers with their country code, and without a plus.
    WithoutPlus,
}

/// Whether a value is digits alone, as many as telephone numbers have.
pub(super) fn is_plain_number(value: &[u8]) -> bool {
    (9..=15).contains(&value.len()) && value.iter().all(u8::is_ascii_digit)
}

/// Whether a value is an address of the Internet Protocol: the digits of most are as many as those of a telephone number.
#[inline]
pub(super) fn is_ip(value: &[u8]) -> bool {
    const BYTES_MAX: usize = 45;
    let marked = memchr::memchr2(b'.', b':', value).is_some_and(|place| place <= 4);
    marked
        && value.len() <= BYTES_MAX
        && std::str::from_utf8(value).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok())
}

/// Whether a value that nobody planned for is one of the self-evident kinds, or is written as telephone numbers are.
pub(super) fn may_be_identifier(value: &[u8], region: Country, canonicalizer: &mut Canonicalizer) -> bool {
    let mut is = |kind: Kind| {
        let spec = KindSpec::new(kind);
        let accepted = canonicalizer.canonicalize(spec, region, value);
        accepted.is_ok_and(|canonical| kind == Kind::Email || is_vouched(kind, &canonical))
    };
    is_like_phone(readable(value, &mut String::new())) || SELF_EVIDENT.into_iter().any(&mut is)
}

/// The kinds that a single value can be, for whoever does not say which. A user name is anything, so that it is one only if it
/// is nothing else; passwords, names and numbers of organisations have to be asked for.
pub fn kinds_of_value(value: &[u8], region: Country, lenient: bool) -> Vec<KindSpec> {
    let mut canonicalizer = Canonicalizer::new().lenient(lenient);
    let mut accepts = |kind: &Kind| canonicalizer.canonicalize(KindSpec::new(*kind), region, value).is_ok();
    let told = [SELF_EVIDENT.as_slice(), &[Kind::Phone, Kind::Plate, Kind::Ip]].concat();
    let mut kinds: Vec<Kind> = told.into_iter().filter(&mut accepts).collect();
    if kinds.is_empty() && accepts(&Kind::Username) {
        kinds.push(Kind::Username);
    }
    kinds.sort_unstable();
    kinds.into_iter().map(KindSpec::new).collect()
}

/// Whether a value is written as telephone numbers are and plain numbers are not: with a plus, with zeros before it, with
/// separators, or as a Chinese mobile number.
pub(super) fn is_like_phone(value: &[u8]) -> bool {
    let digits: Vec<u8> = value.iter().copied().filter(u8::is_ascii_digit).collect();
    let only = |allowed: &[u8]| value.iter().all(|byte| byte.is_ascii_digit() || allowed.contains(byte));
    let separated = value.first() != Some(&b'-')
        && !is_other_number(value)
        && value.iter().any(|byte| b"-() ".contains(byte))
        && digits.len() >= 9;
    // A date has separators too, but not so many digits.
    let dialled = value.starts_with(b"+") || value.starts_with(b"0");
    let mobile = digits.len() == 11 && digits[0] == b'1' && digits[1] >= b'3';
    !is_ip(value) && only(b"+-() ./") && (9..=15).contains(&digits.len()) && (dialled || separated || mobile)
}

/// Whether a value answers a question with yes or no.
pub(super) fn is_answer(value: &[u8]) -> bool {
    matches!(value, b"0" | b"1")
        || [&b"true"[..], b"false", b"yes", b"no"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value is written as postcodes of the United States are, `87025-5123`, or their social security numbers, `724-35-4588`.
fn is_other_number(value: &[u8]) -> bool {
    is_grouped(value, &[5, 4]) || is_like_ssn(value)
}

/// Whether a value is written as social security numbers of the United States are, which have no check digit.
pub(super) fn is_like_ssn(value: &[u8]) -> bool {
    is_grouped(value, &[3, 2, 4])
}

/// Whether a value is groups of so many digits with a hyphen between them.
fn is_grouped(value: &[u8], lens: &[usize]) -> bool {
    let groups = || value.split(|byte| *byte == b'-');
    groups().map(<[u8]>::len).eq(lens.iter().copied()) && groups().flatten().all(u8::is_ascii_digit)
}

/// Eleven digits that begin with 13 to 19. In North America they would have a 1 before the area code.
pub(super) fn is_chinese_mobile(value: &[u8]) -> bool {
    value.len() == 11 && value[0] == b'1' && value[1] >= b'3' && value.iter().all(u8::is_ascii_digit)
}
