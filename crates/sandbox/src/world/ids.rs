//! Ids that follow from who talks to whom.

use super::World;
use super::talk::Platform;
use crate::mint;

impl World {
    /// The id under which an account sees a customer.
    pub(crate) fn scoped_id(&self, account: &str, customer: &str) -> Option<String> {
        let customer = 1 + self.customers.iter().position(|it| it.id == customer)?;
        if let Some(place) = self.pages.iter().position(|page| page.id == account) {
            return Some(number('4', 1 + place, customer));
        }
        let place = self.instagram.iter().position(|it| it.id == account)?;
        Some(number('5', 1 + place, customer))
    }

    /// The conversation id of a customer with an account.
    pub(crate) fn thread_id(platform: Platform, account: &str, scoped: &str) -> String {
        let digits = mint::digits(&format!("thread:{account}:{scoped}"), 15);
        match platform {
            Platform::Messenger => format!("t_{digits}"),
            Platform::Instagram => mint::opaque(&format!("ig_dm:1:IGMessageThread:{account}:{digits}")),
        }
    }

    /// The id of the `place`-th message of a seeded conversation.
    pub(crate) fn history_mid(platform: Platform, account: &str, scoped: &str, place: usize) -> String {
        mid(platform, account, scoped, &format!("history:{account}:{scoped}:{place}"))
    }

    /// The id of a message that is being written.
    pub(crate) fn new_mid(&mut self, platform: Platform, account: &str, scoped: &str) -> String {
        let from = self.mint.letters("mid", 24);
        mid(platform, account, scoped, &from)
    }
}

fn mid(platform: Platform, account: &str, scoped: &str, from: &str) -> String {
    match platform {
        Platform::Messenger => format!("m_{}", mint::letters(from, 64)),
        Platform::Instagram => {
            let thread = mint::digits(&format!("thread:{account}:{scoped}"), 15);
            let item = mint::digits(from, 35);
            mint::opaque(&format!("ig_dm_item:1:IGMessageID:{account}:{thread}:{item}"))
        }
    }
}

/// `4000000000000011` for the first Page's view of the first customer; wider worlds get wider numbers.
fn number(first: char, account: usize, customer: usize) -> String {
    if account < 10 && customer < 10 {
        format!("{first}0000000000000{account}{customer}")
    } else {
        format!("{first}1{account:07}{customer:07}")
    }
}
