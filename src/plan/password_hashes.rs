//! How passwords stand in tables that do not store them: hashes, with a salt or without, and ciphers.

/// Whether a value is a hash as forums and shops store them: 32, 40, 56, 64, 96 or 128 hexadecimal digits with letters among them,
/// perhaps with a salt behind a colon; one that names its method; or base64.
pub(super) fn is_password_hash(value: &[u8]) -> bool {
    const SALT_BYTES_MAX: usize = 64;
    const METHODS: [&[u8]; 12] =
        [b"$2a$", b"$2b$", b"$2y$", b"$P$", b"$H$", b"$1$", b"$5$", b"$6$", b"$argon2", b"{SSHA}", b"pbkdf2_", b"$S$"];
    // With a salt behind it, or as a number of a database.
    let salted = memchr::memchr(b':', value).map_or(value, |colon| &value[..colon]);
    let hex = salted.strip_prefix(b"0x").unwrap_or(salted);
    let is_hex = matches!(hex.len(), 32 | 40 | 56 | 64 | 96 | 128) && hex.iter().all(u8::is_ascii_hexdigit);
    let is_salted = value.len() - salted.len() <= SALT_BYTES_MAX;
    (is_hex && is_salted && hex.iter().any(u8::is_ascii_alphabetic))
        || METHODS.iter().any(|method| value.starts_with(method))
        || is_base64_of_hash(value)
}

/// Whether a value is base64 of as many bytes as a hash or a block of a cipher has, and ends with the sign that fills it up.
fn is_base64_of_hash(value: &[u8]) -> bool {
    let text = value.strip_suffix(b"=").map(|text| text.strip_suffix(b"=").unwrap_or(text));
    let is_base64 = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    matches!(value.len(), 12 | 24 | 28 | 44 | 88) && text.is_some_and(is_base64)
}
