//! Random walks that are pure functions of seed and time, so that any moment of any year costs the same.
//!
//! A walk is a level away from its base. Over days it is a sum of waves of noise whose heights grow with the root of
//! their lengths, as a random walk's do, but which stays bounded; inside a day it is bent between two such levels.

use super::amount::Amount;

/// Pieces of a day or session between which prices run straight.
pub const PIECES: usize = 16;

/// Levels of a walk are counted in 10^-9 of its base.
const BILLION: i64 = 1_000_000_000;

/// Longest wave: 2^8 days.
const WAVES: u32 = 9;

/// 1000 × √(2^k), halved, for waves of 2^k days.
const WAVE_HEIGHTS: [i64; WAVES as usize] = [500, 707, 1000, 1414, 2000, 2828, 4000, 5657, 8000];

/// Thousandths of a day's volatility by which the midpoints bend, coarse to fine.
const BENDS: [i64; 4] = [500, 350, 250, 180];

/// Prices jump a little once in so many seconds.
pub const TICK_SECONDS: i64 = 5;

#[derive(Debug, Clone, Copy)]
pub struct Walk {
    seed: u64,
    base: Amount,
    /// 10^-9 per day.
    volatility: i64,
}

/// The levels from the start of a session to its end.
pub type Path = [i64; PIECES + 1];

impl Walk {
    pub fn new(seed: u64, base: Amount, volatility_ppm: i64) -> Walk {
        Walk { seed, base, volatility: volatility_ppm * 1000 }
    }

    pub fn volatility(&self) -> i64 {
        self.volatility
    }

    pub fn price(&self, level: i64) -> Amount {
        self.base.scaled(i128::from((BILLION + level).max(BILLION / 50)), i128::from(BILLION))
    }

    /// Where the walk stands when day number `day` ends.
    fn level(&self, day: i32) -> i64 {
        (0..WAVES)
            .map(|wave| {
                let length = 1i64 << wave;
                let (at, rest) = (i64::from(day).div_euclid(length), i64::from(day).rem_euclid(length));
                let (left, right) = (self.noise(wave.into(), at), self.noise(wave.into(), at + 1));
                let height = self.volatility * WAVE_HEIGHTS[wave as usize] / 1000;
                (left * (length - rest) + right * rest) / length * height / NOISE_MAX
            })
            .sum()
    }

    /// A session that follows the one of day `before`. `gaps`: it opens elsewhere than that one ended.
    pub fn path(&self, before: i32, day: i32, gaps: bool) -> Path {
        let mut path = [0; PIECES + 1];
        path[0] = self.level(before);
        if gaps {
            path[0] += self.volatility * 2 / 5 * self.noise(100, day.into()) / NOISE_MAX;
        }
        path[PIECES] = self.level(day);
        let mut step = PIECES;
        for bend in BENDS {
            let half = step / 2;
            for middle in (half..PIECES).step_by(step) {
                let noise = self.noise(101 + middle as u64, day.into());
                let bent = self.volatility / 1000 * bend * noise / NOISE_MAX;
                path[middle] = (path[middle - half] + path[middle + half]) / 2 + bent;
            }
            step = half;
        }
        path
    }

    /// From -NOISE_MAX to NOISE_MAX.
    fn noise(&self, kind: u64, at: i64) -> i64 {
        noise(self.seed ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93), at)
    }
}

pub const NOISE_MAX: i64 = 1 << 16;

pub fn noise(seed: u64, at: i64) -> i64 {
    (mix(seed, at as u64) >> 47) as i64 - NOISE_MAX
}

/// A number below `bound`.
pub fn below(seed: u64, at: u64, bound: u64) -> u64 {
    mix(seed, at) % bound.max(1)
}

/// SplitMix64 of a place in a stream.
pub fn mix(seed: u64, at: u64) -> u64 {
    let mut z = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed of its own for each name (FNV-1a).
pub fn seed_of(seed: u64, name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(seed, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_repeat_join_and_stay_near_their_base() {
        let walk = |seed| Walk::new(seed, Amount::whole(100), 20_000);
        let (mut moved, mut furthest) = (0, 0);
        for day in 10_000..14_000 {
            let path = walk(7).path(day - 1, day, false);
            assert_eq!(path, walk(7).path(day - 1, day, false));
            assert_eq!(path[PIECES], walk(7).path(day, day + 1, false)[0], "one day ends where the next starts");
            assert_ne!(path, walk(8).path(day - 1, day, false));
            moved += i64::from(path[0] != path[PIECES]);
            furthest = furthest.max(path[PIECES].abs());
        }
        assert_eq!(moved, 4000);
        assert!((100_000_000..700_000_000).contains(&furthest), "{furthest}");
    }
}
