//! Chance that is the same for the same seed: numbers drawn in order, and numbers tied to a place and a time.

/// A sequence of numbers that look random (`SplitMix64`: Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of `seed`.
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence of one subject of a seed, whatever else was drawn before.
    pub const fn about(seed: u64, subject: u64) -> Self {
        Self(mix(seed ^ mix(subject)))
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 to `below` - 1.
    pub const fn below(&mut self, below: u64) -> u64 {
        self.next() % below
    }

    /// A whole number between both, each included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.next() % u64::try_from(most - least + 1).unwrap_or(1)).unwrap_or(0)
    }

    /// True in `per_mille` of 1,000 cases.
    pub const fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of them.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.next()).unwrap_or(usize::MAX) % choices.len()]
    }
}

/// A number for a text, the same on every machine (FNV-1a, 64 bits).
pub fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

const fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
