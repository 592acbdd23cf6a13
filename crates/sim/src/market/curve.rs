//! The prices of one session: straight pieces between points, with a small jump every few seconds.

use super::amount::Amount;
use super::walk::{NOISE_MAX, PIECES, TICK_SECONDS, noise};

/// Prices from `start` to `end`, in seconds since 1970.
pub struct Curve {
    pub points: [Amount; PIECES + 1],
    pub start: i64,
    pub end: i64,
    pub seed: u64,
    /// How far a jump goes, in 10^-9 of the price.
    pub jump: i64,
}

#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub first: Amount,
    pub high: Amount,
    pub low: Amount,
    pub last: Amount,
}

impl Range {
    /// The range of two that follow each other.
    pub fn then(self, next: Range) -> Range {
        Range { first: self.first, high: self.high.max(next.high), low: self.low.min(next.low), last: next.last }
    }
}

impl Curve {
    fn straight(&self, at: i64) -> Amount {
        let length = self.end - self.start;
        let along = (at.clamp(self.start, self.end) - self.start) * PIECES as i64;
        let (piece, rest) = ((along / length) as usize, along % length);
        if rest == 0 {
            return self.points[piece];
        }
        let (left, right) = (self.points[piece], self.points[piece + 1]);
        left + (right - left).scaled(i128::from(rest), i128::from(length))
    }

    /// The price at a second; at both ends exactly the first and the last point.
    pub fn at(&self, at: i64) -> Amount {
        let price = self.straight(at);
        if at <= self.start || at >= self.end {
            return price;
        }
        let jump = self.jump * noise(self.seed, at.div_euclid(TICK_SECONDS)) / NOISE_MAX;
        price + price.scaled(i128::from(jump), 1_000_000_000)
    }

    /// From `from` to `to`, both clamped into the session. Never narrower than what [`Curve::at`] gives inside.
    pub fn range(&self, from: i64, to: i64) -> Range {
        let (from, to) = (from.clamp(self.start, self.end), to.clamp(self.start, self.end));
        let (first, last) = (self.straight(from), self.straight(to));
        let (mut high, mut low) = (first.max(last), first.min(last));
        let length = self.end - self.start;
        for (index, point) in self.points.iter().enumerate() {
            let at = self.start + index as i64 * length / PIECES as i64;
            if (from..=to).contains(&at) {
                (high, low) = (high.max(*point), low.min(*point));
            }
        }
        let jump = i128::from(self.jump);
        Range {
            first: self.at(from),
            high: high + high.scaled(jump, 1_000_000_000),
            low: low - low.scaled(jump, 1_000_000_000),
            last: self.at(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_price_leaves_the_range_told_so_far() {
        let points = std::array::from_fn(|i| Amount::whole(100 + (i as i64 * 7) % 5));
        let curve = Curve { points, start: 1000, end: 24_400, seed: 3, jump: 400_000 };
        let mut before: Option<Range> = None;
        for at in (1000..=24_400).step_by(7) {
            let range = curve.range(curve.start, at);
            assert!(range.low <= curve.at(at) && curve.at(at) <= range.high, "{at}");
            assert!(before.is_none_or(|before| before.high <= range.high && before.low >= range.low), "{at}");
            before = Some(range);
        }
        assert_eq!((curve.at(1000), curve.at(24_400)), (points[0], points[PIECES]));
    }
}
