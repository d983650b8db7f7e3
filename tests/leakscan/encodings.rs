//! The ways in which a text may stand in a file: character sets, escapes, and binary-to-text codes.

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX_LOWER: &[u8] = b"0123456789abcdef";
const HEX_UPPER: &[u8] = b"0123456789ABCDEF";

/// The name of an encoding, and the bytes which it makes.
pub type Encoded = (String, Vec<u8>);

/// A text in every encoding.
pub fn of_text(text: &str) -> Vec<Encoded> {
    let utf16le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = binary_to_text("utf8", text.as_bytes());
    all.extend(binary_to_text("utf16le", &utf16le));
    let others = [
        ("utf8", text.as_bytes().to_vec()),
        ("utf16le", utf16le),
        ("utf16be", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("utf32le", text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect()),
        ("rot13", text.chars().map(rot13).collect::<String>().into_bytes()),
    ];
    all.extend(others.map(|(name, bytes)| (name.to_owned(), bytes)));
    all.extend(escapes(text).map(|(name, escaped)| (name.to_owned(), escaped.into_bytes())));
    all
}

/// The first eight bytes of a digest as files hold them. Longer digests, and those truncated later, begin with them.
pub fn of_digest(name: &str, digest: &[u8]) -> Vec<Encoded> {
    let prefix = &digest[..8];
    let encoded = [
        ("binary", prefix.to_vec()),
        ("binary, reversed", prefix.iter().rev().copied().collect()),
        ("hex", radix_text(prefix, HEX_LOWER, 0)),
        ("HEX", radix_text(prefix, HEX_UPPER, 0)),
        ("base64", radix_text(prefix, BASE64, 0)),
        ("base64url", radix_text(prefix, BASE64_URL, 0)),
        ("base32", radix_text(prefix, BASE32, 0)),
    ];
    encoded.map(|(encoding, bytes)| (format!("{name}, {encoding}"), bytes)).to_vec()
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Codes which pack bits into letters, at every alignment at which the text may begin inside a longer encoded run.
fn binary_to_text(charset: &str, bytes: &[u8]) -> Vec<Encoded> {
    let codes = [
        ("hex", HEX_LOWER, 1),
        ("HEX", HEX_UPPER, 1),
        ("base64", BASE64, 3),
        ("base64url", BASE64_URL, 3),
        ("base32", BASE32, 5),
    ];
    let aligned =
        codes.into_iter().flat_map(|(name, alphabet, group)| (0..group).map(move |lead| (name, alphabet, lead)));
    aligned
        .map(|(name, alphabet, lead)| (format!("{charset}, {name}+{lead}"), radix_text(bytes, alphabet, lead)))
        .collect()
}

/// The letters which depend on `bytes` alone when `lead` other bytes stand before and anything after them.
fn radix_text(bytes: &[u8], alphabet: &[u8], lead: usize) -> Vec<u8> {
    let bits = alphabet.len().ilog2() as usize;
    let (first, end) = ((lead * 8).div_ceil(bits), (lead + bytes.len()) * 8 / bits);
    let bit = |at: usize| usize::from(bytes[at / 8 - lead] >> (7 - at % 8) & 1);
    let letter = |index: usize| (index * bits..(index + 1) * bits).fold(0, |value, at| value << 1 | bit(at));
    (first..end).map(|index| alphabet[letter(index)]).collect()
}

/// URL, JSON and HTML escapes: of every character, and only of those that such writers must escape.
fn escapes(text: &str) -> [(&'static str, String); 13] {
    let units =
        |escape: fn(u16) -> String| move |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|u| escape(*u)).collect();
    let bytes = |escape: fn(u8) -> String| move |c: char| c.encode_utf8(&mut [0; 4]).bytes().map(escape).collect();
    let (url_upper, url_lower) = (bytes(|byte| format!("%{byte:02X}")), bytes(|byte| format!("%{byte:02x}")));
    let json_lower = units(|unit| format!("\\u{unit:04x}"));
    let json_upper = units(|unit| format!("\\u{unit:04X}"));
    let html_decimal = |c: char| format!("&#{};", u32::from(c));
    let html_hex = |c: char| format!("&#x{:x};", u32::from(c));
    let all = |_: char| true;
    let unreserved = |c: char| !c.is_ascii_alphanumeric() && !"-_.~".contains(c);
    let special = |c: char| !c.is_ascii_alphanumeric();
    let foreign = |c: char| !c.is_ascii();
    [
        ("url of all", escape(text, all, url_upper)),
        ("url of all, lower", escape(text, all, url_lower)),
        ("url", escape(text, unreserved, url_upper)),
        ("url, lower", escape(text, unreserved, url_lower)),
        ("json of all", escape(text, all, json_lower)),
        ("json of all, upper", escape(text, all, json_upper)),
        ("json", escape(text, foreign, json_lower)),
        ("html of all", escape(text, all, html_decimal)),
        ("html of all, hex", escape(text, all, html_hex)),
        ("html", escape(text, special, html_decimal)),
        ("html, hex", escape(text, special, html_hex)),
        ("html, named", escape(text, all, html_name)),
        ("html, foreign", escape(text, foreign, html_decimal)),
    ]
}

fn escape(text: &str, wanted: impl Fn(char) -> bool, escaped: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if wanted(c) { escaped(c) } else { c.to_string() }).collect()
}

/// What writers of HTML put for a character that they do not copy.
fn html_name(character: char) -> String {
    let name = match character {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#x27;",
        foreign if !foreign.is_ascii() => return format!("&#{};", u32::from(foreign)),
        other => return other.to_string(),
    };
    name.to_owned()
}

fn rot13(character: char) -> char {
    let turned = |base: u8| char::from((character as u8 - base + 13) % 26 + base);
    match character {
        'a'..='z' => turned(b'a'),
        'A'..='Z' => turned(b'A'),
        other => other,
    }
}
