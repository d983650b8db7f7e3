//! E-mail addresses.
//!
//! Exact: local part lower-cased, domain as lower-case A-labels. The local part is case-sensitive by RFC 5321, section
//! 2.4, but no large provider makes a difference, and dumps mix cases freely. Fold: what providers deliver to the same
//! mailbox, so that `j.doe+news@googlemail.com` meets `jdoe@gmail.com`.
//!
//! Source: RFC 5321 sections 4.1.2 and 4.5.3.1, RFC 5322 section 3.2.3 (atext), RFC 6531 section 3.3, UTS #46.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use std::ops::RangeInclusive;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::refuse::{is_masked_text, is_placeholder};
use super::{Forms, Reason};

/// RFC 5321 section 4.5.3.1.1, in bytes of the canonical form.
const LOCAL_BYTES_MAX: usize = 64;
/// RFC 5321 section 4.5.3.1.3 allows paths of 256 bytes, two of which are the angle brackets.
const ADDRESS_BYTES_MAX: usize = 254;
/// RFC 1035 section 2.3.4.
const LABEL_BYTES_MAX: usize = 63;

/// Addresses that forms and testers enter for "none".
pub(super) const PLACEHOLDERS: &[&[u8]] = &[
    b"test@test.com",
    b"none@none.com",
    b"no@no.com",
    b"na@na.com",
    b"a@a.com",
    b"asdf@asdf.com",
    b"null@null.com",
    b"no@email.com",
    b"email@email.com",
    b"noemail@noemail.com",
];

/// Writes the exact and the folded form of an address.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let (address, is_link) = bare(text);
    let decoded = is_link.then(|| decoded(address)).flatten();
    let address = decoded.as_ref().map_or(address, |decoded| decoded.as_str());
    if is_masked_text(address) {
        return Err(Reason::Masked);
    }
    let Some(at) = memchr::memrchr(b'@', address.as_bytes()) else {
        return Err(if is_placeholder(address) { Reason::Placeholder } else { Reason::Syntax });
    };
    let (local, domain) = (&address[..at], &address[at + 1..]);
    push_local(local, &mut forms.exact)?;
    let local_len = forms.exact.len();
    forms.exact.push(b'@');
    push_domain(domain, &mut forms.exact)?;
    if local_len > LOCAL_BYTES_MAX || forms.exact.len() > ADDRESS_BYTES_MAX {
        return Err(Reason::Length);
    }
    if PLACEHOLDERS.contains(&forms.exact.as_slice()) {
        return Err(Reason::Placeholder);
    }
    fold(local_len, forms);
    Ok(())
}

/// Strips what surrounds an address in a link, a header or a sentence: `mailto:` with its query, angle brackets and the name of its
/// owner before them (RFC 5322, section 3.4), other brackets, a comma or semicolon behind it. Output: the rest, and whether it is of
/// a link.
fn bare(text: &str) -> (&str, bool) {
    let text = text.trim_end_matches([';', ',']);
    let inner = text.strip_suffix('>').and_then(|text| Some(&text[text.rfind('<')? + 1..]));
    let bracketed = [('(', ')'), ('[', ']')];
    let within = bracketed.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    let text = inner.or(within).unwrap_or(text).trim();
    let Some(scheme) = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")) else {
        return (text, false);
    };
    let link = text[scheme.len()..].trim();
    let query = link.find('@').and_then(|at| link[at..].find('?').map(|offset| at + offset));
    (&link[..query.unwrap_or(link.len())], true)
}

/// A text whose percent signs stand for other bytes (RFC 6068, section 2); none if there are none, or they give no text.
fn decoded(link: &str) -> Option<Zeroizing<String>> {
    memchr::memchr(b'%', link.as_bytes())?;
    let mut bytes = Vec::with_capacity(link.len());
    let mut rest = link.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let digit = |place: usize| behind.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((16 * high + low) as u8);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

/// Lower case of every byte that RFC 5322 allows in a dot-atom, zero for the others.
const ATEXT: [u8; 256] = {
    let mut table = [0; 256];
    let allowed = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+/=?^_`{|}~-.";
    let mut i = 0;
    while i < allowed.len() {
        table[allowed[i] as usize] = allowed[i].to_ascii_lowercase();
        i += 1;
    }
    table
};

/// Lower case of letters, digits, hyphen and dot, zero for the others.
const LDH: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() || b == b'-' || b == b'.' {
            table[byte] = b.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

fn push_local(local: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    if let Some(quoted) = local.strip_prefix('"') {
        return push_quoted(quoted.strip_suffix('"').ok_or(Reason::Syntax)?, out);
    }
    if local.is_ascii() { push_atoms(local.as_bytes(), out) } else { push_unicode(local, out) }
}

/// Appends a dot-atom in lower case; atoms are not empty.
fn push_atoms(local: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
    let start = out.len();
    out.extend(local.iter().map(|b| ATEXT[usize::from(*b)]));
    let legal = !out[start..].contains(&0);
    if legal && dots_separate(local) { Ok(()) } else { Err(Reason::Syntax) }
}

/// Whether dots stand only between other characters.
fn dots_separate(local: &[u8]) -> bool {
    let mut previous = b'.';
    for &b in local {
        if b == b'.' && previous == b'.' {
            return false;
        }
        previous = b;
    }
    previous != b'.'
}

/// Appends a local part of RFC 6531: atoms with any visible character beyond ASCII.
fn push_unicode(local: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    if mixes_scripts(local) {
        return Err(Reason::Syntax);
    }
    let lowered = Zeroizing::new(local.to_lowercase());
    let start = out.len();
    let mut utf8 = [0; 4];
    for c in lowered.nfkc() {
        let legal = if c.is_ascii() { ATEXT[c as usize] != 0 } else { !c.is_whitespace() && !c.is_control() };
        if !legal {
            return Err(Reason::Syntax);
        }
        out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }
    if dots_separate(&out[start..]) { Ok(()) } else { Err(Reason::Syntax) }
}

/// Whether Latin letters or digits stand among Chinese, Japanese or Korean ones: text that is written without blanks stands right before
/// and behind addresses, and nobody has such an address. Registries of top-level domains do not mix them either.
fn mixes_scripts(text: &str) -> bool {
    // Radicals, kana and ideographs; Hangul; compatibility ideographs; kana of half width. No marks.
    const CJK: [RangeInclusive<char>; 5] = [
        '\u{2e80}'..='\u{2fdf}',
        '\u{3040}'..='\u{9fff}',
        '\u{ac00}'..='\u{d7ff}',
        '\u{f900}'..='\u{faff}',
        '\u{ff66}'..='\u{ff9f}',
    ];
    let is_cjk = |c: char| CJK.iter().any(|range| range.contains(&c));
    !text.is_ascii() && text.chars().any(is_cjk) && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// Appends a quoted local part; without the quotes where it needs none (RFC 5321 section 4.1.2: both are one mailbox).
fn push_quoted(content: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    let start = out.len();
    if content.is_ascii() && push_atoms(content.as_bytes(), out).is_ok() {
        return Ok(());
    }
    out.truncate(start);
    out.push(b'"');
    let mut bytes = content.bytes();
    while let Some(b) = bytes.next() {
        let b = if b == b'\\' {
            bytes.next().ok_or(Reason::Syntax)?
        } else if b == b'"' {
            0
        } else {
            b
        };
        if !matches!(b, b' '..=b'~') {
            return Err(Reason::Syntax);
        }
        if matches!(b, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(b.to_ascii_lowercase());
    }
    out.push(b'"');
    if out.len() == start + 2 { Err(Reason::Syntax) } else { Ok(()) }
}

/// Appends a domain: A-labels in lower case, no dot at the end, at least two labels, no address literal.
pub(super) fn push_domain(domain: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    if !domain.is_ascii() {
        let dots = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
        let last = domain.trim_end_matches(dots).rsplit(dots).next();
        if last.is_some_and(mixes_scripts) {
            return Err(Reason::Syntax);
        }
        return push_a_labels(domain, out);
    }
    let start = out.len();
    let domain = domain.strip_suffix('.').unwrap_or(domain).as_bytes();
    out.extend(domain.iter().map(|b| LDH[usize::from(*b)]));
    let lowered = &out[start..];
    if lowered.contains(&0) {
        return Err(Reason::Syntax);
    }
    if check_labels(lowered)? {
        // Punycode is decoded and encoded again, so that a wrong one is refused.
        out.truncate(start);
        return push_a_labels(std::str::from_utf8(domain).map_err(|_| Reason::Encoding)?, out);
    }
    Ok(())
}

/// Checks hyphens, lengths and number of labels; says whether one of them is punycode.
fn check_labels(domain: &[u8]) -> Result<bool, Reason> {
    let (mut labels, mut punycode, mut numeric) = (0, false, false);
    for label in domain.split(|b| *b == b'.') {
        let (Some(first), Some(last)) = (label.first(), label.last()) else { return Err(Reason::Syntax) };
        if label.len() > LABEL_BYTES_MAX {
            return Err(Reason::Length);
        }
        if *first == b'-' || *last == b'-' {
            return Err(Reason::Syntax);
        }
        labels += 1;
        punycode |= label.starts_with(b"xn--");
        numeric = last.is_ascii_digit() && label.iter().all(u8::is_ascii_digit);
    }
    if labels < 2 || numeric { Err(Reason::Syntax) } else { Ok(punycode) }
}

/// Appends the A-labels of a domain that has other letters or punycode.
fn push_a_labels(domain: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    let domain = domain.strip_suffix(['.', '\u{3002}']).unwrap_or(domain);
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map_err(|_| Reason::Syntax)?;
    check_labels(ascii.as_bytes())?;
    out.extend_from_slice(ascii.as_bytes());
    Ok(())
}

/// The domain under which a provider delivers all its names, and whether it ignores dots in local parts.
fn mailbox(domain: &[u8]) -> (&[u8], bool) {
    match domain {
        b"gmail.com" | b"googlemail.com" => (b"gmail.com", true),
        b"icloud.com" | b"me.com" | b"mac.com" => (b"icloud.com", false),
        b"proton.me" | b"protonmail.com" | b"protonmail.ch" | b"pm.me" => (b"proton.me", false),
        b"ya.ru" => (b"yandex.ru", false),
        _ => match domain.strip_prefix(b"yandex.") {
            Some(
                b"ru" | b"com" | b"by" | b"kz" | b"ua" | b"uz" | b"com.tr" | b"com.am" | b"com.ge" | b"co.il" | b"az"
                | b"ee" | b"fr" | b"lt" | b"lv" | b"md" | b"tj" | b"tm" | b"kg",
            ) => (b"yandex.ru", false),
            _ => (domain, false),
        },
    }
}

/// Writes the folded form where it differs: no `+` tag, no dots at Google, one domain per provider.
///
/// Tags are cut at every domain: Outlook, Fastmail and most others use `+` for them, and few mailboxes have one in
/// their name. A tag that is the whole local part stays.
pub(super) fn fold(local_len: usize, forms: &mut Forms) {
    let (local, domain) = (&forms.exact[..local_len], &forms.exact[local_len + 1..]);
    if local[0] == b'"' {
        return;
    }
    let (mailbox_domain, without_dots) = mailbox(domain);
    let base = match memchr::memchr(b'+', local) {
        Some(plus) if plus > 0 => &local[..plus],
        _ => local,
    };
    let dotted = without_dots && base.contains(&b'.');
    if base.len() == local_len && !dotted && mailbox_domain == domain {
        return;
    }
    forms.fold.extend(base.iter().copied().filter(|b| !(dotted && *b == b'.')));
    forms.fold.push(b'@');
    forms.fold.extend_from_slice(mailbox_domain);
}
