//! Encodings, and the cleaning of text.

use encoding_rs::Encoding;
use leakdex::source::{Options, Shape};

use super::reading::{Case, check, seed};

/// None of them: found out.
const LABELS: [Option<&str>; 16] = [
    None,
    Some("utf-8"),
    Some("gb18030"),
    Some("gbk"),
    Some("big5"),
    Some("shift_jis"),
    Some("euc-kr"),
    Some("euc-jp"),
    Some("iso-2022-jp"),
    Some("windows-1251"),
    Some("windows-1252"),
    Some("koi8-r"),
    Some("utf-16le"),
    Some("utf-16be"),
    Some("macintosh"),
    Some("windows-874"),
];

/// Lines come out as clean UTF-8; in one encoding, as its decoder makes them.
pub fn run(data: &[u8]) {
    let case = Case::of(data);
    let label = LABELS[usize::from(case.choice) % LABELS.len()];
    let options = Options { encoding: label.map(str::to_owned), ..case.options() };
    let Some(all) = check(&case, Some(Shape::Lines), &options, 0) else { return };
    let mut lines = Vec::new();
    for row in &all.rows {
        if row.malformed.is_none() {
            assert!(std::str::from_utf8(&row.bytes).is_ok(), "text is UTF-8");
            lines.push(row.values().concat());
        }
        assert!(!row.line().iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')), "line ends and NUL bytes are gone");
    }
    let (Some(label), true) = (label, lines.len() == all.rows.len()) else { return };
    if Encoding::for_bom(case.text).is_some() {
        return;
    }
    let encoding = Encoding::for_label(label.as_bytes()).expect("a name of the standard");
    // Characters of UTF-16 whose bytes are all those of a text stand for that text, at the end of a file.
    if label.starts_with("utf-16")
        && case.text.rsplit(|byte| *byte == 0).next().is_some_and(|end| end.len() >= 24 && end.is_ascii())
    {
        return;
    }
    let want = cleaned(&encoding.decode_without_bom_handling(case.text).0);
    assert_eq!(lines, want.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>(), "what the decoder makes");
}

/// Lines that are not empty, without NUL bytes and marks at their begin.
fn cleaned(text: &str) -> Vec<String> {
    let text = text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n");
    let lines = text.split('\n').map(|line| line.trim_start_matches('\u{feff}').to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

pub fn seeds() -> Vec<Vec<u8>> {
    let chinese = "\u{738b}\u{4f1f},13812345678\r\n\u{674e}\u{5a1c}\u{20000}\n";
    let russian = "\u{418}\u{432}\u{430}\u{43d};\u{41c}\u{43e}\u{441}\n";
    let encode = |label: &str, text: &str| {
        let encoding = Encoding::for_label(label.as_bytes()).expect("a name of the standard");
        encoding.encode(text).0.into_owned()
    };
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    vec![
        seed([0, 5, 0, 0], [chinese.as_bytes(), &encode("gb18030", chinese)].concat()),
        seed([0, 3, 0, 2], [&encode("windows-1251", russian)[..], russian.as_bytes(), b"a\0b\r\r\n"].concat()),
        seed([0, 4, 0, 3], [b"\xff\xfe", &utf16(chinese)[..]].concat()),
        seed([1, 1, 0, 4], "\u{feff}a\n\u{feff}b\r\0\nc\u{2028}\u{b}d\r\u{feff}"),
        seed([2, 7, 0, 5], encode("gb18030", chinese)),
        seed([5, 2, 0, 3], encode("shift_jis", "\u{7530}\u{4e2d}\u{3055}\u{3093}\n")),
        seed([8, 2, 0, 2], encode("iso-2022-jp", "\u{7530}\u{4e2d},a\n\u{6771}\n")),
        seed([12, 9, 0, 3], utf16("a\r\n\u{1f600}b\n")),
        seed([0, 6, 0, 1], [&b"\xef\xbb\xbf"[..], b"a,\xcd\xf5\xce\xb0\nb,\xe7\x8e\x8b\n\xff\xff\n"].concat()),
    ]
}
