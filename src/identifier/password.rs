//! Passwords: the text as it is.
//!
//! A blank or a capital letter is a part of a password, so that nothing is trimmed, mapped or composed; only line ends
//! come off, which belong to the file. Lists of cracked passwords write those with colons or other scripts as
//! `$HEX[...]`: the bytes inside are the password. Text that is not UTF-8 is refused, for nobody knows which characters
//! were typed.
//!
//! Refused as well: nothing or only blanks, masks of nothing but stars or bullets, and what databases write for no
//! value. Words such as `none` are refused, too: far more cells mean it than people chose it.
//!
//! Two people may have one password. The kind says which passwords are known to attackers, not whose they are.
//!
//! Source: the notation `$HEX[]` of hashcat; SP 800-63B section 3.1.1.2 (passwords are compared as they are typed).

use super::refuse::is_mask_symbol;
use super::{Forms, Reason};

/// Longer ones are other data that slipped into the column.
const BYTES_MAX: usize = 256;

/// What exports write for no value, in lower case.
const NOTHINGS: &[&[u8]] =
    &[b"null", b"\\n", b"(null)", b"<null>", b"[null]", b"none", b"(none)", b"nil", b"undefined", b"n/a"];

/// Copies the password.
pub(super) fn canonicalize(raw: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    let written = without_line_ends(raw);
    match hex_of(written) {
        Some(hex) => {
            push_bytes(hex, &mut forms.exact)?;
            let len = without_line_ends(&forms.exact).len();
            forms.exact.truncate(len);
            // Written so, it would be read as its own content next time.
            if hex_of(&forms.exact).is_some() {
                return Err(Reason::Syntax);
            }
        }
        None if written.len() > BYTES_MAX => return Err(Reason::Length),
        None => forms.exact.extend_from_slice(written),
    }
    check(&forms.exact)
}

fn without_line_ends(raw: &[u8]) -> &[u8] {
    let len = raw.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &raw[..len]
}

/// What stands between the brackets of `$HEX[...]`.
fn hex_of(written: &[u8]) -> Option<&[u8]> {
    written.strip_prefix(b"$HEX[")?.strip_suffix(b"]")
}

/// Appends the bytes of hexadecimal digits.
fn push_bytes(hex: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
    let value = |b: u8| char::from(b).to_digit(16).ok_or(Reason::Syntax);
    let (pairs, rest) = hex.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Reason::Syntax);
    }
    if pairs.len() > BYTES_MAX {
        return Err(Reason::Length);
    }
    for &[high, low] in pairs {
        out.push((value(high)? << 4 | value(low)?) as u8);
    }
    Ok(())
}

fn check(password: &[u8]) -> Result<(), Reason> {
    let text = std::str::from_utf8(password).map_err(|_| Reason::Encoding)?;
    if text.chars().all(char::is_whitespace) {
        Err(Reason::Empty)
    } else if text.chars().all(|c| c == '*' || is_mask_symbol(c)) {
        Err(Reason::Masked)
    } else if NOTHINGS.iter().any(|nothing| nothing.eq_ignore_ascii_case(password)) {
        Err(Reason::Placeholder)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Random;
    use super::*;

    fn password(raw: &[u8]) -> Result<Vec<u8>, Reason> {
        let mut forms = Forms::new();
        canonicalize(raw, &mut forms).map(|()| forms.exact.clone())
    }

    #[test]
    fn only_line_ends_come_off() {
        for text in [
            " Secret ",
            "\tx",
            "a:b",
            "\u{feff}x",
            "Pass\u{e9}",
            "Passe\u{301}",
            "'quoted'",
            "0",
            "p*ss",
            "****x",
            "密码",
            "\0a",
        ] {
            assert_eq!(password(text.as_bytes()), Ok(text.as_bytes().to_vec()), "{text:?}");
            assert_eq!(password(format!("{text}\r\n").as_bytes()), Ok(text.as_bytes().to_vec()), "{text:?}");
        }
        assert_eq!(password(b"a\nb"), Ok(b"a\nb".to_vec()));
    }

    #[test]
    fn hexadecimal_notation_is_the_password_inside() {
        assert_eq!(password(b"$HEX[613a62]"), Ok(b"a:b".to_vec()));
        assert_eq!(password(b"$HEX[C3A4]"), Ok("ä".as_bytes().to_vec()));
        assert_eq!(password(b"$HEX[610a]\n"), Ok(b"a".to_vec()));
        assert_eq!(password(b"$hex[61]"), Ok(b"$hex[61]".to_vec()));
        assert_eq!(password(b"$HEX[e4]"), Err(Reason::Encoding));
        assert_eq!(password(b"$HEX[61f]"), Err(Reason::Syntax));
        assert_eq!(password(b"$HEX[6g]"), Err(Reason::Syntax));
        assert_eq!(password(b"$HEX[]"), Err(Reason::Empty));
        assert_eq!(password(b"$HEX[2a2a2a]"), Err(Reason::Masked));
        // `$HEX[61]` inside of itself.
        assert_eq!(password(b"$HEX[244845585b36315d]"), Err(Reason::Syntax));
    }

    #[test]
    fn what_is_no_password_is_refused() {
        for (raw, want) in [
            (&b""[..], Reason::Empty),
            (b"   ", Reason::Empty),
            (b"\r\n", Reason::Empty),
            (b"*", Reason::Masked),
            (b"********", Reason::Masked),
            ("••••••".as_bytes(), Reason::Masked),
            ("●●●".as_bytes(), Reason::Masked),
            (b"NULL", Reason::Placeholder),
            (b"null", Reason::Placeholder),
            (b"\\N", Reason::Placeholder),
            (b"(null)", Reason::Placeholder),
            (b"p\xe4ss", Reason::Encoding),
            (&[b'a'; 257], Reason::Length),
        ] {
            assert_eq!(password(raw), Err(want), "{}", raw.escape_ascii());
        }
        assert!(password(&[b'a'; 256]).is_ok());
        assert!(password(&[b"$HEX[", &b"61".repeat(256)[..], b"]"].concat()).is_ok());
        assert_eq!(password(&[b"$HEX[", &b"61".repeat(257)[..], b"]"].concat()), Err(Reason::Length));
    }

    #[test]
    fn what_is_accepted_stays_as_it_is() {
        let mut random = Random(0x1eaf);
        for _ in 0..100_000 {
            let len = random.below(24);
            let raw = random.text(b"$HEX[]246185bfa *\r\n\\N\xc3\xa4", len);
            if let Ok(exact) = password(&raw) {
                assert_eq!(password(&exact), Ok(exact.clone()), "{}", raw.escape_ascii());
            }
        }
    }
}
