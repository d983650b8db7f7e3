//! What a sample says about the encodings of a text: how many of its lines are UTF-8, and what the others are.
//!
//! What is not UTF-8 goes to a detector of many encodings, which takes it for one text. Whether it is one, the models of
//! `legacy.rs` say line by line. An encoding is believed to be there if lines are clearly in it, and the detector says the same of
//! these lines alone. If the detector says that all is in an encoding of which there is no model, that is so unless there are two
//! such groups.

use std::ops::Range;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_JP, EUC_KR, Encoding, GB18030, GBK, UTF_8};
use zeroize::Zeroizing;

use super::buffer::{self, Wiped};
use super::legacy::{self, COUNT, Costs};
use super::mixed::{CERTAIN_BITS, Line, Mix, incomplete};
use super::origins::{Origins, cheapest, ends_field, sum};
use super::runs::{Evidence, Run};
use super::sample::HEAD_BYTES;

/// The detector reads 7 MB/s and is right from a few dozen characters on.
const DETECT_BYTES: usize = 64 << 10;
/// A line with less is no evidence for UTF-8.
const LIKELY_BITS: i32 = 5;
/// Of lines in another encoding fewer than one in so many look likely by chance.
const CHANCE: u64 = 50;
/// A line is clearly in one encoding if the next costs this much more: a chance of one in a thousand.
const CLEAR_BITS: u32 = 10;
/// ... and that much of those of Europe, which have most letters in common.
const CLEAR_LATIN_BITS: u32 = 4;
/// So many clear lines make a group, if they are more than one in so many.
const GROUP_LINES_MIN: u64 = 3;
const GROUP_SHARE: u64 = 200;
/// What the models look at: they read some 40 MB/s, all of them together.
const MODEL_BYTES: usize = 256 << 10;
/// What is kept of a group for the detector.
const GROUP_BYTES: usize = 4 << 10;

/// The encodings of a text.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    /// That of most lines.
    pub(super) encoding: &'static Encoding,
    /// Those of other lines or fields, the most frequent first.
    pub(super) others: Vec<&'static Encoding>,
    pub(super) mix: Mix,
}

impl Guess {
    const UTF_8: Guess = Guess { encoding: UTF_8, others: Vec::new(), mix: Mix::UTF_8 };
}

/// Guesses from the first bytes and from windows further behind; `asked` is the fallback if somebody knows it.
pub(super) fn guess(head: &[u8], windows: &[Wiped], asked: Option<&'static Encoding>) -> Guess {
    // A head of full size ends anywhere, perhaps inside a character; a smaller one may have been cut there on disk.
    let cut = (head.len() >= HEAD_BYTES).then(|| memchr::memrchr(b'\n', head)).flatten();
    let head = cut.map_or(&head[..head.len() - incomplete(head)], |last| &head[..=last]);
    let mut census = Census::new();
    // Large files are often merged from others: half of the evidence comes from behind.
    let parts = if windows.is_empty() { 1 } else { 2 };
    census.add(head, DETECT_BYTES / parts, MODEL_BYTES / parts);
    for window in windows {
        census.add(window, DETECT_BYTES / 2 / windows.len(), MODEL_BYTES / 2 / windows.len());
    }
    census.guess(asked)
}

/// Lines of a sample, counted.
struct Census {
    /// UTF-8 beyond doubt.
    certain: u64,
    /// Likely UTF-8.
    good: u64,
    /// With runs that are not UTF-8.
    foreign: u64,
    /// What is not UTF-8, for the detector.
    evidence: Wiped,
    groups: Groups,
}

impl Census {
    fn new() -> Census {
        let evidence = Zeroizing::new(Vec::with_capacity(DETECT_BYTES));
        Census { certain: 0, good: 0, foreign: 0, evidence, groups: Groups::default() }
    }

    /// Counts the lines of a part; keeps at most so much of them as evidence.
    fn add(&mut self, part: &[u8], evidence_bytes_max: usize, mut model_bytes: usize) {
        let evidence_max = DETECT_BYTES.min(self.evidence.len() + evidence_bytes_max);
        let part = part.strip_prefix(b"\xef\xbb\xbf").unwrap_or(part);
        for text in part.split_inclusive(|&byte| matches!(byte, b'\n' | b'\r')).filter(|text| !text.is_ascii()) {
            let mut runs = Vec::new();
            let line = Line::of(text, 0, |run| runs.push(run));
            let (bits, has_foreign) = (line.for_utf8(), line.foreign > 0);
            self.certain += u64::from(bits >= CERTAIN_BITS);
            self.good += u64::from(bits >= if has_foreign { CERTAIN_BITS } else { LIKELY_BITS });
            if !has_foreign {
                continue;
            }
            self.foreign += 1;
            runs.retain(|run| run.evidence == Evidence::Foreign);
            if model_bytes >= text.len() {
                model_bytes -= text.len();
                self.groups.add(text, &runs);
            }
            if line.valid == 0 {
                self.keep(text, evidence_max);
                continue;
            }
            for run in runs {
                self.keep(&text[run.start..run.end], evidence_max);
                self.keep(b"\n", evidence_max);
            }
        }
    }

    /// Whole lines only, but for one that is longer than all the room.
    fn keep(&mut self, bytes: &[u8], evidence_max: usize) {
        let room = evidence_max.saturating_sub(self.evidence.len());
        if bytes.len() <= room || self.evidence.is_empty() {
            self.evidence.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn guess(&self, asked: Option<&'static Encoding>) -> Guess {
        if self.foreign == 0 && asked.is_none() {
            return Guess::UTF_8;
        }
        let (fallback, origins, legacies) = match asked {
            Some(asked) => (asked, None, Vec::new()),
            None => match detect(&self.evidence) {
                // It has no model, and some of its lines look like others of several bytes. The letters of which Korean chats make
                // laughter and tears are its hiragana.
                detected if detected != EUC_KR && is_japanese(&self.evidence) => (EUC_JP, None, Vec::new()),
                detected => self.groups.decide(detected),
            },
        };
        let good = if self.certain == 0 && self.good * CHANCE < self.foreign { 0 } else { self.good };
        let mix = Mix { origins, ..Mix::new(fallback, good, self.foreign) };
        let encoding = if mix.is_utf8 { UTF_8 } else { fallback };
        let mut others: Vec<_> = (self.foreign > 0).then_some(fallback).into_iter().chain(legacies).collect();
        // Where most lines are not UTF-8, those that are stand behind the main encoding.
        others.insert(usize::from(!others.is_empty()), UTF_8);
        others.retain(|other| *other != encoding && (good > 0 || *other != UTF_8));
        Guess { encoding, others, mix }
    }
}

/// Lines that are not UTF-8, by the encoding that they are clearly in.
#[derive(Default)]
struct Groups {
    lines: [u64; COUNT],
    /// Some of them, for the detector.
    evidence: [Wiped; COUNT],
    last: Option<usize>,
    /// Clear lines in another encoding than the clear one before.
    changes: u64,
    /// Lines with fields that are clearly in different ones.
    mixed: u64,
}

impl Groups {
    /// Adds a line by its parts that are not UTF-8.
    fn add(&mut self, text: &[u8], foreign: &[Run]) {
        // The runs of a field, and what it costs.
        let (mut fields, mut behind): (Vec<(Range<usize>, Costs)>, Option<usize>) = (Vec::new(), None);
        for (place, run) in foreign.iter().enumerate() {
            let costs = legacy::costs(&text[run.start..run.end]);
            let goes_on = behind.is_some_and(|behind| !ends_field(&text[behind..run.start]));
            match fields.last_mut().filter(|_| goes_on) {
                Some((runs, field)) => (runs.end, *field) = (place + 1, sum(field, &costs)),
                None => fields.push((place..place + 1, costs)),
            }
            behind = Some(run.end);
        }
        let all = fields.iter().fold([0; COUNT], |all, (_, costs)| sum(&all, costs));
        let whole = clearly(&all);
        let mut seen = [false; COUNT];
        for (runs, costs) in &fields {
            // A field of which nothing is clear is what its line is.
            let Some(number) = clearly(costs).or(whole) else { continue };
            seen[number] = true;
            self.keep(number, text, &foreign[runs.clone()]);
        }
        let count = seen.iter().filter(|seen| **seen).count();
        self.mixed += u64::from(count > 1);
        seen.iter().zip(&mut self.lines).for_each(|(seen, lines)| *lines += u64::from(*seen));
        if let Some(number) = whole.filter(|_| count == 1) {
            self.changes += u64::from(self.last.is_some_and(|last| last != number));
            self.last = Some(number);
        }
    }

    fn keep(&mut self, number: usize, text: &[u8], runs: &[Run]) {
        let evidence = &mut self.evidence[number];
        for run in runs {
            if evidence.len() + run.end - run.start < GROUP_BYTES {
                buffer::append(evidence, &text[run.start..run.end]);
                buffer::append(evidence, b"\n");
            }
        }
    }

    /// The fallback, what there is beside it, and the names of these, the most frequent first. `detected` is what the detector
    /// says of all of it.
    fn decide(&self, detected: &'static Encoding) -> (&'static Encoding, Option<Origins>, Vec<&'static Encoding>) {
        let all: u64 = self.lines.iter().sum();
        let is_group = |number: &usize| {
            let lines = self.lines[*number];
            let named = || detect(&self.evidence[*number]);
            lines >= GROUP_LINES_MIN
                && lines * GROUP_SHARE > all
                && (lines * 2 > all || legacy::number_of(named()) == Some(*number))
        };
        let mut groups: Vec<usize> = (0..COUNT).filter(is_group).collect();
        groups.sort_by_key(|&number| std::cmp::Reverse(self.lines[number]));
        let main = legacy::number_of(detected);
        if groups.len() < 2 {
            return (detected, main.map(Origins::one), Vec::new());
        }
        let lines = std::array::from_fn(|number| if groups.contains(&number) { self.lines[number] } else { 0 });
        let encodings = groups.iter().map(|&number| legacy::ENCODINGS[number]);
        let fallback = main.filter(|&main| main == groups[0]).map_or(legacy::ENCODINGS[groups[0]], |_| detected);
        let others = encodings.skip(1).collect();
        (fallback, Some(Origins::several(&lines, self.changes, self.mixed)), others)
    }
}

/// The encoding of which there is no doubt.
fn clearly(costs: &Costs) -> Option<usize> {
    let best = cheapest(costs);
    let more = |other| if legacy::are_latin(best, other) { CLEAR_LATIN_BITS } else { CLEAR_BITS };
    let is_clear = (0..COUNT).all(|other| other == best || costs[other] >= costs[best] + more(other));
    is_clear.then_some(best)
}

/// The encoding of text that is not UTF-8.
fn detect(evidence: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(evidence, evidence.len() < DETECT_BYTES);
    match detector.guess(None, Utf8Detection::Deny) {
        encoding if encoding == GBK => GB18030,
        encoding if encoding == EUC_JP && is_chinese(evidence) => GB18030,
        encoding => encoding,
    }
}

/// Whether a text is EUC-JP throughout, and one in ten of its characters beyond ASCII is kana: GBK has these too, but no text of
/// Chinese does.
fn is_japanese(text: &[u8]) -> bool {
    const CHARS_MIN: usize = 20;
    const KANA_SHARE: usize = 10;
    // The last line may be cut inside a character.
    let whole = memchr::memrchr(b'\n', text).map_or(text, |last| &text[..last]);
    EUC_JP.decode_without_bom_handling_and_without_replacement(whole).is_some_and(|decoded| {
        let decoded = Zeroizing::new(decoded.into_owned());
        let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}');
        let all = decoded.chars().filter(|c| !c.is_ascii()).count();
        all >= CHARS_MIN && decoded.chars().filter(|c| is_kana(*c)).count() * KANA_SHARE >= all
    })
}

/// A few names in GBK are as good EUC-JP. Japanese lists have kana somewhere, and are rarely in EUC-JP.
fn is_chinese(text: &[u8]) -> bool {
    // The last line may be cut inside a character.
    let whole = memchr::memrchr(b'\n', text).map_or(text, |last| &text[..last]);
    GB18030.decode_without_bom_handling_and_without_replacement(whole).is_some_and(|decoded| {
        let decoded = Zeroizing::new(decoded.into_owned());
        !decoded.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}'))
    })
}
