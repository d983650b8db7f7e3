//! Unsalted hashes of values, as dumps hold them instead of the values, and as they are made of values to meet those.
//!
//! Canonical are the lower-case hexadecimal digits. Dumps write them in either case, behind `0x` or `\x`, in base64
//! with or without padding and with the letters of addresses, and behind the name of the scheme as in LDAP (RFC 3112:
//! `{SHA}`). NT hashes are also found in the lines of a password dump, `name:1001:lm:nt:::`.
//!
//! Only the length tells the algorithms apart, and MD5 and NT hashes not even that: the column says which one it is.
//! Hashes that everybody knows are placeholders: those of nothing, of a zero, of `null`. Salted hashes cannot meet
//! anything: they have other lengths, or a scheme in front (`$2y$`, `{SSHA}`), and are refused; so is `*` with 40
//! digits, the double SHA-1 of MySQL.
//!
//! Source: RFC 1321 (MD5), FIPS 180-4 (SHA-1, SHA-256), RFC 1320 (MD4) and MS-NLMP section 3.3.1 (NTOWFv1); RFC 4648
//! (base64).

use md4::Md4;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::refuse::{is_masked_text, is_one_repeated, is_placeholder};
use super::{Form, Forms, KindSpec, Reason};

/// SHA-256 is the longest.
const HASH_BYTES_MAX: usize = 32;

/// Appends the unsalted hash of bytes as lower-case hexadecimal digits, which are the canonical form of a hash in a
/// dump.
///
/// Input: the bytes as they would have been hashed; for NT hashes UTF-8, what is not becomes replacement characters.
/// Output: 32, 40 or 64 digits; nothing for forms that are no hash. Cost: no heap beyond `out`; 100 to 300 ns for short
/// values.
/// Source: as above.
pub fn hash_of(form: Form, bytes: &[u8], out: &mut Vec<u8>) {
    match form {
        Form::Md5 => push_hex(&Md5::digest(bytes), out),
        Form::Sha1 => push_hex(&Sha1::digest(bytes), out),
        Form::Sha256 => push_hex(&Sha256::digest(bytes), out),
        Form::Ntlm => push_hex(&nt_hash(bytes), out),
        Form::Plain | Form::Loose | Form::Unchecked => {}
    }
}

/// MD4 of the text as UTF-16 in little-endian order.
fn nt_hash(bytes: &[u8]) -> [u8; 16] {
    let mut hash = Md4::new();
    for chunk in bytes.utf8_chunks() {
        chunk.valid().encode_utf16().for_each(|unit| hash.update(unit.to_le_bytes()));
        if !chunk.invalid().is_empty() {
            hash.update(0xfffd_u16.to_le_bytes());
        }
    }
    hash.finalize().into()
}

fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.extend(bytes.iter().flat_map(|b| [HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]));
}

/// Bytes of a hash; zero for forms that are none.
fn bytes_of(form: Form) -> usize {
    match form {
        Form::Md5 | Form::Ntlm => 16,
        Form::Sha1 => 20,
        Form::Sha256 => 32,
        Form::Plain | Form::Loose | Form::Unchecked => 0,
    }
}

/// Schemes in front of an unsalted hash, in upper case: RFC 2307 and 3112, and the names of mail servers.
fn schemes(form: Form) -> &'static [&'static str] {
    match form {
        Form::Md5 => &["MD5", "PLAIN-MD5", "LDAP-MD5", "MD5.HEX", "MD5.B64"],
        Form::Sha1 => &["SHA", "SHA1", "SHA.HEX", "SHA1.HEX", "SHA.B64", "SHA1.B64"],
        Form::Sha256 => &["SHA256", "SHA256.HEX", "SHA256.B64"],
        Form::Ntlm => &["NT", "NTLM"],
        Form::Plain | Form::Loose | Form::Unchecked => &[],
    }
}

/// Hashes of nothing, one and two blanks or line ends, `0`, `-`, and the words for no value; and the LM hash of
/// nothing, which stands beside NT hashes.
const KNOWN: &[&str] = &[
    "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
    "03161824a9c3d111ebc3f4fc42eb28b8",
    "08d2e98e6754af941484848930ccbaddfefe13d6",
    "11e623a37e87cf7995c466723ec99688d55cae8c",
    "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe",
    "176f35a2504a02158fd49212ab7a6603",
    "1b5c2d54c2a6d504b17ae8388a6a3c49",
    "274b68192b056e268f128ff63bfcd4a4",
    "2be88ca4242c76e8253ac62474851065032d6833",
    "31d6cfe0d16ae931b73c59d7e0c089c0",
    "334c4a4c42fdb79d7ebc3e73b517e6f8",
    "336d5ebc5436534e61d16e63ddfca327",
    "36a9e7f1c95b82ffb99743e0c5c4ce95d83c9a430aac59f84ef3cbfab6145068",
    "36c99cb682f6ad8f8013367a029cf734",
    "37a6259cc0c1dae299a7866489dff0bd",
    "382b0f5185773fa0f67a8ed8056c7759",
    "3973e022e93220f9212c18d0d0c543ae7c309e46640da93a4a0314de999f5112",
    "3bc15c8aae3e4124dd409035f32ea2fd6835efc9",
    "3d7100961e1a772b1e22c74bd1afacc2",
    "4155fe625332cf1305e112a0e63a36ab",
    "44cf96cd9868266c5d82f421d3502c53",
    "44d0dc437936b13f7cea2f77053806bd",
    "483707e791c24bf4f182daf8d06032f62bf516af",
    "50f013532a9770a2c2cfdc38b7581dd01df69b70",
    "5e543256c480ac577d30f76f9120eb74",
    "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    "68b329da9893e34099c7d8ad5cb9c940",
    "6adf97f83acf6453d4a6a4b1070f3754",
    "6c3e226b4d4795d518ab341b0824ec29",
    "6eef6648406c333a4035cd5e60d0bf2ecf2606d7",
    "71c5391067de41fad6f3063162e5eeff",
    "71f8e7976e4cbc4561c9d62fb283e7f788202acb",
    "7215ee9c7d9dc229d2921a40e899ec5f",
    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    "7bc26760a19fc23e0996daa99744ca80",
    "7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6",
    "81051bcc2cf1bedf378224b0a93e2877",
    "88aa84a238f69495bac313e02a6fd49b",
    "8d9e39a2502fdbd388bee9b8cea6de88",
    "9b2d5b4678781e53038e91ea5324530a03f27dc1d0e5f6c9bc9d493a23be9de0",
    "a3d2de7675556553a5f08e4c88d2c228",
    "a683c5c5349f6f7fb903ba8a9e7e55d0ba1b8f03579f95be83f4954c33e81098",
    "aad3b435b51404eeaad3b435b51404ee",
    "ac1851d2c61045ce0a3e21e43e732d94",
    "adc83b19e793491b1c6ea0fd8b46cd9f32e592fc",
    "b582d3167c70c098fdfefc2c847a1aae83150febc4602a51ef83a84a175d417c",
    "b6589fc6ab0dc82cf12099d1c2d40ab994e8410c",
    "b858cb282617fb0956d960215c8e84d1ccf909c6",
    "ba8ab5a0280b953aa97435ff8946cbcbb2755a27",
    "bfcc39b525a7e4885211e107ecc7116a",
    "ce367da63e425d16c6b84db773cb27b5",
    "cfcd208495d565ef66e7dff9f98764da",
    "d41d8cd98f00b204e9800998ecf8427e",
    "d5d4cd07616a542891b7ec2d0257b3a24b69856e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "dc937b59892604f5a86ac96936cd7ff09e25f18ae6b758e8014a24c7fa039e91",
    "e2f79e5b60330bba4c289962231b6ba2957d0b14e7deb3110417003c79dea635",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
    "eef19c54306daa69eda49c0272623bdb5e2b341f",
    "fb329000228cc5a24c264c57139de8bf854fc86fc18bf1c04ab61a2b5cb4b921",
];

/// Writes the hash as lower-case hexadecimal digits.
pub(super) fn canonicalize(spec: KindSpec, text: &str, forms: &mut Forms) -> Result<(), Reason> {
    accept(spec.form, text, forms).map_err(|reason| {
        let double = text.len() == 41 && text.starts_with('*');
        if !double && reason != Reason::Placeholder && (is_masked_text(text) || text.contains('*')) {
            Reason::Masked
        } else if is_placeholder(text) {
            Reason::Placeholder
        } else {
            reason
        }
    })
}

fn accept(form: Form, text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let written = if form == Form::Ntlm { nt_field(text)? } else { text };
    let written = without_scheme(form, written)?;
    let mut hash = [0; HASH_BYTES_MAX];
    let hash = &mut hash[..bytes_of(form)];
    read(written.as_bytes(), hash)?;
    if is_one_repeated(hash) {
        return Err(Reason::Placeholder);
    }
    push_hex(hash, &mut forms.exact);
    if KNOWN.binary_search_by(|known| known.as_bytes().cmp(&forms.exact)).is_ok() {
        Err(Reason::Placeholder)
    } else {
        Ok(())
    }
}

/// The NT hash in a line `name:1001:lm:nt:::`, or in a pair `lm:nt`; any other text as it is.
fn nt_field(text: &str) -> Result<&str, Reason> {
    if !text.contains(':') {
        return Ok(text);
    }
    let mut fields = text.split(':');
    let is_hash = |field: &str| field.len() == 32 && field.bytes().all(|b| b.is_ascii_hexdigit());
    let (first, second) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
    let field = match (fields.next(), fields.next()) {
        (None, None) if is_hash(first) => second,
        (Some(_), Some(nt)) => nt,
        _ => return Err(Reason::Syntax),
    };
    // Older tools write this for an account without a password.
    if field.starts_with("NO PASSWORD") { Err(Reason::Placeholder) } else { Ok(field) }
}

/// Strips a scheme of the form. Errors: `Syntax` for other schemes.
fn without_scheme(form: Form, text: &str) -> Result<&str, Reason> {
    let Some((scheme, hash)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) else { return Ok(text) };
    let known = schemes(form).iter().any(|known| known.eq_ignore_ascii_case(scheme));
    if known { Ok(hash) } else { Err(Reason::Syntax) }
}

/// Reads hexadecimal digits or base64 of exactly so many bytes.
fn read(text: &[u8], hash: &mut [u8]) -> Result<(), Reason> {
    let digits = [&b"0x"[..], b"0X", b"\\x"].iter().find_map(|prefix| text.strip_prefix(*prefix)).unwrap_or(text);
    if digits.len() == 2 * hash.len() && read_hex(digits, hash).is_some() {
        return Ok(());
    }
    let unpadded = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let padded_len = hash.len().div_ceil(3) * 4;
    let fits = unpadded.len() == (hash.len() * 8).div_ceil(6)
        && matches!(text.len(), len if len == unpadded.len() || len == padded_len);
    if fits {
        return read_base64(unpadded, hash).ok_or(Reason::Syntax);
    }
    let in_base64 = |b: &u8| sextet(*b).is_some() || *b == b'=';
    if text.iter().all(in_base64) { Err(Reason::Length) } else { Err(Reason::Syntax) }
}

fn read_hex(digits: &[u8], hash: &mut [u8]) -> Option<()> {
    let mut wrong = 0;
    for (byte, [high, low]) in hash.iter_mut().zip(digits.as_chunks::<2>().0) {
        let (high, low) = (NIBBLES[usize::from(*high)], NIBBLES[usize::from(*low)]);
        wrong |= high | low;
        *byte = high << 4 | low & 0xf;
    }
    (wrong < NO_DIGIT).then_some(())
}

/// More than any digit.
const NO_DIGIT: u8 = 0x10;

/// Values of hexadecimal digits in either case.
const NIBBLES: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        table[digit as usize] = value;
        table[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    table
};

/// The six bits of a character, in both alphabets (RFC 4648, sections 4 and 5).
fn sextet(b: u8) -> Option<u32> {
    let value = match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Reads base64 without padding. None for other characters, and for bits behind the last byte that are not zero.
fn read_base64(text: &[u8], hash: &mut [u8]) -> Option<()> {
    let (mut bits, mut held, mut place) = (0_u32, 0, 0);
    for &b in text {
        bits = bits << 6 | sextet(b)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            *hash.get_mut(place)? = (bits >> held) as u8;
            place += 1;
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0 && place == hash.len()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::super::vectors::Random;
    use super::*;

    fn hashed(form: Form, text: &str) -> Result<String, Reason> {
        let mut forms = Forms::new();
        canonicalize(KindSpec::hashed(Kind::Password, form), text, &mut forms)
            .map(|()| String::from_utf8(forms.exact.clone()).unwrap())
    }

    fn hex(form: Form, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        hash_of(form, bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hashes_agree_with_the_standards() {
        for (form, text, want) in [
            // RFC 1321, appendix A.5.
            (Form::Md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
            (Form::Md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
            (Form::Md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            // FIPS 180-4, example values of NIST.
            (Form::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Form::Sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (Form::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            // MS-NLMP, section 4.2.2.1.2: NTOWFv1 of "Password".
            (Form::Ntlm, "Password", "a4f49c406510bdcab6824ee7c30fd852"),
            (Form::Ntlm, "", "31d6cfe0d16ae931b73c59d7e0c089c0"),
            (Form::Ntlm, "password", "8846f7eaee8fb117ad06bdd830b7586c"),
        ] {
            assert_eq!(hex(form, text.as_bytes()), want, "{form:?} {text}");
        }
        assert_eq!(hex(Form::Ntlm, "\u{1f511}ä".as_bytes()), "8954f253ee07a4f29c71644f3c88c21e");
        assert_eq!(hex(Form::Ntlm, b"a\xff"), hex(Form::Ntlm, "a\u{fffd}".as_bytes()));
        assert_eq!(hex(Form::Plain, b"abc"), "");
    }

    #[test]
    fn every_known_hash_is_one_of_nothing() {
        let nothings =
            ["", " ", "\n", "\r\n", "0", "-", "null", "NULL", "None", "none", "nan", "n/a", "N/A", "undefined", "\\N"];
        let mut hashes: Vec<String> =
            Form::HASHES.iter().flat_map(|form| nothings.map(|nothing| hex(*form, nothing.as_bytes()))).collect();
        hashes.push("aad3b435b51404eeaad3b435b51404ee".to_owned());
        hashes.sort_unstable();
        assert_eq!(hashes, KNOWN);
        for form in Form::HASHES {
            assert_eq!(hashed(form, &hex(form, b"")), Err(Reason::Placeholder));
            assert_eq!(hashed(form, &"0".repeat(2 * bytes_of(form))), Err(Reason::Placeholder));
        }
    }

    /// What a value hashes to, and any notation of that hash in a dump, are the same bytes.
    #[test]
    fn every_notation_meets_the_hash_of_the_value() {
        let mut random = Random(0x1eaf);
        for _ in 0..5_000 {
            let len = 4 + random.below(20);
            let value = random.text(b"abcdefghijklmnopqrstuvwxyz0123456789", len);
            for form in Form::HASHES {
                let want = hex(form, &value);
                let bytes: Vec<u8> =
                    (0..want.len() / 2).map(|i| u8::from_str_radix(&want[2 * i..2 * i + 2], 16).unwrap()).collect();
                let padded = base64_of(&bytes);
                let scheme = schemes(form)[random.below(schemes(form).len())];
                for written in [
                    want.clone(),
                    want.to_uppercase(),
                    format!("0x{want}"),
                    format!("\\x{want}"),
                    padded.clone(),
                    padded.trim_end_matches('=').to_owned(),
                    padded.replace('+', "-").replace('/', "_"),
                    format!("{{{scheme}}}{padded}"),
                    format!("{{{}}}{want}", scheme.to_lowercase()),
                ] {
                    assert_eq!(hashed(form, &written).as_ref(), Ok(&want), "{form:?} {written}");
                }
            }
        }
    }

    fn base64_of(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let letters = bytes.chunks(3).flat_map(|three| {
            let bits = three.iter().fold(0, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
            (0..4).map(move |i| match i > three.len() {
                true => '=',
                false => char::from(LETTERS[(bits >> (18 - 6 * i) & 63) as usize]),
            })
        });
        letters.collect()
    }

    #[test]
    fn lines_of_password_dumps_give_their_nt_hash() {
        let nt = "8846f7eaee8fb117ad06bdd830b7586c";
        for line in [
            format!("bob:1103:aad3b435b51404eeaad3b435b51404ee:{nt}:::"),
            format!("CORP\\bob:1103:aad3b435b51404eeaad3b435b51404ee:{}:::", nt.to_uppercase()),
            format!("bob:1103:NO PASSWORD*********************:{nt}:::"),
            format!("aad3b435b51404eeaad3b435b51404ee:{nt}"),
        ] {
            assert_eq!(hashed(Form::Ntlm, &line).as_deref(), Ok(nt), "{line}");
            assert!(hashed(Form::Md5, &line).is_err(), "{line}");
        }
        let empty = "bob:1103:aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0:::";
        assert_eq!(hashed(Form::Ntlm, empty), Err(Reason::Placeholder));
        let none = "bob:1103:NO PASSWORD*********************:NO PASSWORD*********************:::";
        assert_eq!(hashed(Form::Ntlm, none), Err(Reason::Placeholder));
        assert_eq!(hashed(Form::Ntlm, &format!("{nt}:salt")), Err(Reason::Length));
        assert_eq!(hashed(Form::Ntlm, "a:b:c"), Err(Reason::Syntax));
    }

    #[test]
    fn what_is_no_hash_of_the_form_is_refused() {
        let md5 = hex(Form::Md5, b"abc");
        let sha1 = hex(Form::Sha1, b"abc");
        for (form, text, want) in [
            (Form::Md5, sha1.as_str(), Reason::Length),
            (Form::Sha1, &md5, Reason::Length),
            (Form::Sha256, &sha1, Reason::Length),
            (Form::Md5, &md5[..16], Reason::Length),
            (Form::Md5, &format!("{md5}:salt"), Reason::Syntax),
            (Form::Md5, &format!("{}g", &md5[..31]), Reason::Length),
            (Form::Md5, "$1$salt$qJH7.N4xYta3aEG/dfqo/0", Reason::Syntax),
            (Form::Md5, "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", Reason::Syntax),
            (Form::Sha1, "{SSHA}MTIzNDU2Nzg5MDEyMzQ1Njc4OTBzYWx0", Reason::Syntax),
            (Form::Sha1, "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", Reason::Syntax),
            (Form::Md5, "900150983cd2****************28e17f72", Reason::Masked),
            (Form::Md5, "null", Reason::Placeholder),
            (Form::Md5, "kAFQmDzST7DWlj99KOF/cx", Reason::Syntax),
            (Form::Md5, "hello world", Reason::Syntax),
        ] {
            assert_eq!(hashed(form, text), Err(want), "{form:?} {text}");
        }
    }
}
