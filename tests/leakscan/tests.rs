//! The scanner must find what is planted and nothing else, or its silence proves nothing.

use sha2::Digest;

use super::*;

const CANARY: &str = "Qz7Rv.Kx0wM2_81529376@Leak-Canary.example";

/// Written by Python's standard library, so that an error in our encoders cannot hide in both.
const PLANTED: &[(&str, &[u8])] = &[
    ("utf8", b"Qz7Rv.Kx0wM2_81529376@Leak-Canary.example"),
    ("lower", b"qz7rv.kx0wm2_81529376@leak-canary.example"),
    ("upper", b"QZ7RV.KX0WM2_81529376@LEAK-CANARY.EXAMPLE"),
    ("reversed", b"elpmaxe.yranaC-kaeL@67392518_2Mw0xK.vR7zQ"),
    ("local part", b"Qz7Rv.Kx0wM2_81529376"),
    ("digits", b"70281529376"),
    ("rot13", b"Dm7Ei.Xk0jZ2_81529376@Yrnx-Pnanel.rknzcyr"),
    ("hex", b"517a3752762e4b7830774d325f3831353239333736404c65616b2d43616e6172792e6578616d706c65"),
    ("HEX", b"517A3752762E4B7830774D325F3831353239333736404C65616B2D43616E6172792E6578616D706C65"),
    ("base64 after 0 bytes", b"UXo3UnYuS3gwd00yXzgxNTI5Mzc2QExlYWstQ2FuYXJ5LmV4YW1wbGV5eg=="),
    ("base64 after 1 bytes", b"eFF6N1J2Lkt4MHdNMl84MTUyOTM3NkBMZWFrLUNhbmFyeS5leGFtcGxleXo="),
    ("base64 after 2 bytes", b"eHhRejdSdi5LeDB3TTJfODE1MjkzNzZATGVhay1DYW5hcnkuZXhhbXBsZXl6"),
    ("base64url", b"_3F6N3J2Lmt4MHdtMl84MTUyOTM3NkBsZWFrLWNhbmFyeS5leGFtcGxl_w=="),
    ("base64 of utf16le", b"UQB6ADcAUgB2AC4ASwB4ADAAdwBNADIAXwA4ADEANQAyADkAMwA3ADYAQABMAGUAYQBrAC0AQwBhAG4AYQByAHkALgBlAHgAYQBtAHAAbABlAA=="),
    ("base32 after 0 bytes", b"KF5DOUTWFZFXQMDXJUZF6OBRGUZDSMZXGZAEYZLBNMWUGYLOMFZHSLTFPBQW24DMMV4XU==="),
    ("base32 after 3 bytes", b"PB4HQUL2G5JHMLSLPAYHOTJSL44DCNJSHEZTONSAJRSWC2ZNINQW4YLSPEXGK6DBNVYGYZLZPI======"),
    ("url", b"Qz7Rv.Kx0wM2_81529376%40Leak-Canary.example"),
    ("url of all", b"%51%7a%37%52%76%2e%4b%78%30%77%4d%32%5f%38%31%35%32%39%33%37%36%40%4c%65%61%6b%2d%43%61%6e%61%72%79%2e%65%78%61%6d%70%6c%65"),
    ("json", b"\\u0051\\u007a\\u0037\\u0052\\u0076\\u002e\\u004b\\u0078\\u0030\\u0077\\u004d\\u0032\\u005f\\u0038\\u0031\\u0035\\u0032\\u0039\\u0033\\u0037\\u0036\\u0040\\u004c\\u0065\\u0061\\u006b\\u002d\\u0043\\u0061\\u006e\\u0061\\u0072\\u0079\\u002e\\u0065\\u0078\\u0061\\u006d\\u0070\\u006c\\u0065"),
    ("html", b"Qz7Rv&#46;Kx0wM2&#95;81529376&#64;Leak&#45;Canary&#46;example"),
    ("html hex", b"&#x51;&#x7a;&#x37;&#x52;&#x76;&#x2e;&#x4b;&#x78;&#x30;&#x77;&#x4d;&#x32;&#x5f;&#x38;&#x31;&#x35;&#x32;&#x39;&#x33;&#x37;&#x36;&#x40;&#x4c;&#x65;&#x61;&#x6b;&#x2d;&#x43;&#x61;&#x6e;&#x61;&#x72;&#x79;&#x2e;&#x65;&#x78;&#x61;&#x6d;&#x70;&#x6c;&#x65;"),
    ("md5 hex", b"3f3fc07d3f493f59c8b018ea7ac440ba"),
    ("sha1 hex", b"b2927aaa2a1d5f88da3fed2954de488ca7640b53"),
    ("sha224 hex", b"f5ff4e280a1fbc603a9fd155be41bc51f7b088c7eedd7c3eae26da50"),
    ("sha256 hex", b"ff86caded956909a7721f82998b8bf0ef6775693b75ed600500410f5032dae80"),
    ("sha384 hex", b"1f23d84b131d7af39338b69238a3f7bc1600041da03f1ae3967361842b088ff70fde0e58d6da09763ed602961972ee3a"),
    ("sha512 hex", b"9050a7cd1584c926de6a3761a2a3e03e65358c22bbaee059b518fadbbcf26b01350588805821486dc17b6e8013cd598b25a4b0b7444cbfddfd88a80601c58aea"),
    ("sha3_256 hex", b"28ed8595d429392628444bf752735ddeae7d94a3390a59abc240427cb5c8dd46"),
    ("blake2b hex", b"c400783a7c8ab33478f25b524b330890ebdc5456a35f673858bd422bdde2129482cbfa9c9532da80072d9564e2b2258fb8e56494487475325839d63b3c1772dd"),
    ("blake2s hex", b"e6625034505ddb65a69f26b479db53402d824b43984891c1d6354213dfde59cd"),
    ("blake2b-256 hex", b"dbf355279ee71333cedbb758578c3d269a1ad3b636553763136eecfc832af50c"),
    ("md5 of lower, HEX", b"89C7D66BE85440953C0B76DCD08BC601"),
    ("sha256 truncated to 12 bytes, base64", b"bbpYZdICn/mh2Jyy"),
    ("sha256 base64url", b"_4bK3tlWkJp3IfgpmLi_DvZ3VpO3XtYAUAQQ9QMtroA="),
    ("sha1 base32", b"WKJHVKRKDVPYRWR75UUVJXSIRSTWIC2T"),
    ("hmac without key", b"55a73b7d0c207d6334707d75bce392ecdf0f47961ddf2573860ccca72ba8d2a1"),
    ("hmac with 32 zeros", b"0a6f9f01efa2a468798da5aafb6d22ea4ad1b698f79a5f3d49f77c9deeb71140"),
];

/// A name with letters outside ASCII, and with characters that need an escape or the last letters of Base64.
const FOREIGN_CANARY: &str = "Zoë~?>ÿ-Löwe-5510943";

/// Written by Python's standard library too.
const FOREIGN_PLANTED: &[(&str, &[u8])] = &[
    ("base64 after 0 bytes", b"Wm/Dq34/PsO/LUzDtndlLTU1MTA5NDN5eg=="),
    ("base64url after 0 bytes", b"Wm_Dq34_PsO_LUzDtndlLTU1MTA5NDN5eg=="),
    ("base64 after 1 bytes", b"eFpvw6t+Pz7Dvy1Mw7Z3ZS01NTEwOTQzeXo="),
    ("base64url after 1 bytes", b"eFpvw6t-Pz7Dvy1Mw7Z3ZS01NTEwOTQzeXo="),
    ("base64 after 2 bytes", b"eHhab8Orfj8+w78tTMO2d2UtNTUxMDk0M3l6"),
    ("base64url after 2 bytes", b"eHhab8Orfj8-w78tTMO2d2UtNTUxMDk0M3l6"),
    ("url", b"Zo%C3%AB~%3F%3E%C3%BF-L%C3%B6we-5510943"),
    ("json", b"\"Zo\\u00eb~?>\\u00ff-L\\u00f6we-5510943\""),
    ("html, named", b"Zo&#235;~?&gt;&#255;-L&#246;we-5510943"),
    ("html, foreign", b"Zo&#235;~?>&#255;-L&#246;we-5510943"),
];

fn needles() -> Needles {
    Needles::new(&[Canary::new(FOREIGN_CANARY), Canary::new(CANARY)])
}

/// Seeded noise (xorshift64*) that no canary is part of.
fn noise(byte_count: usize) -> Vec<u8> {
    let mut state = 0x1eaf_de5c_u64;
    let mut bytes = Vec::with_capacity(byte_count + 8);
    while bytes.len() < byte_count {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(byte_count);
    bytes
}

fn planted_in_noise(planted: &[u8], offset: usize) -> Vec<u8> {
    let mut buffer = noise(4096);
    buffer[offset..offset + planted.len()].copy_from_slice(planted);
    buffer
}

#[test]
fn values_encoded_elsewhere_are_found() {
    let needles = needles();
    let of_canary = |canary: usize, planted: &'static [(&str, &[u8])]| planted.iter().map(move |row| (canary, row));
    for (canary, (name, planted)) in of_canary(0, FOREIGN_PLANTED).chain(of_canary(1, PLANTED)) {
        let findings = needles.scan_bytes(name, &planted_in_noise(planted, 1001));
        assert!(!findings.is_empty(), "{name} of canary {canary} is not found");
        for finding in findings {
            assert_eq!((finding.place.as_str(), finding.canary), (*name, canary), "{finding}");
            assert!((1001..1001 + planted.len()).contains(&finding.offset), "{finding}");
        }
    }
}

#[test]
fn wide_characters_are_found() {
    let wide: [(&str, Vec<u8>); 4] = [
        ("utf16le", CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("utf16be", CANARY.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("utf32le", CANARY.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()),
        ("upper utf16le", CANARY.to_uppercase().encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    for (name, planted) in wide {
        assert!(!needles().scan_bytes(name, &planted_in_noise(&planted, 777)).is_empty(), "{name} is not found");
    }
}

#[test]
fn every_needle_is_found_at_either_end() {
    let needles = needles();
    assert!(needles.needles.len() > 1_000, "{} needles", needles.needles.len());
    for needle in &needles.needles {
        for offset in [0, 4096 - needle.bytes.len()] {
            let findings = needles.scan_bytes("buffer", &planted_in_noise(&needle.bytes, offset));
            let is_this = |found: &Finding| found.offset == offset && found.encoding == needle.encoding;
            assert!(findings.iter().any(is_this), "{} at {offset} is not found", needle.encoding);
        }
    }
}

#[test]
fn binary_digests_are_found_in_either_byte_order() {
    let digest = sha2::Sha256::digest(CANARY.to_lowercase());
    let little_endian: Vec<u8> = digest[..8].iter().rev().copied().collect();
    for planted in [&digest[..10], &little_endian] {
        assert_eq!(needles().scan_bytes("buffer", &planted_in_noise(planted, 33)).len(), 1);
    }
}

#[test]
fn other_forms_of_a_value_are_found() {
    let phone = Canary::new("138-0013-57924").with_form("+8613800135792");
    let needles = Needles::new(&[phone]);
    for text in ["138-0013-57924", "138001357924", "+8613800135792", "8613800135792"] {
        assert!(!needles.scan_bytes("buffer", text.as_bytes()).is_empty(), "{text} is not found");
    }
}

#[test]
fn noise_holds_no_canary() {
    assert_eq!(needles().scan_bytes("noise", &noise(50_000_000)), []);
}

#[test]
fn almost_a_canary_is_none() {
    let mut bytes = CANARY.as_bytes().to_vec();
    bytes[12] ^= 1;
    assert_eq!(needles().scan_bytes("buffer", &bytes), []);
    assert_eq!(needles().scan_bytes("short", b"Qz7Rv.K"), []);
    assert_eq!(needles().scan_bytes("empty", b""), []);
}

#[test]
fn findings_end_at_their_limit() {
    let flood = CANARY.repeat(1_000);
    let findings = needles().scan_bytes("flood", flood.as_bytes());
    assert!((FINDINGS_MAX..FINDINGS_MAX + 10).contains(&findings.len()), "{} findings", findings.len());
}

#[test]
fn a_tree_is_scanned_with_its_names() {
    let tree = tempfile::tempdir().expect("a temporary folder");
    let inner = tree.path().join("a").join(CANARY.to_lowercase());
    fs::create_dir_all(&inner).expect("a folder");
    fs::write(tree.path().join("clean.bin"), noise(1000)).expect("a file");
    fs::write(inner.join("report.csv"), format!("row\n1,{CANARY}\n")).expect("a file");
    let findings = needles().scan_tree(tree.path());
    let texts: Vec<String> = findings.iter().map(Finding::to_string).collect();
    for wanted in ["name of ", "/a/entry 0/report.csv at byte 6: canary 1 as as given: utf8"] {
        assert!(texts.iter().any(|text| text.contains(wanted)), "`{wanted}` in {texts:?}");
    }
    let shown = texts.concat().to_lowercase();
    assert!(!shown.contains("qz7rv"), "a finding repeats the value");
}

#[test]
#[cfg(unix)]
fn the_target_of_a_link_is_scanned_and_not_followed() {
    let tree = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(format!("/nowhere/{CANARY}"), tree.path().join("link")).expect("a link");
    let findings = needles().scan_tree(tree.path());
    assert!(findings.iter().all(|finding| finding.place.starts_with("target of ")), "{findings:?}");
    assert!(!findings.is_empty(), "the target is not scanned");
}

#[test]
#[should_panic(expected = "canary 0 is too short")]
fn a_short_canary_is_refused() {
    Needles::new(&[Canary::new("abc")]);
}
