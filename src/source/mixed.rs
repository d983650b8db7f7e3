//! Text in which UTF-8 and older encodings stand beside each other: dumps that were merged, or whose fields come from
//! different systems.
//!
//! First is decided run by run (see `runs.rs`), by more than the run alone, what is UTF-8: a run whose sum of these is above
//! zero, in bits. Then `origins.rs` chooses, field by field and line by line, which older encoding the others have; the fallback is
//! the one of most of them, and stands below for all:
//!
//! - what its own bytes say;
//! - what the other runs of the line say: at most 12 for it, and -12 if one is not UTF-8;
//! - what the sample says: log2 of the lines that are UTF-8 over those that are not, at most 0, because the first two say
//!   enough where UTF-8 is common. Where the sample has no UTF-8 at all it is -16, and -10 for single bytes: below what
//!   chance makes of some ten million fields. Behind a line that is UTF-8 beyond doubt it is -6, for 256 foreign lines.
//!
//! Where three of four lines are UTF-8, whatever line is valid passes unasked. A run that the fallback cannot decode, and
//! UTF-8 can, is UTF-8. A byte order mark at the begin of a line is one, whatever follows.
//!
//! A text wholly in the fallback comes out as its decoder makes it, and a text that is valid UTF-8 has no fallback, so it
//! comes out as it is. All decoders are in their initial state behind a separator, so that what they get may leave out
//! the runs that are UTF-8.
//!
//! # What stays ambiguous
//!
//! Bytes that are valid both ways, where nothing else in the line says more. Measured with fields of random hanzi of GB2312
//! level 1, each alone in its line: in a file where half of the lines are UTF-8, of those in GBK with 1, 2, 3 and 4 hanzi
//! 0, 0.5, 0.05 and 0.005 % are read as UTF-8; in a file where the sample has no UTF-8, none of 40,000, and so with Big5,
//! Shift_JIS and EUC-KR. The other way round:
//!
//! - a word of up to three Greek or Cyrillic letters in UTF-8, and a word whose only letters beyond ASCII stand beside no
//!   other letter ("\u{d6}"), are lost beside a field in GBK, and in a file that is mostly not UTF-8;
//! - a single hanzi in UTF-8 with a letter behind it is lost there too, because it is two characters of GBK;
//! - a field of UTF-8 that was cut inside its first or second hanzi is decoded by the fallback, if there is one.
//!
//! # Several older encodings
//!
//! GB18030, Big5, Shift_JIS, EUC-KR, Windows-1250, 1251 and 1252 and KOI8-R are told apart wherever they are met. Measured with rows
//! of a number, one name or place, and an address, 4,000 of them in two encodings that take turns at random; of 1,000 rows so many
//! have a wrong name, at most, whether a third of them are UTF-8 or none:
//!
//! | two of | row by row | groups of 4 rows | of 50 |
//! |---|---|---|---|
//! | GB18030, Big5, EUC-KR, Windows-1251, KOI8-R | 0 | 0 | 1 |
//! | Shift_JIS and one of these | 19 | 4 | 1 |
//! | Windows-1250 or 1252 and one of these | 17 | 4 | 1 |
//! | Shift_JIS and Windows-1250 | 33 | 11 | 1 |
//! | Windows-1250 and 1252 | 44 | 12 | 2 |
//! | all eight | 11 | 4 | 1 |
//!
//! What is mistaken has a reason: "\u{e8}" and "\u{10d}" are one byte, and so are two katakana of half the width and a hanzi. A
//! whole address is hardly ever mistaken: of 1,500 generated ones in each of 19 languages, alone and without any neighbour, none of
//! those in the scripts of Asia and in Cyrillic. Latin letters are harder: an early run took up to a third of French and
//! Portuguese ones for Windows-1250. What an error costs is a name: ASCII is the same in all of these, and no delimiter is ever
//! part of a character.
//!
//! Where the sample shows one older encoding, another one that begins behind it is seen at its first address, or its second or third
//! name. Others (Greek, Turkish, EUC-JP, code page 866 ..) are read where they are the only one beside UTF-8; with a second they are
//! mistaken for a relative, and `--encoding` on the parts is exact. ISO-2022, HZ and UTF-7 are ASCII and stay as they are.
//!
//! # Cost
//!
//! Nothing is allocated for a run. At most 64 KiB wait for the end of their line; a longer line is judged in pieces of
//! that size, and a longer run by its first piece. The bytes on which pieces begin do not depend on the portions in which
//! the text arrives, and so its meaning does not either.
//!
//! Measured in MB/s of input, read, decoded and cleaned, in rows of 100 bytes with two fields beyond ASCII: UTF-8 in any
//! script 5,000, and with one line of GBK in a hundred 3,800; GB18030 910, where its decoder alone makes 1,580; lines of
//! UTF-8 and GB18030 in turn 850, and both in each line 450. Nearly nothing but hanzi in GB18030 makes 380 (decoder 820).
//! Asking whether a line is what the others are has made older encodings dearer since, by a third to a half; nothing else pays for
//! it. Two of them in one file make 0.2 of what one makes.

use encoding_rs::{Decoder, DecoderResult, Encoding};
use zeroize::Zeroize;

use super::legacy;
use super::origins::{Chooser, Origins, ends_field};
use super::runs::{self, Evidence, Run, STRONG_BITS, separates};
use super::transcode::{pass_utf8, transcode};

/// A line is judged as a whole up to this size.
const PIECE_BYTES: usize = if cfg!(fuzzing) { 256 } else { 64 << 10 };
const MARK: &[u8] = "\u{feff}".as_bytes();

/// As much as the other runs of a line can say, and what one that is not UTF-8 says.
const NEIGHBOUR_BITS_MAX: i32 = 12;
/// A line with this much is UTF-8 beyond doubt: a chance of one in a million.
pub(super) const CERTAIN_BITS: i32 = 20;
/// Bits for UTF-8 in the neighbourhood of such a line, and how many lines that are not UTF-8 it reaches.
const RECENT_BITS: i32 = -6;
const RECENT_LINES: u32 = 256;
/// From this much on, it is worth while to ask whether the fallback can decode a run at all.
const ASK_BITS_MIN: i32 = 5;

/// How UTF-8 and a fallback share a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mix {
    /// Decodes what is not UTF-8. None: that is malformed.
    pub(super) fallback: Option<&'static Encoding>,
    /// What the sample says for UTF-8, in bits.
    pub(super) bits: i32,
    /// Whether UTF-8 is the main encoding: that of most lines, or what a byte order mark says.
    pub(super) is_utf8: bool,
    /// Whether a line that is valid UTF-8 passes unasked.
    pub(super) mostly_utf8: bool,
    /// Where what is not UTF-8 may have several encodings. None: it has the fallback's.
    pub(super) origins: Option<Origins>,
}

impl Mix {
    /// UTF-8 alone.
    pub(super) const UTF_8: Mix = Mix { fallback: None, bits: 0, is_utf8: true, mostly_utf8: true, origins: None };

    /// By the lines of a sample that are UTF-8 and those that are not.
    pub(super) fn new(fallback: &'static Encoding, good: u64, foreign: u64) -> Mix {
        let bits = match good {
            0 if fallback.is_single_byte() => -10,
            0 => -16,
            _ => ((good + 1).ilog2() as i32 - (foreign + 1).ilog2() as i32).clamp(-16, 0),
        };
        let (is_utf8, mostly_utf8) = (good >= foreign, good >= 3 * foreign);
        Mix { fallback: Some(fallback), bits, is_utf8, mostly_utf8, origins: None }
    }
}

/// How a part of the text is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Utf8,
    /// By the decoder of this number.
    Legacy(u8),
}

/// Decodes such a text, in portions.
pub(super) struct Mixed {
    mix: Mix,
    /// Of the fallback alone, or of all encodings that are told apart.
    decoders: Vec<Decoder>,
    /// The decoder of the fallback.
    main: u8,
    chooser: Option<Chooser>,
    /// Lines that are not UTF-8 for which an earlier line in UTF-8 still counts.
    recent: u32,
    /// A run longer than a piece, and how it was decoded.
    open: Option<Way>,
    at_line_start: bool,
    /// The runs of one piece, and how each is decoded; kept for their room.
    runs: Vec<(Run, Way)>,
    undecodable: u64,
    utf8_runs: u64,
    main_runs: u64,
    other_runs: u64,
}

impl Mixed {
    /// For a text from its start.
    pub(super) fn new(mix: Mix) -> Mixed {
        let number = mix.origins.and(mix.fallback).and_then(legacy::number_of).unwrap_or(0);
        let mut encodings: Vec<_> = mix.origins.iter().flat_map(|_| legacy::ENCODINGS).collect();
        encodings.resize(encodings.len().max(usize::from(mix.fallback.is_some())), encoding_rs::UTF_8);
        if let (Some(fallback), Some(place)) = (mix.fallback, encodings.get_mut(number)) {
            // Also where it is a relative of the one that is told apart, as KOI8-U is.
            *place = fallback;
        }
        Mixed {
            mix,
            decoders: encodings.into_iter().map(Encoding::new_decoder_without_bom_handling).collect(),
            main: number as u8,
            chooser: mix.origins.map(Chooser::new),
            recent: 0,
            open: None,
            at_line_start: true,
            runs: Vec::new(),
            undecodable: 0,
            utf8_runs: 0,
            main_runs: 0,
            other_runs: 0,
        }
    }

    /// Malformed sequences replaced.
    pub(super) fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// Runs that are not UTF-8 where most lines are, and that are neither in the fallback where they are not.
    pub(super) fn foreign_runs(&self) -> u64 {
        self.other_runs + if self.mix.is_utf8 { self.main_runs } else { self.utf8_runs }
    }

    /// Appends the start of `input` as UTF-8; returns the bytes taken. What is left is less than a piece, and is handed in
    /// again with more behind it, or with `last`, which takes everything.
    pub(super) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>, last: bool) -> usize {
        if self.mix.fallback.is_none() {
            let (taken, malformed) = pass_utf8(input, out, last);
            self.undecodable += malformed;
            return taken;
        }
        let mut writer = Writer { input, from: 0, way: self.open.unwrap_or(Way::Utf8) };
        let mut at = 0;
        loop {
            at = self.settled(&mut writer, at, out);
            let Some(length) = piece_end(&input[at..], last) else { break };
            at = self.judge(&mut writer, at, at + length, last, out);
        }
        writer.flush(self, at, out);
        for decoder in self.decoders.iter_mut().filter(|_| last) {
            self.undecodable += transcode(decoder, &[], out, true);
        }
        at
    }

    /// Behind the lines that need no judging.
    fn settled(&mut self, writer: &mut Writer<'_>, at: usize, out: &mut Vec<u8>) -> usize {
        if self.open.is_some() {
            return at;
        }
        let rest = &writer.input[at..];
        let calm = if self.mix.mostly_utf8 { valid_up_to(rest) } else { Encoding::ascii_valid_up_to(rest) };
        let Some(end) = memchr::memrchr2(b'\n', b'\r', &rest[..calm]) else { return at };
        self.at_line_start = true;
        // ASCII is the same either way.
        if self.mix.mostly_utf8 {
            writer.switch(self, at, Way::Utf8, out);
        }
        at + end + 1
    }

    /// Decides about a piece; returns its end, which is before an incomplete character where a run is cut.
    fn judge(&mut self, writer: &mut Writer<'_>, start: usize, end: usize, last: bool, out: &mut Vec<u8>) -> usize {
        let input = writer.input;
        let text = &input[..end];
        let mut at = self.finish_open(text, start);
        if self.at_line_start && text[at..].starts_with(MARK) {
            writer.switch(self, at, Way::Utf8, out);
            at += MARK.len();
        }
        if !self.mix.is_utf8 && is_foreign(&text[at..]) && self.is_usual(&text[at..]) {
            self.recent = self.recent.saturating_sub(1);
            self.at_line_start = true;
            self.open = None;
            writer.switch(self, at, Way::Legacy(self.main), out);
            return end;
        }
        let mut runs = std::mem::take(&mut self.runs);
        let line = Line::of(text, at, |run| runs.push((run, Way::Utf8)));
        runs.iter_mut().for_each(|(run, way)| *way = self.way(text, run, &line));
        self.choose(text, &mut runs);
        let mut way = self.open.filter(|_| at == end);
        for (run, run_way) in runs.drain(..) {
            writer.switch(self, run.start, run_way, out);
            match run_way {
                Way::Utf8 => self.utf8_runs += 1,
                Way::Legacy(number) if number == self.main => self.main_runs += 1,
                Way::Legacy(_) => self.other_runs += 1,
            }
            way = Some(run_way).filter(|_| run.end == end);
        }
        self.runs = runs;
        self.learn(&line);
        self.at_line_start = matches!(text[end - 1], b'\n' | b'\r');
        self.open = way.filter(|_| !last);
        match self.open {
            Some(Way::Utf8) => end - incomplete(&text[start..]),
            _ => end,
        }
    }

    /// Whether a line that is not UTF-8 is the fallback's, as all are where there is no other.
    fn is_usual(&mut self, line: &[u8]) -> bool {
        let main = usize::from(self.main);
        self.chooser.as_mut().is_none_or(|chooser| chooser.current() == main && chooser.is_usual([line].into_iter()))
    }

    /// Which older encoding those runs of a line have that are not UTF-8.
    fn choose(&mut self, text: &[u8], runs: &mut [(Run, Way)]) {
        let Some(chooser) = &mut self.chooser else { return };
        let legacy = || runs.iter().filter(|(_, way)| *way != Way::Utf8).map(|(run, _)| run);
        if legacy().next().is_none() || chooser.is_usual(legacy().map(|run| &text[run.start..run.end])) {
            return;
        }
        chooser.begin_line();
        let mut behind = None;
        for run in legacy() {
            let goes_on = behind.is_some_and(|behind| !ends_field(&text[behind..run.start]));
            chooser.add(run.start, &text[run.start..run.end], goes_on);
            behind = Some(run.end);
        }
        chooser.end_line();
        for (run, way) in runs.iter_mut().filter(|(_, way)| *way != Way::Utf8) {
            *way = Way::Legacy(chooser.of_field(run.start) as u8);
        }
    }

    /// Behind what belongs to a run that began in the piece before.
    fn finish_open(&mut self, text: &[u8], start: usize) -> usize {
        match self.open {
            None => start,
            Some(_) => text[start..].iter().position(|&byte| separates(byte)).map_or(text.len(), |next| start + next),
        }
    }

    /// Whether a run of this line is UTF-8; what else it is, `choose` says.
    fn way(&self, text: &[u8], run: &Run, line: &Line) -> Way {
        let Some(fallback) = self.mix.fallback else { return Way::Utf8 };
        let number = self.chooser.as_ref().map_or(self.main, |chooser| chooser.current() as u8);
        let own = match run.evidence {
            Evidence::Foreign => return Way::Legacy(number),
            Evidence::Valid(bits) | Evidence::Damaged(bits) => bits,
        };
        let current = self.decoders.get(usize::from(number)).map_or(fallback, Decoder::encoding);
        let said = own + line.about(own);
        let weight = if current.is_single_byte() && said > 0 { 2 } else { 1 };
        let prior = if self.recent > 0 { self.mix.bits.max(RECENT_BITS) } else { self.mix.bits };
        let is_utf8 = weight * said + prior > 0;
        let asked = !is_utf8 && own >= ASK_BITS_MIN && matches!(run.evidence, Evidence::Valid(_));
        let is_utf8 = is_utf8 || (asked && !decodes(current, &text[run.start..run.end]));
        if is_utf8 { Way::Utf8 } else { Way::Legacy(number) }
    }

    fn learn(&mut self, line: &Line) {
        if line.for_utf8() >= CERTAIN_BITS {
            self.recent = RECENT_LINES;
        } else if line.foreign > 0 {
            self.recent = self.recent.saturating_sub(1);
        }
    }
}

/// What the runs of a line say together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// Runs that are not UTF-8.
    pub(super) foreign: u64,
    /// Runs that are, or nearly so.
    pub(super) valid: u64,
    /// Those of them that hardly are by chance.
    strong: u64,
    /// What those say that say something for it.
    bits: i32,
    /// What the one of them says that says most.
    best: i32,
}

impl Line {
    /// From `at` on; hands out each run.
    pub(super) fn of(text: &[u8], mut at: usize, mut each: impl FnMut(Run)) -> Line {
        let mut line = Line::default();
        while let Some(run) = runs::next_run(text, at) {
            match run.evidence {
                Evidence::Foreign => line.foreign += 1,
                Evidence::Valid(bits) | Evidence::Damaged(bits) => {
                    line.valid += 1;
                    line.strong += u64::from(bits >= STRONG_BITS);
                    line.bits = line.bits.saturating_add(bits.max(0));
                    line.best = line.best.max(bits);
                }
            }
            at = run.end;
            each(run);
        }
        line
    }

    /// Bits for UTF-8 somewhere in the line. Many small bits beside foreign runs are chance.
    pub(super) fn for_utf8(&self) -> i32 {
        if self.foreign == 0 { self.bits } else { self.best }
    }

    /// What the line says about a run that says `own` for itself.
    fn about(&self, own: i32) -> i32 {
        let against = if self.foreign > 0 { NEIGHBOUR_BITS_MAX } else { 0 };
        let others = match self.strong - u64::from(own >= STRONG_BITS) {
            0 if self.foreign > 0 => 0,
            0 => (self.bits - own.max(0)).min(NEIGHBOUR_BITS_MAX),
            _ => NEIGHBOUR_BITS_MAX,
        };
        others - against
    }
}

/// Collects what is decoded in the same way, because a decoder is fast only on more than a few bytes.
struct Writer<'a> {
    input: &'a [u8],
    from: usize,
    way: Way,
}

impl Writer<'_> {
    /// From `at` on it is this way; `at` stands behind a separator.
    fn switch(&mut self, mixed: &mut Mixed, at: usize, way: Way, out: &mut Vec<u8>) {
        if way != self.way {
            self.flush(mixed, at, out);
            self.way = way;
        }
    }

    fn flush(&mut self, mixed: &mut Mixed, at: usize, out: &mut Vec<u8>) {
        let bytes = &self.input[self.from..at];
        self.from = at;
        let decoder = match self.way {
            Way::Utf8 => None,
            Way::Legacy(number) => mixed.decoders.get_mut(usize::from(number)),
        };
        mixed.undecodable += match decoder {
            Some(decoder) => transcode(decoder, bytes, out, false),
            None => pass_utf8(bytes, out, true).1,
        };
    }
}

/// Whether no run of a whole line begins with a character in UTF-8, which is told without looking for runs. So it is with
/// four lines of five in GBK, and with all in the encodings of Russian.
fn is_foreign(line: &[u8]) -> bool {
    let [first, .., second_last, last] = line else { return false };
    if *first >= 0x80 || *second_last >= 0x80 || !matches!(last, b'\n' | b'\r') {
        return false;
    }
    let mut is_foreign = true;
    for (((&before, &lead), &second), &third) in line.iter().zip(&line[1..]).zip(&line[2..]).zip(&line[3..]) {
        let begins = (before < 0x80) & (lead.wrapping_sub(0xc2) <= 0xf4 - 0xc2) & (second & 0xc0 == 0x80);
        let goes_on = (lead >= 0xe0) | !(0x80..0xc2).contains(&third);
        is_foreign &= !(begins & goes_on);
    }
    is_foreign
}

/// The length of the first piece: a line, or as much of it as is judged at once. None: more is needed.
fn piece_end(text: &[u8], last: bool) -> Option<usize> {
    let piece = &text[..text.len().min(PIECE_BYTES)];
    match memchr::memchr2(b'\n', b'\r', piece) {
        Some(end) => Some(end + 1),
        None if piece.len() == PIECE_BYTES => {
            Some(piece.iter().rposition(|&byte| separates(byte)).map_or(PIECE_BYTES, |separator| separator + 1))
        }
        None if last && !piece.is_empty() => Some(piece.len()),
        None => None,
    }
}

/// The length of the UTF-8 at the start.
fn valid_up_to(text: &[u8]) -> usize {
    simdutf8::compat::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len)
}

/// Bytes of a character that is cut at the end of the text.
pub(super) fn incomplete(text: &[u8]) -> usize {
    let is_cut = |length: &usize| {
        let tail = &text[text.len() - length..];
        tail[0] >= 0xc0 && std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none())
    };
    (1..=text.len().min(3)).find(is_cut).unwrap_or(0)
}

/// Whether an encoding has all these characters.
fn decodes(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let (mut decoder, mut scratch, mut at) = (encoding.new_decoder_without_bom_handling(), [0; 256], 0);
    let fits = loop {
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(&bytes[at..], &mut scratch, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => break true,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => break false,
        }
    };
    scratch.zeroize();
    fits
}

#[cfg(test)]
#[path = "mixed_tests.rs"]
mod tests;
