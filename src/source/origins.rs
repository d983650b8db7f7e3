//! Which older encoding a part of a text has, where there may be several: what its bytes say, and what its neighbours do.
//!
//! Dumps are merged from files, so that neighbouring lines have one origin, and fields of a line mostly do. Hence three steps:
//!
//! - a **field** costs in each encoding what `legacy.rs` says;
//! - a **line** costs the sum of its fields, where a field that stands alone with its encoding costs [`Origins::field_bits`] on
//!   top at most: one field in another encoding must not decide for the others;
//! - from line to line the costs add up, and no encoding ever falls further behind than [`Origins::line_bits`]: as much as it
//!   takes to believe in a change. This is the algorithm of Viterbi without its way back, since text is not waited for.
//!
//! The encoding with the least sum is that of the line, and each field of it has this one unless another is cheaper by
//! [`Origins::field_bits`]. Both prices, and what each encoding costs at the start, are measured in the sample: a file of which all is
//! in one encoding pays most for a change, a file sorted by address, in which every line has another origin, pays little.

use super::legacy::{self, COUNT, Costs};

/// What a change costs in a text whose sample has one encoding: two names of two characters, or one address.
const CHANGE_BITS_MAX: u32 = 20;
/// What an encoding costs that the sample does not have.
const UNSEEN_BITS: u32 = 20;
/// What a change costs at least.
const CHANGE_BITS_MIN: u32 = 3;
/// In a text of one encoding a line that costs no more than this, in quarters of a bit for each byte beyond ASCII, is not looked
/// at in the others: what natural text costs on average, and half as much again.
const PLAUSIBLE_QUARTERS: Costs = [22, 22, 23, 22, 21, 21, 32, 32];

/// What the sample says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origins {
    /// What each encoding costs at the start.
    pub(super) first: Costs,
    /// A change from one line to the next.
    pub(super) line_bits: u32,
    /// A field in another encoding than its line.
    pub(super) field_bits: u32,
}

impl Origins {
    /// All of the sample is in this encoding.
    pub(super) fn one(number: usize) -> Origins {
        let mut first = [UNSEEN_BITS; COUNT];
        first[number] = 0;
        Origins { first, line_bits: CHANGE_BITS_MAX, field_bits: CHANGE_BITS_MAX }
    }

    /// By the lines of a sample in each encoding, by how often neighbours differed, and in how many lines two fields did.
    pub(super) fn several(lines: &[u64; COUNT], changes: u64, mixed: u64) -> Origins {
        let all: u64 = lines.iter().sum();
        let bits = |part: u64| ((all + 1).ilog2() + 1).saturating_sub((part + 1).ilog2());
        let first = lines.map(|lines| if lines == 0 { UNSEEN_BITS } else { bits(lines).min(UNSEEN_BITS) });
        let change = |count| bits(count).clamp(CHANGE_BITS_MIN, CHANGE_BITS_MAX);
        Origins { first, line_bits: change(changes), field_bits: change(mixed) + CHANGE_BITS_MIN }
    }

    /// Whether one encoding is all there is.
    fn has_one(&self) -> bool {
        self.line_bits == CHANGE_BITS_MAX
    }
}

/// Follows a text line by line.
pub(super) struct Chooser {
    origins: Origins,
    /// How far each encoding is behind the best.
    behind: Costs,
    current: usize,
    /// What the sample has.
    expected: Vec<usize>,
    /// Fields of the line at hand.
    fields: Vec<Field>,
}

/// A field beyond ASCII: where it begins, and what it costs.
struct Field {
    start: usize,
    costs: Costs,
}

impl Chooser {
    pub(super) fn new(origins: Origins) -> Chooser {
        let current = cheapest(&origins.first);
        let expected = (0..COUNT).filter(|&number| origins.first[number] < UNSEEN_BITS).collect();
        Chooser { origins, behind: origins.first, current, expected, fields: Vec::new() }
    }

    /// The encoding of the last line.
    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// Whether these parts of a line are what all the others are; nobody looks further at it then.
    pub(super) fn is_usual<'a>(&mut self, parts: impl Iterator<Item = &'a [u8]>) -> bool {
        if !self.origins.has_one() {
            return false;
        }
        let (mut cost, mut high) = (0, 0);
        for part in parts {
            cost += legacy::cost(self.current, part);
            high += high_bytes(part);
        }
        let is_usual = cost * 4 <= PLAUSIBLE_QUARTERS[self.current] * high;
        if is_usual {
            // Each such line is one more reason against the others: a bit for each byte is less than what it says.
            self.behind.iter_mut().for_each(|behind| *behind = (*behind + high).min(self.origins.line_bits));
            self.behind[self.current] = 0;
        }
        is_usual
    }

    /// Forgets the fields of the line before.
    pub(super) fn begin_line(&mut self) {
        self.fields.clear();
    }

    /// Adds a part of a field that begins at `start` or goes on there.
    pub(super) fn add(&mut self, start: usize, part: &[u8], goes_on: bool) {
        let costs = self.costs(part);
        match self.fields.last_mut().filter(|_| goes_on) {
            Some(field) => field.costs = sum(&field.costs, &costs),
            None => self.fields.push(Field { start, costs }),
        }
    }

    /// What a part costs. Where it is plausible in an encoding of several that the sample has, nobody asks the others.
    fn costs(&self, part: &[u8]) -> Costs {
        let mut costs = [u32::MAX; COUNT];
        self.expected.iter().for_each(|&number| costs[number] = legacy::cost(number, part));
        let best = cheapest(&costs);
        if self.expected.len() < 2 || costs[best] * 4 > PLAUSIBLE_QUARTERS[best] * high_bytes(part) {
            return legacy::costs(part);
        }
        let others = costs[best] + self.origins.field_bits;
        costs.map(|bits| if bits == u32::MAX { others } else { bits })
    }

    /// Decides about the line whose fields were added.
    pub(super) fn end_line(&mut self) {
        let Origins { line_bits, field_bits, .. } = self.origins;
        let mut behind = self.behind.map(|bits| bits.min(line_bits));
        for field in &self.fields {
            let least = field.costs[cheapest(&field.costs)];
            behind = sum(&behind, &field.costs.map(|bits| bits.min(least + field_bits)));
        }
        // Between equals the one before.
        let least = behind[cheapest(&behind)];
        if behind[self.current] > least {
            self.current = cheapest(&behind);
        }
        self.behind = behind.map(|bits| (bits - least).min(line_bits));
    }

    /// The encoding of the field that holds `place`, after the line was decided.
    pub(super) fn of_field(&self, place: usize) -> usize {
        let index = self.fields.partition_point(|field| field.start <= place);
        let Some(field) = index.checked_sub(1).map(|index| &self.fields[index]) else { return self.current };
        let best = cheapest(&field.costs);
        let is_alone = field.costs[best] + self.origins.field_bits < field.costs[self.current];
        if is_alone { best } else { self.current }
    }
}

/// How many bytes are beyond ASCII.
fn high_bytes(part: &[u8]) -> u32 {
    part.iter().map(|&byte| u32::from(byte >> 7)).sum()
}

/// The costs of two parts together.
pub(super) fn sum(a: &Costs, b: &Costs) -> Costs {
    std::array::from_fn(|number| a[number] + b[number])
}

/// The number of the least cost.
pub(super) fn cheapest(costs: &Costs) -> usize {
    (0..COUNT).min_by_key(|&number| costs[number]).unwrap_or(0)
}

/// Whether what stands between two parts ends a field: blanks and the marks of names do not.
pub(super) fn ends_field(between: &[u8]) -> bool {
    !between.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b'-' | b'\'' | b'#'))
}
