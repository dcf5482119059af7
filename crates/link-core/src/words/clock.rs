//! Time and chance come in through ports, so that every scenario replays exactly.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time. Nothing in the domain crates asks the system.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Fresh ids and random bytes.
pub trait Chance: Send + Sync {
    /// An id that nobody has yet; version 7, so that ids of one process sort by time.
    fn id(&self) -> Uuid;
    /// Thirty-two unpredictable bytes, for nonces.
    fn bytes(&self) -> [u8; 32];
}

/// The system's source of chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        #[expect(clippy::expect_used, reason = "without randomness no nonce is safe; going on would be worse than stopping")]
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        bytes
    }
}
