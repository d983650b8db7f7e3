//! Tables between colons whose last column holds colons of its own: `7:anna88:anna@example.com:203.0.113.9:5f4d..:a:|x`.
//!
//! Salts are any printable characters, and a quarter of those of ten characters hold a colon. Rows then have all lengths, as those
//! of a list of logins and passwords have. What tells the two apart is what stands in the columns before the last: addresses,
//! addresses of the Internet Protocol, and hashes of one length stand in one place in a table, and anywhere in passwords.

use super::record::Record;
use super::separated;

/// Enough for a share with an error of a few per cent.
const LINES_MAX: usize = 1000;
/// Columns that are looked at.
const COLUMNS_MAX: usize = 16;
/// Share of lines that have all columns; banners and broken lines are the others.
const SHARE_WHOLE_MIN: f64 = 0.97;
/// Share of lines that have the same kind of value in a column.
const SHARE_ALIKE_MIN: f64 = 0.9;
/// Two are a login and a secret.
const WIDTH_MIN: usize = 3;

/// What a value is, as far as that is told by its looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Address,
    Ip,
    /// Hexadecimal, and so many characters.
    Hash(usize),
    Other,
}

/// How many columns there are, the free one among them. None: this is no such table.
pub(super) fn width<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<usize> {
    let mut rows: Vec<Vec<Looks>> = Vec::new();
    let mut record = Record::new();
    for line in lines.take(LINES_MAX) {
        record.begin(0);
        separated::split_at_colons(line, &mut record);
        rows.push(record.fields(line).take(COLUMNS_MAX).map(|(_, field)| looks(field)).collect());
    }
    let mut widths: Vec<usize> = rows.iter().map(Vec::len).collect();
    widths.sort_unstable();
    let width = *widths.get(((1.0 - SHARE_WHOLE_MIN) * widths.len() as f64) as usize)?;
    let enough = SHARE_ALIKE_MIN * rows.len() as f64;
    let told = |place: usize| {
        let column = || rows.iter().filter_map(|row| row.get(place));
        let first = column().find(|looks| **looks != Looks::Other)?;
        (column().filter(|looks| *looks == first).count() as f64 >= enough).then_some(*first)
    };
    let told: Vec<(usize, Looks)> = (0..width).filter_map(|place| Some((place, told(place)?))).collect();
    // An address and something else, or an address that has more before it than a user name.
    let address = told.iter().find(|(_, looks)| *looks == Looks::Address)?.0;
    (width >= WIDTH_MIN && (told.len() > 1 || (address > 1 && address + 1 < width))).then_some(width)
}

/// Whether nearly all lines begin with an address of the Internet Protocol and a colon: lists of proxies, of servers with logins.
/// Nobody logs in as that.
pub(super) fn begin_with_hosts<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut all, mut hosts) = (0usize, 0usize);
    for line in lines.take(LINES_MAX) {
        all += 1;
        hosts += usize::from(memchr::memchr(b':', line).is_some_and(|colon| looks(&line[..colon]) == Looks::Ip));
    }
    all > 0 && hosts as f64 >= SHARE_ALIKE_MIN * all as f64
}

fn looks(field: &[u8]) -> Looks {
    const HASH_BYTES_MIN: usize = 16;
    let address = || {
        let at = memchr::memchr(b'@', field)?;
        let domain = &field[at + 1..];
        let is_domain =
            domain.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || *byte >= 0x80);
        (at > 0 && is_domain && memchr::memchr(b'.', domain).is_some()).then_some(())
    };
    let is_ip = || {
        let parts = field
            .split(|byte| *byte == b'.')
            .filter(|part| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit));
        field.iter().filter(|byte| **byte == b'.').count() == 3 && parts.count() == 4
    };
    if address().is_some() {
        Looks::Address
    } else if is_ip() {
        Looks::Ip
    } else if field.len() >= HASH_BYTES_MIN && field.iter().all(u8::is_ascii_hexdigit) {
        Looks::Hash(field.len())
    } else {
        Looks::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], want: Option<usize>) {
        let lines = lines.iter().cycle().take(60).map(|line| line.as_bytes());
        assert_eq!(width(lines), want);
    }

    #[test]
    fn columns_before_a_free_one_are_told_from_passwords() {
        let hash = "5f4dcc3b5aa765d61d8327deb882cf99";
        let table = [
            format!("1:anna:anna@example.com:203.0.113.9:{hash}:a:|x"),
            format!("2:bert:bert@example.com:203.0.113.8:{hash}:ab"),
            format!("3:clara:clara@example.com:203.0.113.7:{hash}:::"),
        ];
        check(&table.each_ref().map(String::as_str), Some(6));
        let salted = [format!("anna@example.com:{hash}:a:b"), format!("bert@example.com:{hash}:c")];
        check(&salted.each_ref().map(String::as_str), Some(3));
        check(&["1:anna:anna@example.com:pass:word", "2:bert:bert@example.com:x"], Some(4));
        // Logins and passwords, with or without a user name.
        check(&["anna@example.com:pass:word:x", "bert@example.com:a:b", "clara@example.com:x"], None);
        check(&["anna:anna@example.com:pass:word", "bert:bert@example.com:x"], None);
        check(&["anna:pass:word:x", "bert:a:b:c"], None);
        let hashes = [format!("anna@example.com:{hash}"), format!("bert@example.com:{hash}")];
        check(&hashes.each_ref().map(String::as_str), None);
        check(&[], None);
    }
}
