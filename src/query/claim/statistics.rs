//! How sure a share is.
//!
//! The interval of Clopper and Pearson (Biometrika 26, 1934) holds the share with at least the stated confidence, whatever
//! the share: its ends are quantiles of beta distributions. They are found by bisection of the regularised incomplete beta
//! function, which is computed by its continued fraction (modified Lentz).

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

    /// How many of `claimed` that would be at least and at most, if the records are a random part of them.
    pub fn of(&self, claimed: u64) -> (u64, u64) {
        let claimed = claimed as f64;
        ((self.low * claimed).floor() as u64, (self.high * claimed).ceil() as u64)
    }
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

    /// The rows of one sort: two numbers of records, and two numbers.
    fn rows(sort: &str) -> Vec<(u64, u64, f64, f64)> {
        let rows = BY_SCIPY.lines().filter_map(|line| line.strip_prefix(sort)?.strip_prefix('\t'));
        let row = |text: &str| {
            let fields: Vec<&str> = text.split('\t').collect();
            let [part, whole, first, second] = fields[..] else { return None };
            Some((part.parse().ok()?, whole.parse().ok()?, first.parse().ok()?, second.parse().ok()?))
        };
        rows.map(|text| row(text).unwrap_or_else(|| panic!("four numbers: {text}"))).collect()
    }

    #[test]
    fn intervals_are_those_of_scipy() {
        let rows = rows("share");
        assert!(rows.len() > 100, "{}", rows.len());
        for (part, whole, low, high) in rows {
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
        for (part, whole, each, want) in rows {
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
    fn a_share_is_counted_outwards() {
        assert_eq!(Share::new(19, 20).of(1_000), (751, 999));
        assert_eq!(Share::new(10, 10).of(650_000), (449_476, 650_000));
    }
}
