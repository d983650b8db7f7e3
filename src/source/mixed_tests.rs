//! Texts of one encoding and of several, built from invented names, in every portion.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use super::super::encoding::{Decision, decide};
use super::super::text::decode_whole;
use super::*;

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

/// The text in portions of this size, and its counts: replaced, by the fallback.
fn in_portions(mix: Mix, bytes: &[u8], size: usize) -> (Vec<u8>, u64, u64, u64) {
    let (mut mixed, mut out, mut waiting) = (Mixed::new(mix), Vec::new(), Vec::new());
    for portion in bytes.chunks(size).chain([&b""[..]]) {
        waiting.extend_from_slice(portion);
        let taken = mixed.decode(&waiting, &mut out, portion.is_empty());
        waiting.drain(..taken);
        assert!(waiting.len() < PIECE_BYTES, "{} bytes wait", waiting.len());
    }
    assert!(waiting.is_empty());
    (out, mixed.undecodable(), mixed.utf8_runs(), mixed.fallback_runs())
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
    assert_eq!(decision.second.map(Encoding::name), second, "{decision:?}");
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
