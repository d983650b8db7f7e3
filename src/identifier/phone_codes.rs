//! Numbers that need no library: their country code, their length and their first digit already say what it would answer.
//!
//! The library walks over metadata and regular expressions for a microsecond and a half. For most numbers of most countries
//! its answer is: the digits as they are, if their number is one that the country uses. It is another where a prefix is
//! taken off, and no prefix begins with one of the digits of the table. Hence a row for each country code:
//!
//! | column | |
//! |---|---|
//! | code | the country code |
//! | regions | those of which it is the code and whose national numbers are read by this row; `-`: none |
//! | lengths | numbers of national digits that the library calls possible |
//! | first | national digits of these lengths that begin so are left as they are: no prefix does |
//! | trunk | `0`: dialled before a national number inside the country, and nothing else is |
//! | abroad | `00`: dialled before a country code, and nothing else is |
//!
//! Countries with more complicated prefixes (Argentina above all) have no row, or fewer first digits. Lengths, digits and
//! prefixes follow from the metadata of libphonenumber; a test compares every row, length and pair of first digits with it.

use std::sync::LazyLock;

use super::Country;

/// What is known of a country code.
pub(super) struct Row {
    pub(super) code: &'static [u8],
    /// The same behind zero bytes.
    pub(super) code_of_four: [u8; 4],
    /// Bit n: n national digits are possible.
    lengths: u32,
    /// Bit n: a number may begin with n.
    first: u32,
    trunk: bool,
    abroad: bool,
}

struct Table {
    rows: Vec<Row>,
    /// For every three first digits, the place of the row of their country code behind 1; 0: there is none.
    by_digits: Vec<u8>,
    /// For every pair of letters, the same.
    by_region: Vec<u8>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { rows: Vec::new(), by_digits: vec![0; 1000], by_region: vec![0; 26 * 26] };
    for line in include_str!("phone_codes.tsv").lines() {
        table.add(line);
    }
    table
});

impl Table {
    fn add(&mut self, line: &'static str) {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (code, regions) = (next(), next());
        let row = Row {
            code: code.as_bytes(),
            code_of_four: behind_zeros(code.as_bytes()),
            lengths: numbers(next()),
            first: numbers(next()),
            trunk: next() == "0",
            abroad: next() == "00",
        };
        self.rows.push(row);
        let place = u8::try_from(self.rows.len()).unwrap_or(0);
        let below = 10_usize.pow(3_u32.saturating_sub(code.len() as u32));
        let first = code.parse().unwrap_or(0) * below;
        self.by_digits[first..first + below].fill(place);
        for region in regions.split(',').filter_map(Country::from_code) {
            self.by_region[pair(region)] = place;
        }
    }

    #[inline]
    fn row(&self, place: u8) -> Option<&Row> {
        self.rows.get(usize::from(place).checked_sub(1)?)
    }

    /// The row whose country code leads these digits.
    #[inline]
    fn of_digits(&self, digits: &[u8]) -> Option<&Row> {
        let value = |digit: u8| usize::from(digit - b'0');
        let [a, b, c, ..] = *digits else { return None };
        self.row(*self.by_digits.get(value(a) * 100 + value(b) * 10 + value(c))?)
    }

    #[inline]
    fn of_region(&self, region: Country) -> Option<&Row> {
        if region.is_none() { None } else { self.row(self.by_region[pair(region)]) }
    }
}

fn pair(region: Country) -> usize {
    let [a, b] = region.bytes().map(|letter| usize::from(letter.wrapping_sub(b'A')) % 26);
    a * 26 + b
}

fn behind_zeros(code: &[u8]) -> [u8; 4] {
    code.iter().fold([0; 4], |[_, b, c, d], digit| [b, c, d, *digit])
}

/// `1-7,9` as a set of bits.
fn numbers(written: &str) -> u32 {
    let number = |digits: &str| digits.parse::<u32>().unwrap_or(0).min(31);
    let run = |run: &str| {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        (number(first)..=number(last)).fold(0, |set, number| set | 1 << number)
    };
    written.split(',').fold(0, |set, one| set | run(one))
}

impl Row {
    /// Whether the library leaves these national digits as they are.
    #[inline]
    fn takes(&self, national: &[u8]) -> bool {
        let [first, ..] = *national else { return false };
        self.lengths >> national.len().min(31) & self.first >> (first - b'0') & 1 == 1
            && (self.code != CHINA || is_chinese_mobile(national))
    }
}

/// Shorter numbers are hardly any with a country code that have the ten digits of a loose form behind it.
pub(super) const WITH_CODE_DIGITS_MIN: usize = 11;

/// Whether digits without a plus, which were read as a national number from their first on, may begin with the code of another
/// country. Eleven digits that are a mobile number of China are one.
#[inline]
pub(super) fn may_have_code(digits: &[u8], code: &[u8]) -> bool {
    digits.len() >= WITH_CODE_DIGITS_MIN
        && code != CHINA
        && digits[0] != b'0'
        && TABLE
            .of_digits(digits)
            .is_none_or(|row| digits.len() > row.code.len() && row.takes(&digits[row.code.len()..]))
}

const CHINA: &[u8] = b"86";
const NORTH_AMERICA: &[u8] = b"1";

/// Numbers that begin with 13 to 19, but not with 179: that is a carrier's prefix, which the library takes off.
fn is_chinese_mobile(digits: &[u8]) -> bool {
    digits[1] >= b'3' && digits[1..3] != *b"79"
}

/// Splits digits into country code and national number; `None` is left to the library.
///
/// Input: digits only; whether a plus leads them; the region where they were written.
pub(super) fn settle(digits: &[u8], plus: bool, region: Country) -> Option<(&'static [u8], &[u8])> {
    let (row, start) = find(digits, plus, region)?;
    Some((row.code, &digits[start..]))
}

/// The row of a number, and where its national digits begin.
#[inline]
pub(super) fn find(digits: &[u8], plus: bool, region: Country) -> Option<(&'static Row, usize)> {
    let table = &*TABLE;
    if plus {
        return international(table, digits, 0);
    }
    let home = table.of_region(region);
    let is = |code: &[u8]| home.is_some_and(|row| row.code == code);
    if digits.starts_with(b"00") {
        // Without a region it can be nothing else. China and North America have other ways abroad, none of which begins so.
        let abroad = region.is_none() || home.is_some_and(|row| row.abroad) || is(NORTH_AMERICA) || is(CHINA);
        return if abroad { international(table, digits, 2) } else { None };
    }
    if digits.starts_with(b"011") && is(NORTH_AMERICA) {
        return international(table, digits, 3);
    }
    let home = home?;
    // A number that the own country code leads, or one that begins with the same digits: only where lengths tell.
    let start = match digits {
        [b'0', ..] if home.trunk => 1,
        [b'0', ..] => return None,
        _ if !digits.starts_with(home.code) => 0,
        _ if home.code == NORTH_AMERICA || home.code == CHINA => home.code.len(),
        _ => return None,
    };
    home.takes(&digits[start..]).then_some((home, start))
}

/// As `find`, for digits whose country code stands at `start`.
#[inline]
fn international(table: &'static Table, digits: &[u8], start: usize) -> Option<(&'static Row, usize)> {
    let row = table.of_digits(digits.get(start..)?)?;
    let start = start + row.code.len();
    row.takes(&digits[start..]).then_some((row, start))
}

#[cfg(test)]
mod tests {
    use super::super::phone::library;
    use super::super::vectors::Random;
    use super::*;
    use crate::identifier::Reason;

    fn digits(random: &mut Random, len: usize) -> String {
        String::from_utf8(random.text(b"0123456789", len)).unwrap()
    }

    /// Every row as it is used: a plus, the way abroad, the trunk prefix, and the number alone.
    #[test]
    fn the_library_says_of_every_length_and_pair_of_first_digits_what_the_table_says() {
        let (mut random, mut compared) = (Random(1_876), 0);
        for line in include_str!("phone_codes.tsv").lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let regions = columns[1].split(',').map(|code| Country::from_code(code).unwrap_or(Country::NONE));
            let regions: Vec<Country> = regions.chain([Country::CN, Country::NONE]).collect();
            for (length, pair) in (3..15).flat_map(|length| (10..100).map(move |pair| (length, pair))) {
                let national = format!("{pair}{}", digits(&mut random, length - 2));
                for (written, plus) in [
                    (format!("{}{national}", columns[0]), true),
                    (format!("00{}{national}", columns[0]), false),
                    (format!("0{national}"), false),
                    (national.clone(), false),
                    (format!("{}{national}", columns[0]), false),
                ] {
                    let region = regions[random.below(regions.len())];
                    let Some((code, rest)) = settle(written.as_bytes(), plus, region) else { continue };
                    // Where 00 is no way abroad, it is one all the same.
                    let abroad = !plus && written.starts_with("00");
                    let dialled = if plus { format!("+{written}") } else { written.replacen("00", "+", abroad.into()) };
                    let found: Result<_, Reason> = library(&dialled, region);
                    assert_eq!(found, Ok([code, rest].concat()), "{dialled} {region:?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 100_000, "{compared}");
    }

    #[test]
    fn what_the_table_does_not_know_is_left_to_the_library() {
        let [cn, us, de, hk, kz] = ["CN", "US", "DE", "HK", "KZ"].map(|code| Country::from_code(code).unwrap());
        for (digits, plus, region) in [
            // Argentina writes 15 inside of a number.
            ("5491123456789", true, de),
            ("01512345678", false, hk),
            // A trunk prefix behind the country code.
            ("4901512345678", true, de),
            // The own country code, or an area code.
            ("491512345678", false, de),
            ("001861381234567", false, hk),
            ("9123456789", false, kz),
            ("12", true, us),
            ("", true, cn),
            ("", false, cn),
            ("00", false, cn),
            ("0", false, de),
        ] {
            assert_eq!(settle(digits.as_bytes(), plus, region), None, "{digits} {region:?}");
        }
    }
}
