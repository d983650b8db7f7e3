//! Texts of one encoding and of several, built from invented names, in every portion.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use super::*;
use crate::source::encoding::{Decision, decide};
use crate::source::text::decode_whole;

#[path = "mixed_several_tests.rs"]
mod several;

/// Invented names and places, and the encodings that have them.
const LANGUAGES: [(&[&str], &[&Encoding]); 7] = [
    (
        &[
            "王伟",
            "李娜",
            "张小明",
            "刘洋",
            "陈静怡",
            "合肥市蜀山区",
            "女",
            "男",
            "欧阳建国",
            "谭艳",
            "北京市朝阳区望京街",
        ],
        &[GB18030],
    ),
    (&["陳怡君", "林志明", "黃雅婷", "臺北市大安區", "張家豪", "李淑芬", "高雄市", "劉建宏"], &[BIG5]),
    (&["田中さくら", "佐藤健一", "鈴木ひろし", "東京都港区", "タナカ", "大阪市北区", "高橋ゆい", "ｻﾄｳ"], &[SHIFT_JIS]),
    (&["김민준", "이서연", "박지훈", "서울특별시", "최수빈", "부산광역시 해운대구", "정하은"], &[EUC_KR]),
    (
        &["Иванов", "Мария", "Сергей Кузнецов", "Москва", "её", "Новосибирск", "Ольга", "улица Ленина"],
        &[WINDOWS_1251, KOI8_R],
    ),
    (&["Wałęsa", "Różański", "Łódź", "Kraków", "Święta", "Żółkiewska", "Gdańsk", "Częstochowa"], &[WINDOWS_1250]),
    (&["Müller", "Jürgen Größe", "Köln", "Weiß", "Österreich", "Straße", "Käthe", "Düsseldorf"], &[WINDOWS_1252]),
];

/// A generator of numbers, so that a failing text comes again.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

fn encode(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, lost) = encoding.encode(text);
    assert!(!lost, "{} lacks a character", encoding.name());
    bytes.into_owned()
}

fn row(seeded: &mut Seeded, words: &[&str]) -> String {
    let (name, place, number) = (seeded.pick(words), seeded.pick(words), 10_000_000 + seeded.below(89_999_999));
    format!("{number},{name},user{number}@example.com,{place},138{number}\n")
}

fn decided(bytes: &[u8]) -> Decision {
    decide("t", bytes, &[], None).unwrap()
}

/// The text in portions of this size, and its counts: replaced, foreign runs.
fn in_portions(mix: Mix, bytes: &[u8], size: usize) -> (Vec<u8>, u64, u64) {
    let (mut mixed, mut out, mut waiting) = (Mixed::new(mix), Vec::new(), Vec::new());
    for portion in bytes.chunks(size).chain([&b""[..]]) {
        waiting.extend_from_slice(portion);
        let taken = mixed.decode(&waiting, &mut out, portion.is_empty());
        waiting.drain(..taken);
        assert!(waiting.len() < PIECE_BYTES, "{} bytes wait", waiting.len());
    }
    assert!(waiting.is_empty());
    (out, mixed.undecodable(), mixed.foreign_runs())
}

/// The name that the detector gives it: it knows one KOI8, whose letters are those of the other and four more.
fn name(encoding: &'static Encoding) -> &'static str {
    if encoding == KOI8_R { "KOI8-U" } else { encoding.name() }
}

/// Rows that differ, which says more than two long texts.
fn differing<'a>(got: &'a str, want: &'a str) -> Vec<(&'a str, &'a str)> {
    got.lines().zip(want.lines()).filter(|(got, want)| got != want).collect()
}

fn check(bytes: &[u8], want: &str, main: &[&str], second: Option<&str>) {
    let decision = decided(bytes);
    let out = decode_whole(bytes, &decision);
    let got = std::str::from_utf8(&out).unwrap();
    let differing = differing(got, want);
    assert!(differing.is_empty(), "{decision:?}: {} rows: {:?}", differing.len(), &differing[..differing.len().min(5)]);
    assert_eq!(got.len(), want.len());
    assert!(main.contains(&decision.encoding.name()), "{decision:?}");
    let others: Vec<&str> = decision.others.iter().map(|other| other.name()).collect();
    assert_eq!(others, second.as_slice(), "{decision:?}");
    for size in [1, 3, 7, 100, 4096] {
        let (out, ..) = in_portions(decision.mix.unwrap(), bytes, size);
        assert!(out == want.as_bytes(), "portions of {size}");
    }
}

#[test]
fn every_encoding_alone_is_read_as_a_stream() {
    for (words, encodings) in LANGUAGES {
        for encoding in encodings {
            let mut seeded = Seeded(1);
            let text: String = (0..400).map(|_| row(&mut seeded, words)).collect();
            check(&encode(&text, encoding), &text, &[name(encoding)], None);
            check(text.as_bytes(), &text, &["UTF-8"], None);
        }
    }
}

#[test]
fn lines_of_utf8_and_another_encoding_are_told_apart() {
    for (words, encodings) in LANGUAGES {
        for encoding in encodings {
            // From one line in two to one line in twenty, either way.
            for (utf8, every) in [(1, 2), (1, 3), (2, 3), (1, 20), (19, 20)] {
                let (mut seeded, mut bytes, mut text) = (Seeded(2), Vec::new(), String::new());
                for number in 0..600 {
                    let (all, _) = LANGUAGES[seeded.below(LANGUAGES.len())];
                    let is_utf8 = number % every < utf8;
                    let row = row(&mut seeded, if is_utf8 { all } else { words });
                    bytes.extend(if is_utf8 { row.clone().into_bytes() } else { encode(&row, encoding) });
                    text.push_str(&row);
                }
                let mains = ["UTF-8", name(encoding)];
                let second = if 2 * utf8 >= every { name(encoding) } else { "UTF-8" };
                check(&bytes, &text, &mains, Some(second));
            }
        }
    }
}

#[test]
fn fields_of_utf8_and_another_encoding_are_told_apart() {
    for (words, encodings) in LANGUAGES {
        for encoding in encodings {
            let (mut seeded, mut bytes, mut text) = (Seeded(3), Vec::new(), String::new());
            for _ in 0..400 {
                let ours = seeded.pick(words);
                let theirs = seeded.pick(&["合肥市蜀山区", "Иванова", "Żółkiewska", "김민준", "欧阳建国"]);
                let parts = [ours, ";x@example.org;", theirs, ";", ours, "\r\n"];
                for (index, part) in parts.into_iter().enumerate() {
                    bytes.extend(if index == 2 { part.as_bytes().to_vec() } else { encode(part, encoding) });
                    text.push_str(part);
                }
            }
            check(&bytes, &text, &[name(encoding)], Some("UTF-8"));
        }
    }
}

/// Fields of random characters with a first byte in these rows, each alone in its line.
fn fields(seeded: &mut Seeded, leads: std::ops::Range<usize>, lengths: &[usize], count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0..count {
        for _ in 0..lengths[number % lengths.len()] {
            let lead = leads.start + seeded.below(leads.len());
            bytes.extend([lead as u8, 0xa1 + seeded.below(0xf9 - 0xa1) as u8]);
        }
        bytes.push(b'\n');
    }
    bytes
}

#[test]
fn chance_does_not_make_utf8_of_another_encoding() {
    let cases = [(GB18030, 0xb0..0xd8), (BIG5, 0xa4..0xc6), (EUC_KR, 0xb0..0xc8), (SHIFT_JIS, 0x88..0x98)];
    for (encoding, leads) in cases {
        let bytes = fields(&mut Seeded(4), leads, &[1, 2, 3, 4], 40_000);
        let valid = bytes.split(|&byte| byte == b'\n').filter(|field| std::str::from_utf8(field).is_ok()).count();
        let mix = Mix::new(encoding, 0, 40_000);
        let (out, _, foreign) = in_portions(mix, &bytes, 1 << 16);
        assert!(out == encoding.decode_without_bom_handling(&bytes).0.as_bytes(), "{}", encoding.name());
        // In Big5 and Shift_JIS of these rows a second byte in the upper half is not all there is.
        assert!(foreign == 0 && (valid > 400 || encoding == SHIFT_JIS), "{}: {foreign}, {valid}", encoding.name());
    }
}

#[test]
fn short_fields_of_a_merged_file_are_rarely_mistaken() {
    // Permille of fields in GBK that are read as UTF-8, in a file where half of the lines are UTF-8.
    for (length, want_max) in [(1, 0), (2, 8), (3, 1), (4, 1)] {
        let bytes = fields(&mut Seeded(5), 0xb0..0xd8, &[length], 20_000);
        let (.., foreign) = in_portions(Mix { is_utf8: false, ..Mix::new(GB18030, 1000, 1001) }, &bytes, 1 << 16);
        assert!(foreign * 1000 <= want_max * 20_000, "{length} characters: {foreign} of 20,000");
    }
}

#[test]
fn utf8_that_begins_late_is_seen() {
    let (mut seeded, words) = (Seeded(6), LANGUAGES[0].0);
    let mut bytes = fields(&mut seeded, 0xb0..0xd8, &[2, 3], 20_000);
    let mut want = GB18030.decode_without_bom_handling(&bytes).0.into_owned();
    let late: String = (0..1000).map(|_| row(&mut seeded, words)).collect();
    bytes.extend_from_slice(late.as_bytes());
    want.push_str(&late);
    let (out, malformed, _) = in_portions(Mix::new(GB18030, 0, 20_000), &bytes, 1 << 16);
    let got = String::from_utf8(out).unwrap();
    let differing = differing(&got, &want);
    assert!(differing.is_empty() && malformed == 0, "{} rows: {:?}", differing.len(), differing.first());
}

#[test]
fn damage_costs_a_character() {
    let gbk = Mix::new(GB18030, 100, 100);
    let check = |mix: Mix, bytes: &[u8], want: &str| {
        for size in 1..=bytes.len() {
            let (out, malformed, _) = in_portions(mix, bytes, size);
            assert_eq!(String::from_utf8(out).unwrap(), want, "portions of {size}");
            assert_eq!(malformed, want.matches('\u{fffd}').count() as u64, "portions of {size}");
        }
    };
    // A field of UTF-8 cut by a column that is too short, and one with a bad byte.
    check(gbk, "合肥市,王小明\n".as_bytes(), "合肥市,王小明\n");
    check(gbk, b"\xe5\x90\x88\xe8\x82\xa5\xe5,x\n", "合肥\u{fffd},x\n");
    check(gbk, &["合肥市蜀山区".as_bytes(), b"\xff", "王小明".as_bytes()].concat(), "合肥市蜀山区\u{fffd}王小明");
    // GBK cut in a character, at the end of a field, a line and the text.
    check(gbk, b"\xcd\xf5\xce,\xcd\xf5\xce\n\xcd\xf5\xce", "王\u{fffd},王\u{fffd}\n王\u{fffd}");
    check(Mix::UTF_8, b"\xcd\xf5,a\xe5\x90", "\u{fffd}\u{fffd},a\u{fffd}");
    // A mark of UTF-8 in front of GBK is a mark, and elsewhere in a line a character.
    check(gbk, b"\xef\xbb\xbf\xcd\xf5\xce\xb0\n", "\u{feff}王伟\n");
    // What the fallback cannot have is UTF-8, even where none was expected.
    check(Mix::new(GB18030, 0, 1000), "李,1\n".as_bytes(), "李,1\n");
}

/// Pieces that meet in nasty ways; some are longer than what is judged at once.
fn nasty_pieces() -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> =
        ["\n", "\r", ",", "0", "a", "王", "王伟", "Ü", "Привет", "\u{feff}", "\u{20000}", " "]
            .map(|piece| piece.as_bytes().to_vec())
            .into();
    pieces.extend([b"\xcd\xf5".to_vec(), b"\xc5\xae".to_vec(), b"\x81".to_vec(), b"\x81\x30\x81\x30".to_vec()]);
    pieces.extend([b"\xc8\xe2\xe0\xed".to_vec(), b"\xeb\xc9\xcd".to_vec(), b"M\xfcller".to_vec()]);
    pieces.extend([b"\xff".to_vec(), b"\xe7\x8e".to_vec(), b"\xf0\x9f".to_vec(), b"\x80".to_vec(), b"\0".to_vec()]);
    pieces
}

#[test]
fn portions_make_no_difference() {
    let pieces = nasty_pieces();
    let mixes = [
        Mix::UTF_8,
        Mix::new(GB18030, 0, 100),
        Mix::new(GB18030, 100, 100),
        Mix::new(GB18030, 1000, 1),
        Mix::new(WINDOWS_1251, 3, 100),
        Mix::new(SHIFT_JIS, 90, 100),
        Mix { origins: Some(Origins::one(0)), ..Mix::new(GB18030, 0, 100) },
        Mix { origins: Some(Origins::several(&[9, 0, 0, 0, 5, 0, 0, 0], 3, 1)), ..Mix::new(GB18030, 5, 14) },
        Mix { origins: Some(Origins::several(&[1, 2, 3, 4, 5, 6, 7, 8], 20, 9)), ..Mix::new(WINDOWS_1252, 100, 36) },
    ];
    let mut seeded = Seeded(7);
    for round in 0..300 {
        let bytes: Vec<u8> = (0..round).flat_map(|_| pieces[seeded.below(pieces.len())].clone()).collect();
        for mix in mixes {
            let want = in_portions(mix, &bytes, bytes.len() + 1);
            assert!(std::str::from_utf8(&want.0).is_ok(), "{mix:?}");
            for size in [1, 2, 5, 64] {
                assert!(in_portions(mix, &bytes, size) == want, "round {round}, {mix:?}, portions of {size}");
            }
        }
    }
}

#[test]
fn long_lines_and_runs_are_judged_in_pieces() {
    let mix = Mix::new(GB18030, 100, 100);
    let han = "合肥市蜀山区王小明";
    for (part, text) in [(encode(han, GB18030), han.to_owned()), (han.into(), han.into()), (b"ab".into(), "ab".into())]
    {
        for separator in ["", ","] {
            let (mut bytes, mut want, mut count) = (b"id\nx".to_vec(), "id\nx".to_owned(), 0);
            while bytes.len() < 3 * PIECE_BYTES {
                bytes.extend_from_slice(&part);
                want.push_str(&text);
                // Not a divisor of the size of a piece, so that characters are cut.
                if count % 5 == 0 {
                    bytes.extend_from_slice(separator.as_bytes());
                    want.push_str(separator);
                }
                count += 1;
            }
            for size in [1000, 65_537, 1 << 20] {
                let (out, malformed, _) = in_portions(mix, &bytes, size);
                assert!(out == want.as_bytes(), "{text}, `{separator}`, portions of {size}");
                assert_eq!(malformed, 0);
            }
        }
    }
}

#[test]
fn random_bytes_give_text() {
    let mut seeded = Seeded(8);
    for round in 0..200 {
        let bytes: Vec<u8> = (0..round * 10).map(|_| (seeded.below(256) as u8) | (0x80 >> seeded.below(8))).collect();
        for encoding in [GB18030, BIG5, SHIFT_JIS, EUC_KR, encoding_rs::EUC_JP, KOI8_R, WINDOWS_1250, WINDOWS_1252] {
            let origins = legacy::number_of(encoding).map(Origins::one).filter(|_| round % 2 == 0);
            let mix = Mix { origins, ..Mix::new(encoding, round as u64, 100) };
            let want = in_portions(mix, &bytes, 1 << 20);
            assert!(std::str::from_utf8(&want.0).is_ok(), "{mix:?}");
            assert!(in_portions(mix, &bytes, 3) == want, "{mix:?}");
        }
    }
}
