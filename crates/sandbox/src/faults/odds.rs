//! Whether a fault that fits comes to pass this time.

/// The odds of a fault, and the seed they follow from: the same seed answers the same again, in the same order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odds {
    /// Above 0 and at most 1.
    chance: f64,
    seed: u64,
}

impl Odds {
    /// Reads `chance` and `seed`; without them it always comes to pass.
    pub(super) fn read(chance: Option<f64>, seed: Option<u64>) -> Result<Self, String> {
        if seed.is_some() && chance.is_none() {
            return Err("a fault's seed goes with its chance".to_owned());
        }
        let chance = chance.unwrap_or(1.0);
        if chance > 0.0 && chance <= 1.0 {
            return Ok(Self { chance, seed: seed.unwrap_or_default() });
        }
        Err("a fault's chance is above 0 and at most 1, which is always".to_owned())
    }

    /// Whether it comes to pass for the `time`-th of those that it fits.
    pub(super) fn favour(self, time: u32) -> bool {
        f64::from(draw(self.seed, time)) <= self.chance * f64::from(u32::MAX)
    }
}

/// A number that looks drawn by lot, of a seed and a place (SplitMix64).
fn draw(seed: u64, time: u32) -> u32 {
    let mut mixed = seed.wrapping_add(u64::from(time).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    // The upper half, which always fits.
    u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(chance: f64, seed: u64) -> Vec<bool> {
        let odds = Odds::read(Some(chance), Some(seed)).unwrap();
        (1..=10_000).map(|time| odds.favour(time)).collect()
    }

    #[test]
    fn a_third_is_about_a_third_and_the_same_seed_draws_the_same() {
        let struck = drawn(1.0 / 3.0, 7).into_iter().filter(|struck| *struck).count();
        assert!((3_200..3_470).contains(&struck), "{struck} of 10,000");
        assert_eq!(drawn(0.5, 7), drawn(0.5, 7));
        assert_ne!(drawn(0.5, 7), drawn(0.5, 8));
        assert!(drawn(1.0, 7).into_iter().all(|struck| struck), "a certain fault misses");
    }

    #[test]
    fn odds_that_could_never_be_are_refused() {
        for wrong in [0.0, -0.5, 1.5, f64::NAN] {
            assert!(Odds::read(Some(wrong), None).is_err(), "{wrong}");
        }
        assert!(Odds::read(None, Some(1)).is_err(), "a seed without a chance says nothing");
    }
}
