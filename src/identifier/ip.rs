//! Addresses of the Internet Protocol, in the one way in which each is written.
//!
//! Version 4: four decimal numbers. A leading zero is refused, because some programs read `010` as eight (RFC 6943,
//! section 3.1.1) and nobody can tell which wrote the dump; so are the other forms of `inet_aton`. Version 6: as RFC
//! 5952 writes it. What surrounds an address comes off: a port, brackets, a zone, the length of a prefix that is the
//! whole address. An address of version 4 that is mapped into version 6 is the one of version 4.
//!
//! In a list, as proxies write them (`X-Forwarded-For`), the first address that can be somebody's is taken: it is the
//! nearest to the client. Addresses that mean nobody are `Reserved`: what is not globally reachable in the IANA
//! registries of special purposes, multicast, and whatever version 6 has outside of its global unicast range.
//!
//! An address says little about a person: it changes, and many share it. The kind is weak, and reported so.
//!
//! Source: RFC 791, RFC 4291, RFC 5952; RFC 6890 with the IANA IPv4 and IPv6 Special-Purpose Address Registries of
//! 2025-10-09.

use std::net::Ipv6Addr;

use super::refuse::{is_masked_text, is_placeholder};
use super::{Forms, Reason};

/// Addresses in one field, at most. More are no list of proxies.
const LIST_LEN_MAX: usize = 32;

/// Writes the address as text.
#[inline]
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    match parse_v4(text.as_bytes()) {
        Some((address, len)) if len == text.len() => {
            if is_reserved_v4(address) {
                return Err(Reason::Reserved);
            }
            // Without leading zeros there is one way to write it.
            forms.exact.extend_from_slice(text.as_bytes());
            Ok(())
        }
        _ => match parse_plain_v6(text.as_bytes()) {
            Some(groups) => push_v6_or_mapped(groups, &mut forms.exact),
            None => from_other_text(text, forms),
        },
    }
}

/// Everything but a bare address of version 4.
fn from_other_text(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    if is_masked_text(text) || text.contains('*') {
        return Err(Reason::Masked);
    }
    let mut why = Reason::Syntax;
    for (place, part) in text.split([',', ';']).enumerate() {
        match push_one(part.trim(), &mut forms.exact) {
            Ok(()) => return Ok(()),
            Err(reason) if reason == Reason::Reserved || place == 0 => why = reason,
            Err(_) => {}
        }
        if place == LIST_LEN_MAX {
            return Err(Reason::Syntax);
        }
    }
    if why == Reason::Syntax && is_placeholder(text) { Err(Reason::Placeholder) } else { Err(why) }
}

fn push_one(text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    if let Some((address, len)) = parse_v4(text.as_bytes()) {
        let ends = is_port(&text[len..], true) || &text[len..] == "/32";
        return if ends { push_v4(address, out) } else { Err(Reason::Syntax) };
    }
    push_v6_or_mapped(parse_v6(text).ok_or(Reason::Syntax)?.segments(), out)
}

/// Writes an address of version 6; the one of version 4 inside `::ffff:0:0/96` as such (RFC 4291, section 2.5.5.2).
fn push_v6_or_mapped(groups: [u16; 8], out: &mut Vec<u8>) -> Result<(), Reason> {
    match groups {
        [0, 0, 0, 0, 0, 0xffff, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            push_v4([a, b, c, d], out)
        }
        groups => push_v6(groups, out),
    }
}

/// Whether this is nothing, or a colon and a port.
fn is_port(text: &str, or_nothing: bool) -> bool {
    let Some(port) = text.strip_prefix(':') else { return or_nothing && text.is_empty() };
    (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
}

/// Reads four decimal numbers without leading zeros at the beginning of a text. Output: the address, and how long it
/// was.
#[inline]
fn parse_v4(text: &[u8]) -> Option<([u8; 4], usize)> {
    let mut address = [0; 4];
    let mut at = 0;
    for (place, part) in address.iter_mut().enumerate() {
        if place > 0 {
            if text.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let begin = at;
        let mut value = 0_u32;
        while let Some(digit) = text.get(at).filter(|b| b.is_ascii_digit()) {
            value = value * 10 + u32::from(digit - b'0');
            at += 1;
            if at - begin > 3 {
                return None;
            }
        }
        let padded = at - begin > 1 && text[begin] == b'0';
        if at == begin || padded {
            return None;
        }
        *part = u8::try_from(value).ok()?;
    }
    Some((address, at))
}

/// Reads an address of version 6 without its brackets, port, zone and prefix length.
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    let inner = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (inner, behind) = bracketed.split_once(']')?;
            if !is_port(behind, true) {
                return None;
            }
            inner
        }
        None => text.strip_suffix("/128").unwrap_or(text),
    };
    let (address, zone) = inner.split_once('%').unwrap_or((inner, "0"));
    if zone.is_empty() { None } else { address.parse().ok() }
}

/// Reads eight groups, or fewer with one gap, and nothing else. None is no statement: [`parse_v6`] reads the rest.
#[inline]
fn parse_plain_v6(text: &[u8]) -> Option<[u16; 8]> {
    let mut groups = [0_u16; 8];
    let (mut count, mut gap) = (0, None);
    let mut at = 0;
    if text.starts_with(b"::") {
        (gap, at) = (Some(0), 2);
    }
    while at < text.len() {
        let begin = at;
        let group = groups.get_mut(count)?;
        while let Some(digit) = text.get(at).and_then(|b| char::from(*b).to_digit(16)) {
            *group = *group << 4 | digit as u16;
            at += 1;
        }
        if !(1..=4).contains(&(at - begin)) {
            return None;
        }
        count += 1;
        match (text.get(at), text.get(at + 1)) {
            (None, _) => break,
            (Some(b':'), Some(b':')) if gap.is_none() => (gap, at) = (Some(count), at + 2),
            (Some(b':'), Some(_)) => at += 1,
            _ => return None,
        }
    }
    match gap {
        None if count == 8 => {}
        Some(gap) if count < 8 => groups[gap..].rotate_right(8 - count),
        _ => return None,
    }
    Some(groups)
}

/// Blocks of version 4 that are nobody's: first address, length of the prefix.
const RESERVED_V4: &[(u32, u32)] = &[
    (0x0000_0000, 8),  // 0.0.0.0/8, this network: RFC 791, section 3.2
    (0x0a00_0000, 8),  // 10.0.0.0/8, private: RFC 1918
    (0x6440_0000, 10), // 100.64.0.0/10, between a provider and its customers: RFC 6598
    (0x7f00_0000, 8),  // 127.0.0.0/8, loopback: RFC 1122, section 3.2.1.3
    (0xa9fe_0000, 16), // 169.254.0.0/16, link-local: RFC 3927
    (0xac10_0000, 12), // 172.16.0.0/12, private: RFC 1918
    (0xc000_0000, 24), // 192.0.0.0/24, protocol assignments: RFC 6890, section 2.1
    (0xc000_0200, 24), // 192.0.2.0/24, documentation: RFC 5737
    (0xc0a8_0000, 16), // 192.168.0.0/16, private: RFC 1918
    (0xc612_0000, 15), // 198.18.0.0/15, benchmarks: RFC 2544
    (0xc633_6400, 24), // 198.51.100.0/24, documentation: RFC 5737
    (0xcb00_7100, 24), // 203.0.113.0/24, documentation: RFC 5737
    (0xe000_0000, 4),  // 224.0.0.0/4, multicast: RFC 5771
    (0xf000_0000, 4),  // 240.0.0.0/4, reserved, and broadcast: RFC 1112, section 4; RFC 919, section 7
];

fn is_reserved_v4(address: [u8; 4]) -> bool {
    // Of 192.0.0.0/24 two addresses are reachable: Port Control Protocol and TURN anycast, RFC 7723 and RFC 8155.
    if matches!(address, [192, 0, 0, 9 | 10]) {
        return false;
    }
    let firsts = matches!(address[0], 0 | 10 | 100 | 127 | 169 | 172 | 192 | 198 | 203 | 224..);
    let number = u32::from_be_bytes(address);
    firsts && RESERVED_V4.iter().any(|(block, prefix)| (number ^ block) >> (32 - prefix) == 0)
}

/// Blocks of version 6 in the order in which they are looked up: first address (its upper half), length of the prefix,
/// and whether its addresses can be somebody's.
const BLOCKS_V6: &[(u64, u32, bool)] = &[
    (0x2001_0000_0000_0000, 32, true),  // 2001::/32, Teredo: RFC 4380
    (0x2001_0003_0000_0000, 32, true),  // 2001:3::/32, AMT: RFC 7450
    (0x2001_0004_0112_0000, 48, true),  // 2001:4:112::/48, AS112: RFC 7535
    (0x2001_0020_0000_0000, 28, true),  // 2001:20::/28, ORCHIDv2: RFC 7343
    (0x2001_0030_0000_0000, 28, true),  // 2001:30::/28, drones: RFC 9374
    (0x2001_0000_0000_0000, 23, false), // 2001::/23, protocol assignments: RFC 2928
    (0x2001_0db8_0000_0000, 32, false), // 2001:db8::/32, documentation: RFC 3849
    (0x3fff_0000_0000_0000, 20, false), // 3fff::/20, documentation: RFC 9637
    (0x2000_0000_0000_0000, 3, true),   // 2000::/3, global unicast: RFC 4291
];

fn is_reserved_v6(groups: [u16; 8]) -> bool {
    // 64:ff9b::/96, translated from version 4: RFC 6052.
    if groups[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return false;
    }
    let upper = groups[..4].iter().fold(0, |upper, group| upper << 16 | u64::from(*group));
    let block = BLOCKS_V6.iter().find(|(block, prefix, _)| (upper ^ block) >> (64 - prefix) == 0);
    !block.is_some_and(|(_, _, reachable)| *reachable)
}

fn push_v4(address: [u8; 4], out: &mut Vec<u8>) -> Result<(), Reason> {
    if is_reserved_v4(address) {
        return Err(Reason::Reserved);
    }
    let mut text = [0; 16];
    let mut len = 0;
    for part in address {
        for (divisor, shown) in [(100, part >= 100), (10, part >= 10), (1, true)] {
            if shown {
                text[len] = b'0' + part / divisor % 10;
                len += 1;
            }
        }
        text[len] = b'.';
        len += 1;
    }
    out.extend_from_slice(&text[..len - 1]);
    Ok(())
}

fn push_v6(groups: [u16; 8], out: &mut Vec<u8>) -> Result<(), Reason> {
    if is_reserved_v6(groups) {
        return Err(Reason::Reserved);
    }
    let mut text = [b':'; TEXT_LEN_MAX];
    let mut end = 0;
    let (begin, len) = longest_zeros(&groups);
    let mut place = 0;
    while place < groups.len() {
        if len > 1 && place == begin {
            // The colon before the gap is there already, unless it is the first.
            end += if place == 0 { 2 } else { 1 };
            place += len;
            continue;
        }
        end += write_group(groups[place], &mut text[end..]);
        place += 1;
        end += usize::from(place < groups.len());
    }
    out.extend_from_slice(&text[..end]);
    Ok(())
}

/// Eight groups of four digits, and a colon behind each.
const TEXT_LEN_MAX: usize = 40;

/// Where the longest run of zero groups begins and how long it is; the first of equal ones (RFC 5952, section 4.2.3).
fn longest_zeros(groups: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut begin) = ((0, 0), 0);
    for (place, group) in groups.iter().enumerate() {
        if *group != 0 {
            begin = place + 1;
        } else if place + 1 - begin > best.1 {
            best = (begin, place + 1 - begin);
        }
    }
    best
}

/// Writes a group in lower case without leading zeros (RFC 5952, sections 4.1 and 4.3). Output: how many digits it has.
fn write_group(group: u16, text: &mut [u8]) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let len = (16 - group.leading_zeros()).div_ceil(4).max(1) as usize;
    for (place, digit) in text[..len].iter_mut().rev().enumerate() {
        *digit = HEX[usize::from(group >> (4 * place) & 0xf)];
    }
    len
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::vectors::Random;
    use super::*;

    fn ip(text: &str) -> Result<String, Reason> {
        let mut forms = Forms::new();
        canonicalize(text, &mut forms).map(|()| String::from_utf8(forms.exact.clone()).unwrap())
    }

    #[test]
    fn every_address_of_version_4_is_written_as_the_library_does() {
        let mut random = Random(0x1eaf);
        for _ in 0..100_000 {
            let address =
                [random.below(256) as u8, random.below(256) as u8, random.below(256) as u8, random.below(256) as u8];
            let text = Ipv4Addr::from(address).to_string();
            let want = if is_reserved_v4(address) { Err(Reason::Reserved) } else { Ok(text.clone()) };
            assert_eq!(ip(&text), want, "{text}");
        }
    }

    #[test]
    fn every_address_of_version_6_is_written_as_the_library_does() {
        let mut random = Random(0x1eaf);
        for _ in 0..100_000 {
            let mut groups = [0_u16; 8];
            for group in &mut groups {
                *group = if random.below(2) == 0 { 0 } else { random.below(0x1_0000) as u16 };
            }
            groups[0] = 0x2600 + random.below(0x100) as u16;
            let address = Ipv6Addr::from(groups);
            let (short, whole) = (address.to_string(), groups.map(|group| format!("{group:04X}")).join(":"));
            assert_eq!(ip(&short), Ok(short.clone()));
            assert_eq!(parse_plain_v6(short.as_bytes()), Some(groups), "{short}");
            assert_eq!(ip(&whole), Ok(short));
        }
    }

    #[test]
    fn plain_addresses_are_read_as_the_library_does() {
        let mut random = Random(0x1eaf);
        for _ in 0..300_000 {
            let len = random.below(24);
            let text = String::from_utf8(random.text(b"0::::12fFg", len)).unwrap();
            let want = text.parse::<Ipv6Addr>().ok().map(|address| address.segments());
            assert_eq!(parse_plain_v6(text.as_bytes()), want, "{text}");
        }
    }

    /// The last address before a block, its first and last ones, and the first behind it.
    #[test]
    fn blocks_end_where_they_end() {
        for (begin, end) in [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
        ] {
            let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().unwrap());
            let written = |number: u32| Ipv4Addr::from(number).to_string();
            assert_eq!(ip(begin), Err(Reason::Reserved), "{begin}");
            assert_eq!(ip(end), Err(Reason::Reserved), "{end}");
            assert!(number(begin) == 0 || ip(&written(number(begin) - 1)).is_ok(), "{begin}");
            assert!(ip(&written(number(end) + 1)).is_ok(), "{end}");
        }
        assert!(ip("223.255.255.255").is_ok());
        for text in ["192.0.0.8", "192.0.0.11", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"] {
            assert_eq!(ip(text), Err(Reason::Reserved), "{text}");
        }
        assert!(ip("192.0.0.9").is_ok() && ip("192.0.0.10").is_ok() && ip("192.0.1.0").is_ok());
    }

    #[test]
    fn version_6_is_somebodys_only_in_global_unicast() {
        for text in [
            "::",
            "::1",
            "::1.2.3.4",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "fec0::1",
            "100::1",
            "5f00::1",
            "64:ff9b:1::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:10::1",
            "2001:1ff:ffff::1",
            "3fff::1",
            "3fff:fff::1",
            "1fff::1",
            "4000::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(ip(text), Err(Reason::Reserved), "{text}");
        }
        for text in [
            "2001::1",
            "2001:3::1",
            "2001:4:112::1",
            "2001:20::1",
            "2001:3f::1",
            "2001:200::1",
            "2002:808:808::1",
            "2000::1",
            "2a00:1450:4001::1",
            "3ffe::1",
            "3fff:1000::1",
            "2620:4f:8000::1",
            "64:ff9b::808:808",
            "2001:db9::1",
        ] {
            assert_eq!(ip(text).as_deref(), Ok(text), "{text}");
        }
    }

    #[test]
    fn what_surrounds_an_address_comes_off() {
        for text in [
            "8.8.4.4",
            "8.8.4.4:443",
            "8.8.4.4/32",
            "::ffff:8.8.4.4",
            "::FFFF:0808:0404",
            "[::ffff:8.8.4.4]:80",
            "10.1.2.3, 8.8.4.4",
            "8.8.4.4, 9.9.9.9",
            "unknown, 8.8.4.4",
            "8.8.4.4,",
            "127.0.0.1,10.0.0.1,8.8.4.4:5060",
            "8.8.4.4;10.0.0.1",
            "fe80::1%eth0, 8.8.4.4",
        ] {
            assert_eq!(ip(text).as_deref(), Ok("8.8.4.4"), "{text}");
        }
        for text in [
            "2a00::8",
            "2A00:0:0:0:0:0:0:8",
            "[2a00::8]",
            "[2a00::8]:443",
            "2a00::8%3",
            "[2a00::8%eth0]:1",
            "2a00::8/128",
            "2a00:0000::0008",
            "2a00::0.0.0.8",
        ] {
            assert_eq!(ip(text).as_deref(), Ok("2a00::8"), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "010.1.1.1",
            "8.8.004.4",
            "8.8.8",
            "8.8.8.8.8",
            "256.1.1.1",
            "8.8.8.8/24",
            "8.8.8.8:",
            "8.8.8.8:123456",
            "8.8.8.8x",
            "134744072",
            "0x08080808",
            "8.8.8.-8",
            "2a00::8::1",
            "2a00",
            "2a00::8]",
            "[2a00::8",
            "2a00::8%",
            "2a00::8/64",
            "[8.8.8.8]",
            "example.com",
            "8.8.8.8 9.9.9.9",
            "12345::1",
            "2a00::g",
        ] {
            assert_eq!(ip(text), Err(Reason::Syntax), "{text}");
        }
        for text in ["8.8.8.*", "8.8.**.**", "8.8.8.•"] {
            assert_eq!(ip(text), Err(Reason::Masked), "{text}");
        }
        for text in ["unknown", "-", "null", "0"] {
            assert_eq!(ip(text), Err(Reason::Placeholder), "{text}");
        }
        assert_eq!(ip(&"1.1.1,".repeat(600)), Err(Reason::Syntax));
    }
}
