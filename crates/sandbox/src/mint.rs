//! Ids and tokens: the same ones again when the world is frozen.

use std::hash::{BuildHasher, RandomState};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Makes values that do not repeat within one world.
#[derive(Clone, Debug)]
pub(crate) struct Mint {
    salt: u64,
    next: u64,
}

impl Mint {
    /// A mint whose values are the same in every world.
    pub(crate) fn repeatable() -> Self {
        Self { salt: 0, next: 1 }
    }

    /// A mint whose values differ from start to start.
    pub(crate) fn fresh() -> Self {
        Self { salt: RandomState::new().hash_one("sandbox"), next: 1 }
    }

    /// The next number of this world.
    pub(crate) fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// A string of letters and digits of the given length.
    pub(crate) fn letters(&mut self, purpose: &str, length: usize) -> String {
        let number = self.number();
        letters(&format!("{}:{purpose}:{number}", self.salt), length)
    }

    /// A string of digits of the given length.
    pub(crate) fn digits(&mut self, purpose: &str, length: usize) -> String {
        let number = self.number();
        digits(&format!("{}:{purpose}:{number}", self.salt), length)
    }
}

/// Letters and digits that follow from `from`.
pub(crate) fn letters(from: &str, length: usize) -> String {
    stream(from, length).map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect()
}

/// Digits that follow from `from`; the first is never a zero.
pub(crate) fn digits(from: &str, length: usize) -> String {
    stream(from, length)
        .enumerate()
        .map(|(place, byte)| {
            let digit = if place == 0 { 1 + byte % 9 } else { byte % 10 };
            char::from(b'0' + digit)
        })
        .collect()
}

fn stream(from: &str, length: usize) -> impl Iterator<Item = u8> {
    let from = from.to_owned();
    (0_u32..).flat_map(move |block| Sha256::digest(format!("{from}#{block}")).to_vec()).take(length)
}

/// How Instagram writes an id: base64 in which `Z` is `ZA` and padding is `ZD`.
pub(crate) fn opaque(plain: &str) -> String {
    STANDARD.encode(plain).replace('Z', "ZA").replace('=', "ZD")
}

/// What an id of Instagram says, if it is one.
pub(crate) fn transparent(id: &str) -> Option<String> {
    let plain = STANDARD.decode(id.replace("ZD", "=").replace("ZA", "Z")).ok()?;
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instagram_id_starts_as_the_platform_writes_it() {
        assert!(opaque("ig_dm_item:1:IGMessageID:17841400000000001:1:2").starts_with("aWdfZAG1faXRlbToxOk"));
        assert!(!opaque("a").contains('='), "padding is written ZD");
        for plain in ["ig_dm:1:IGMessageThread:17841400000000001:9", "a", "ab", "Z~e", "~~~Z?"] {
            assert_eq!(transparent(&opaque(plain)).as_deref(), Some(plain));
        }
    }

    #[test]
    fn a_repeatable_mint_says_the_same_again() {
        let (mut one, mut two) = (Mint::repeatable(), Mint::repeatable());
        assert_eq!(one.letters("token", 20), two.letters("token", 20));
        assert_ne!(one.letters("token", 20), two.digits("token", 20));
    }
}
