//! How sure a share is.
//!
//! The interval of Clopper and Pearson (Biometrika 26, 1934) holds the share with at least the stated confidence, whatever
//! the share: its ends are quantiles of beta distributions. They are found by bisection of the regularised incomplete beta
//! function, which is computed by its continued fraction (modified Lentz).
//!
//! That is for a share of something without end. Of a number of records that is known, those seen are certain, and only the
//! others are not: then the ends are the numbers for which what was seen is still probable enough when records are drawn and
//! not put back, by the hypergeometric distribution (Buonaccorsi, The American Statistician 41, 1987; Wright, Exact Confidence
//! Bounds when Sampling from Small Finite Universes, 1991).

/// A share of records, and where the share of the whole lies if the records are a random part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// How many.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// What both ends together leave out.
const ALPHA: f64 = 0.05;
/// Halvings of the unit interval: more than a double can tell apart.
const HALVINGS: u32 = 60;

impl Share {
    /// The share of `part` among `whole`, with its interval; from 0 to 1 where there is nothing.
    ///
    /// Cost: 120 continued fractions of about the square root of `whole` steps.
    pub fn new(part: u64, whole: u64) -> Share {
        let part = part.min(whole);
        let (k, n) = (part as f64, whole as f64);
        let low = if part == 0 { 0.0 } else { beta_quantile(ALPHA / 2.0, k, n - k + 1.0) };
        let high = if part == whole { 1.0 } else { beta_quantile(1.0 - ALPHA / 2.0, k + 1.0, n - k) };
        Share { part, whole, low, high }
    }

    /// The share itself; zero of nothing.
    pub fn value(&self) -> f64 {
        if self.whole == 0 { 0.0 } else { self.part as f64 / self.whole as f64 }
    }

    /// How many of `claimed` records are so at least and at most (95 %), if the records of this share were drawn from them at
    /// random; none if there are more of these than claimed.
    ///
    /// Source: the hypergeometric interval, see the text of the module. Cost: the sum of some thousand terms, sixty times.
    pub fn of(&self, claimed: u64) -> Option<(u64, u64)> {
        let rest = claimed.checked_sub(self.whole)?;
        if claimed > FINITE_MAX {
            // So many that it makes no difference, and the logarithms lose the digits behind the point. It is wider, if anything.
            let at_most = (self.high * claimed as f64).ceil() as u64;
            return Some(((self.low * claimed as f64).floor() as u64, at_most.min(self.part + rest)));
        }
        let low = least(self.part, self.whole, claimed);
        Some((low, claimed - least(self.whole - self.part, self.whole, claimed)))
    }
}

/// Above this number of records a share of them is as one of something without end.
const FINITE_MAX: u64 = 1_000_000_000;

/// The least number of records among `all` with which it is not too improbable that `drawn` of them have `part` or more.
fn least(part: u64, drawn: u64, all: u64) -> u64 {
    let (mut low, mut high) = (part, all - (drawn - part));
    while low < high {
        let middle = low + (high - low) / 2;
        // What is just as improbable as that still belongs to the interval, whatever the last digits say.
        let is_possible = finite_tail(part, drawn, middle, all) >= ALPHA / 2.0 * (1.0 - 1e-8);
        if is_possible { high = middle } else { low = middle + 1 }
    }
    low
}

/// The probability that `drawn` of `all` records have at least `part` of the `marked` ones.
fn finite_tail(part: u64, drawn: u64, marked: u64, all: u64) -> f64 {
    let fewest = (drawn + marked).saturating_sub(all);
    if part <= fewest || part > drawn.min(marked) {
        return if part <= fewest { 1.0 } else { 0.0 };
    }
    let [all_f, drawn_f, marked_f] = [all, drawn, marked].map(|n| n as f64);
    let rest = all_f - marked_f - drawn_f;
    // Both sums run away from the middle, so that their terms only fall.
    if part as f64 > drawn_f * marked_f / all_f {
        let more = |x: f64| (marked_f - x) * (drawn_f - x) / ((x + 1.0) * (rest + x + 1.0));
        falling_sum(finite_term(part, drawn, marked, all), part as f64, 1.0, more)
    } else {
        let fewer = |x: f64| x * (rest + x) / ((marked_f - x + 1.0) * (drawn_f - x + 1.0));
        1.0 - falling_sum(finite_term(part - 1, drawn, marked, all), (part - 1) as f64, -1.0, fewer)
    }
}

/// The sum of terms of which each is the one before times a ratio, until the next is nothing.
fn falling_sum(first: f64, from: f64, step: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut x) = (first, first, from);
    while term > sum * 1e-17 {
        term *= ratio(x);
        sum += term;
        x += step;
    }
    sum.min(1.0)
}

/// The probability that `drawn` of `all` records have just `part` of the `marked` ones.
fn finite_term(part: u64, drawn: u64, marked: u64, all: u64) -> f64 {
    let ways = ln_choose(marked, part) + ln_choose(all - marked, drawn - part);
    (ways - ln_choose(all, drawn)).exp()
}

/// The probability that none of `marked` records is among those that were drawn of `all`.
pub(super) fn none_drawn(marked: u64, drawn: u64, all: u64) -> f64 {
    if marked.saturating_add(drawn) > all { 0.0 } else { finite_term(0, drawn, marked, all) }
}

/// The logarithm of the number of ways to draw some of all.
fn ln_choose(all: u64, some: u64) -> f64 {
    let [all, some] = [all, some].map(|n| n as f64);
    ln_gamma(all + 1.0) - ln_gamma(some + 1.0) - ln_gamma(all - some + 1.0)
}

/// The probability that of `whole` at least `part` are so, each with the probability `each`.
///
/// Source: DLMF 8.17.5. Input: `part` is at least 1.
pub(super) fn binomial_tail(part: u64, whole: u64, each: f64) -> f64 {
    beta_probability(each, part as f64, (whole - part) as f64 + 1.0)
}

/// The point below which a beta distribution has the probability `p`.
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if beta_probability(middle, a, b) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function: the probability of a beta distribution below `x`.
fn beta_probability(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges fast on one side of the mean only; the function is symmetric.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22).
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const STEPS_MAX: u32 = 100_000;
    const PRECISION: f64 = 1e-15;
    let apart = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let (mut c, mut d) = (1.0, 1.0 / apart(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..=STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / apart(1.0 + term * d);
            c = apart(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() <= PRECISION * fraction.abs() {
            break;
        }
    }
    fraction
}

/// The logarithm of the gamma function of a number of at least 1, by the series of Stirling (DLMF 5.11.1) above 12, where
/// its terms beyond the sixth are below 10^-16.
fn ln_gamma(x: f64) -> f64 {
    const FROM: f64 = 12.0;
    const TERMS: [f64; 6] = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    let (mut x, mut product) = (x, 1.0);
    while x < FROM {
        product *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = TERMS.iter().rev().fold(0.0, |sum, term| sum * square + term) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What SciPy says, made by `testdata/compare/statistics.py`.
    const BY_SCIPY: &str = include_str!("../../../testdata/statistics.tsv");

    /// The rows of one sort: numbers of records, and other numbers.
    fn rows<const RECORDS: usize, const OTHERS: usize>(sort: &str) -> Vec<([u64; RECORDS], [f64; OTHERS])> {
        let rows = BY_SCIPY.lines().filter_map(|line| line.strip_prefix(sort)?.strip_prefix('\t'));
        let row = |text: &str| {
            let fields: Vec<&str> = text.split('\t').collect();
            let (records, others) = fields.split_at_checked(RECORDS)?;
            let records: Option<Vec<u64>> = records.iter().map(|field| field.parse().ok()).collect();
            let others: Option<Vec<f64>> = others.iter().map(|field| field.parse().ok()).collect();
            Some((records?.try_into().ok()?, others?.try_into().ok()?))
        };
        rows.map(|text| row(text).unwrap_or_else(|| panic!("{RECORDS} and {OTHERS} numbers: {text}"))).collect()
    }

    #[test]
    fn intervals_are_those_of_scipy() {
        let rows = rows("share");
        assert!(rows.len() > 100, "{}", rows.len());
        for ([part, whole], [low, high]) in rows {
            let share = Share::new(part, whole);
            let far = (share.low - low).abs().max((share.high - high).abs());
            assert!(far < 1e-9, "{part} of {whole}: {share:?}");
        }
        assert_eq!(Share::new(0, 0), Share { part: 0, whole: 0, low: 0.0, high: 1.0 });
    }

    #[test]
    fn tails_are_those_of_scipy() {
        let rows = rows("tail");
        assert!(rows.len() > 150, "{}", rows.len());
        for ([part, whole], [each, want]) in rows {
            let got = binomial_tail(part, whole, each);
            // Whatever is decided is decided far above what is lost here.
            let far = (got / want - 1.0).abs();
            assert!(far < 1e-6, "{part} of {whole} at {each}: {got}, not {want}");
        }
    }

    /// The sums of their terms in exact arithmetic.
    #[test]
    fn tails_are_sums_of_their_terms() {
        for (part, whole, each, want) in
            [(1, 1, 0.01, 0.01), (3, 20, 0.01, 1.003_575e-3), (3, 5, 0.5, 0.5), (20, 20, 0.5, 9.536_743e-7)]
        {
            let got = binomial_tail(part, whole, each);
            assert!((got / want - 1.0).abs() < 1e-4, "{part} of {whole}: {got}");
        }
    }

    #[test]
    fn numbers_of_a_claim_are_those_of_scipy() {
        let rows = rows("claimed");
        assert!(rows.len() > 100, "{}", rows.len());
        for ([part, whole, claimed, low, high], []) in rows {
            assert_eq!(Share::new(part, whole).of(claimed), Some((low, high)), "{part} of {whole}, of {claimed}");
        }
    }

    #[test]
    fn what_was_not_drawn_is_as_probable_as_scipy_says() {
        let rows = rows("none");
        assert!(rows.len() > 60, "{}", rows.len());
        for ([marked, drawn, all], [want]) in rows {
            let got = none_drawn(marked, drawn, all);
            assert!((got / want - 1.0).abs() < 1e-6, "{marked} of {all}, {drawn} drawn: {got}, not {want}");
        }
        assert_eq!(none_drawn(3, 8, 10), 0.0);
    }

    #[test]
    fn a_claim_holds_what_was_seen_and_no_more_than_the_rest() {
        let seen = Share::new(350, 500);
        assert_eq!((seen.of(500), seen.of(501)), (Some((350, 350)), Some((350, 351))));
        // Fewer were claimed than were shown.
        assert_eq!(seen.of(499), None);
        // Far more than were seen: the interval of Clopper and Pearson, outwards.
        assert_eq!(Share::new(19, 20).of(2_000_000_000), Some((1_502_534_474, 1_997_469_822)));
        assert_eq!(Share::new(0, 0).of(5), Some((0, 5)));
    }
}
