//! What a sample says about the encodings of a text: how many of its lines are UTF-8, and what the others are.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_JP, Encoding, GB18030, GBK, UTF_8};
use zeroize::Zeroizing;

use super::buffer::Wiped;
use super::mixed::{CERTAIN_BITS, Line, Mix, incomplete};
use super::runs::{self, Evidence};
use super::sample::HEAD_BYTES;

/// The detector reads 7 MB/s and is right from a few dozen characters on.
const DETECT_BYTES: usize = 64 << 10;
/// A line with less is no evidence for UTF-8.
const LIKELY_BITS: i32 = 5;
/// Of lines in another encoding fewer than one in so many look likely by chance.
const CHANCE: u64 = 50;

/// The encodings of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    /// That of most lines.
    pub(super) encoding: &'static Encoding,
    /// That of other lines or fields.
    pub(super) second: Option<&'static Encoding>,
    pub(super) mix: Mix,
}

impl Guess {
    const UTF_8: Guess = Guess { encoding: UTF_8, second: None, mix: Mix::UTF_8 };
}

/// Guesses from the first bytes and from windows further behind; `asked` is the fallback if somebody knows it.
pub(super) fn guess(head: &[u8], windows: &[Wiped], asked: Option<&'static Encoding>) -> Guess {
    // A head of full size ends anywhere, perhaps inside a character; a smaller one may have been cut there on disk.
    let cut = (head.len() >= HEAD_BYTES).then(|| memchr::memrchr(b'\n', head)).flatten();
    let head = cut.map_or(&head[..head.len() - incomplete(head)], |last| &head[..=last]);
    let mut census = Census::new();
    // Large files are often merged from others: half of the evidence comes from behind.
    census.add(head, if windows.is_empty() { DETECT_BYTES } else { DETECT_BYTES / 2 });
    for window in windows {
        census.add(window, DETECT_BYTES / 2 / windows.len());
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
}

impl Census {
    fn new() -> Census {
        Census { certain: 0, good: 0, foreign: 0, evidence: Zeroizing::new(Vec::with_capacity(DETECT_BYTES)) }
    }

    /// Counts the lines of a part; keeps at most so much of them as evidence.
    fn add(&mut self, part: &[u8], evidence_bytes_max: usize) {
        let evidence_max = DETECT_BYTES.min(self.evidence.len() + evidence_bytes_max);
        let part = part.strip_prefix(b"\xef\xbb\xbf").unwrap_or(part);
        for text in part.split_inclusive(|&byte| matches!(byte, b'\n' | b'\r')).filter(|text| !text.is_ascii()) {
            let line = Line::of(text, 0, |_| {});
            let (bits, has_foreign) = (line.for_utf8(), line.foreign > 0);
            self.certain += u64::from(bits >= CERTAIN_BITS);
            self.good += u64::from(bits >= if has_foreign { CERTAIN_BITS } else { LIKELY_BITS });
            if !has_foreign {
                continue;
            }
            self.foreign += 1;
            if line.valid == 0 {
                self.keep(text, evidence_max);
            } else {
                self.keep_foreign_runs(text, evidence_max);
            }
        }
    }

    fn keep_foreign_runs(&mut self, text: &[u8], evidence_max: usize) {
        let mut at = 0;
        while let Some(run) = runs::next_run(text, at) {
            at = run.end;
            if run.evidence == Evidence::Foreign {
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
        let fallback = asked.unwrap_or_else(|| detect(&self.evidence));
        let good = if self.certain == 0 && self.good * CHANCE < self.foreign { 0 } else { self.good };
        let mix = Mix::new(fallback, good, self.foreign);
        let second = |encoding, lines| (lines > 0).then_some(encoding);
        if mix.is_utf8 {
            Guess { encoding: UTF_8, second: second(fallback, self.foreign), mix }
        } else {
            Guess { encoding: fallback, second: second(UTF_8, good), mix }
        }
    }
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

/// A few names in GBK are as good EUC-JP. Japanese lists have kana somewhere, and are rarely in EUC-JP.
fn is_chinese(text: &[u8]) -> bool {
    // The last line may be cut inside a character.
    let whole = memchr::memrchr(b'\n', text).map_or(text, |last| &text[..last]);
    GB18030.decode_without_bom_handling_and_without_replacement(whole).is_some_and(|decoded| {
        let decoded = Zeroizing::new(decoded.into_owned());
        !decoded.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}'))
    })
}
