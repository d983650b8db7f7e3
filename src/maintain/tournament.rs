//! Which of several ascending rows of digests goes on: a tournament whose match is played again only where a row has moved.
//!
//! A match is a comparison whose result is a number and no branch: which row comes next is chance, and a processor that
//! guesses it is wrong every second time. A row that moves plays log2 n matches, each of a few cycles; a heap plays twice as
//! many, and guesses all of them.

use crate::digest::Digest;

/// Rows by the digest that each has next. A row that ends is taken out.
#[derive(Default)]
pub(super) struct Tournament {
    /// The next digest of every row; behind them as many as make a power of two, which never win.
    heads: Vec<u128>,
    /// Node 1 is the final; those of node i are 2 i and 2 i + 1; the second half are the rows. Each has the number of its winner.
    winners: Vec<u32>,
    rows: usize,
}

impl Tournament {
    /// Begins with the first digest of every row.
    pub(super) fn new(heads: impl Iterator<Item = Digest>) -> Tournament {
        let mut tournament = Tournament { heads: heads.map(|head| head.0).collect(), ..Tournament::default() };
        tournament.rows = tournament.heads.len();
        tournament.play_all();
        tournament
    }

    /// Plays every match.
    fn play_all(&mut self) {
        let places = self.rows.next_power_of_two();
        self.heads.resize(places, u128::MAX);
        self.winners = vec![0; 2 * places];
        self.winners[places..].iter_mut().zip(0..).for_each(|(winner, row)| *winner = row);
        for node in (1..places).rev() {
            let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
            let is_right = self.heads[right as usize] < self.heads[left as usize];
            self.winners[node] = if is_right { right } else { left };
        }
    }

    /// The lowest digest and its row, of equal ones the first row.
    #[inline]
    pub(super) fn lowest(&self) -> Option<(Digest, usize)> {
        let row = self.winners[1] as usize;
        (self.rows > 0).then(|| (Digest(self.heads[row]), row))
    }

    /// Gives a row its next digest.
    #[inline]
    pub(super) fn advance(&mut self, row: usize, next: Digest) {
        self.heads[row] = next.0;
        let (mut winner, mut head) = (row as u32, next.0);
        let mut node = self.heads.len() + row;
        while node > 1 {
            let other = self.winners[node ^ 1];
            let other_head = self.heads[other as usize];
            // Of equal ones the left one wins: the right one must be lower by one at least.
            let (difference, is_lower) = other_head.overflowing_sub(head);
            let is_equal_and_left = difference < (node & 1) as u128;
            // All ones where the other one wins. A choice made of numbers: a compiler makes a branch of any other.
            let mask = 0u64.wrapping_sub((is_lower | is_equal_and_left).into());
            winner ^= (winner ^ other) & mask as u32;
            head ^= (head ^ other_head) & (u128::from(mask) << 64 | u128::from(mask));
            node /= 2;
            self.winners[node] = winner;
        }
    }

    /// Takes out a row that has ended: those behind it have a number less.
    pub(super) fn remove(&mut self, row: usize) {
        self.heads.truncate(self.rows);
        self.heads.remove(row);
        self.rows -= 1;
        self.play_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Merges rows, and says which row every digest came from.
    fn merge(rows: &[Vec<u128>]) -> Vec<(u128, usize)> {
        let mut left: Vec<(usize, VecDeque<u128>)> = rows
            .iter()
            .map(|row| row.iter().copied().collect())
            .enumerate()
            .filter(|(_, row): &(_, VecDeque<_>)| !row.is_empty())
            .collect();
        let mut tournament = Tournament::new(left.iter().map(|(_, row)| Digest(row[0])));
        let mut merged = Vec::new();
        while let Some((digest, row)) = tournament.lowest() {
            merged.push((digest.0, left[row].0));
            left[row].1.pop_front();
            match left[row].1.front() {
                Some(next) => tournament.advance(row, Digest(*next)),
                None => {
                    tournament.remove(row);
                    left.remove(row);
                }
            }
        }
        merged
    }

    #[test]
    fn rows_come_in_the_order_of_their_digests_and_numbers() {
        let mut state = 7u64;
        let mut random = |end: u64| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) % end
        };
        for count in (0..20).chain([63, 64, 65]) {
            for among in [2, 50, 100_000] {
                // High halves that are equal, low ones that are equal, and the highest digest of all.
                let mut digest = || match random(9) {
                    0 => u128::MAX - u128::from(random(2)),
                    1 => u128::from(random(among)) << 64,
                    _ => u128::from(random(among)) << 63 | u128::from(random(2)),
                };
                let mut rows: Vec<Vec<u128>> =
                    (0..count).map(|row| (0..row % 7 * 5).map(|_| digest()).collect()).collect();
                rows.iter_mut().for_each(|row| row.sort_unstable());
                let numbered =
                    rows.iter().enumerate().flat_map(|(number, row)| row.iter().map(move |digest| (*digest, number)));
                let mut want: Vec<(u128, usize)> = numbered.collect();
                want.sort_unstable();
                assert_eq!(merge(&rows), want, "{count} rows of {among}");
            }
        }
    }
}
