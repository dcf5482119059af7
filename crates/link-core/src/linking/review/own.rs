//! What core itself has to say in a review.

use super::{Review, ReviewOf, Section};
use crate::linking::advice::{Advice, Answer};
use crate::linking::setup::{Candidate, Depth, People, Preferences, Synchronisation};

/// What comes first: whom it is about.
pub(super) fn before(of: &ReviewOf) -> Vec<Section> {
    let mut section = accounts(&of.accounts);
    if of.resumes.is_some() {
        section = section.with("resumes", "The link exists already; it goes on with its history.");
    }
    for (_, account) in &of.leaving {
        section = section.with(
            format!("leaves:{account}"),
            format!("{account} leaves another link of yours for this one; its messages and people stay."),
        );
    }
    vec![section, settings(&of.preferences, &of.synchronisation)]
}

/// What comes last: what will not work, what nobody checked, and the terms.
pub(super) fn after(of: &ReviewOf) -> Vec<Section> {
    let mut sections = vec![limits(of)];
    if !of.advice.is_empty() {
        let asked = Section::new("advice", "What you told us; nobody can check it");
        sections.push(of.advice.iter().fold(asked, |section, answer| section.with(&answer.code, told(answer))));
    }
    if !of.terms.is_empty() {
        let terms = format!("The terms of version {} are in force.", of.terms);
        sections.push(Section::new("terms", "Terms").with("version", terms));
    }
    sections
}

/// What a review says that was made before there were sections.
pub(super) fn of_old(review: &Review) -> Vec<Section> {
    let said = review.grants.iter().fold(Section::new("permissions", "Permissions"), |section, grant| {
        section.with(grant.scope.as_str(), format!("The permission {} is {}.", grant.scope, grant.state.as_str()))
    });
    let seen = format!("Messages of these accounts will be kept here and seen by {}.", review.seen_by);
    let seen = Section::new("sharing", "Who sees what").with("messages", seen);
    vec![accounts(&review.accounts), settings(&review.preferences, &review.synchronisation), said, seen]
}

fn accounts(accounts: &[Candidate]) -> Section {
    accounts.iter().fold(Section::new("accounts", "Accounts"), |section, account| {
        let via = account.via.as_ref().map(|via| format!(" It is reached through {via}.")).unwrap_or_default();
        let text = format!("{} ({}) will be linked.{via}", account.name, account.account);
        section.with(format!("{}:{}", account.road, account.account), text)
    })
}

fn settings(preferences: &Preferences, synchronisation: &Synchronisation) -> Section {
    let history = match synchronisation.history {
        Depth::Nothing => "Nothing from before the confirmation will be read.".to_owned(),
        Depth::Newest(count) => {
            format!("Of each conversation the newest {count} earlier messages will be read, as far as the platform shows them.")
        }
        Depth::Everything => "All earlier messages will be read that the platform shows.".to_owned(),
    };
    let history = match synchronisation.people {
        People::ActiveWithin(days) if synchronisation.history != Depth::Nothing => {
            format!("{history} That is done of people who were active in the {days} days before, and of others once they write.")
        }
        _ => history,
    };
    let answers = if preferences.answer {
        "Answers can be sent from here, each on the platform where the person is."
    } else {
        "No answers can be sent from here."
    };
    let alerts = if preferences.alert { "New messages will raise alerts." } else { "New messages will raise no alerts." };
    let profiles = if synchronisation.profiles {
        "Names and pictures of the people who write will be asked for."
    } else {
        "Names and pictures of people will not be asked for."
    };
    Section::new("settings", "Settings").with("history", history).with("profiles", profiles).with("answer", answers).with("alert", alerts)
}

fn limits(of: &ReviewOf) -> Section {
    let mut section = Section::new("limits", "What will not work");
    for candidate in &of.left_out {
        if let Some(obstacle) = &candidate.obstacle {
            let text = format!("{} ({}) cannot be linked: {obstacle}; {}.", candidate.name, candidate.account, obstacle.remedy().what);
            section = section.with(format!("obstacle:{}:{}", candidate.road, candidate.account), text);
        }
    }
    for finding in &of.findings {
        let place = finding.account.as_ref().map(|account| format!("{account}: ")).unwrap_or_default();
        let text = format!("{place}{}; {}.", finding.cause, finding.remedy.what);
        section = section.with(format!("finding:{}:{place}", finding.code), text);
    }
    section
        .with(
            "across",
            "Nobody can write from a Facebook account to an Instagram account or back; an answer goes to the platform of the question.",
        )
        .with("first", "Nobody can be written to first, and nobody after the platform's messaging window has closed.")
}

fn told(advice: &Advice) -> String {
    let asked = advice.asked().map_or(advice.code.as_str(), |cause| cause.cause);
    let what = advice.asked().and_then(|cause| cause.remedies.first()).map(|remedy| remedy.what);
    let more = what.filter(|_| advice.answer != Answer::Yes).map(|what| format!(" It is advised to {what}.")).unwrap_or_default();
    format!("Asked whether {asked}, {} said {} on {}.{more}", advice.by, advice.answer.as_str(), advice.at.format("%Y-%m-%d"))
}
