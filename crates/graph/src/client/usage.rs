//! How much of the allowance is used up, as the answers' headers tell.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::rates::{Allowance, Scope};
use link_core::{AccountId, ExternalId, Platform, Road};
use reqwest::header::HeaderMap;
use serde::Deserialize;

use crate::wire::Lenient;

/// What one answer said about the allowance. Absent headers are normal: Meta sends them only after some calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Of the app as a whole (`X-App-Usage`).
    pub app: Option<Load>,
    /// When the answer came that told of the app.
    pub app_at: Option<DateTime<Utc>>,
    /// Of the Page (`X-Page-Usage`, the older limiter).
    pub page: Option<Load>,
    /// By business use case (`X-Business-Use-Case-Usage`); the one that counts for Page tokens.
    pub business: Vec<BusinessUse>,
}

/// How long a figure is believed where the answer did not say when calls are answered again: then one is made to look.
const BELIEVED: TimeDelta = TimeDelta::minutes(5);

/// How much is used up, in percent; 100 is throttled, and more is possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Of the calls.
    pub calls: u32,
    /// Of the time.
    pub time: u32,
    /// Of the processor's time.
    pub cpu: u32,
}

impl Load {
    /// The worst of the three.
    pub fn highest(self) -> u32 {
        self.calls.max(self.time).max(self.cpu)
    }
}

/// How much of one business use case is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusinessUse {
    /// The business or the asset.
    pub asset: String,
    /// The use case: `messenger`, `instagram`, `pages`, ...
    pub kind: String,
    /// How much.
    pub load: Load,
    /// How long it takes until calls are answered again; the header has it in whole minutes, and 0 means that nothing is blocked.
    pub regain_after: Option<Duration>,
    /// When the answer came that said so, by the platform's clock.
    pub at: Option<DateTime<Utc>>,
}

impl BusinessUse {
    /// The account that this is about, if it is about messages.
    fn account(&self) -> Option<AccountId> {
        let platform = match self.kind.as_str() {
            "messenger" => Platform::MESSENGER,
            "instagram" => Platform::INSTAGRAM,
            _ => return None,
        };
        Some(AccountId::new(platform, ExternalId::new(self.asset.clone()).ok()?))
    }

    fn allowance(&self) -> Option<Allowance> {
        let believed = self.regain_after.and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or(BELIEVED);
        Some(Allowance::new(Scope::Account(self.account()?), self.load.highest(), self.at? + believed))
    }
}

impl Usage {
    /// What the headers of an answer say. What does not read is left out: the answer itself is worth more than its headers.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            app: text("x-app-usage").and_then(load),
            app_at: None,
            page: text("x-page-usage").and_then(load),
            business: text("x-business-use-case-usage").map(business).unwrap_or_default(),
        }
    }

    /// The worst percentage of all.
    pub fn highest(&self) -> u32 {
        let parts = self.app.iter().chain(&self.page).copied().chain(self.business.iter().map(|part| part.load));
        parts.map(Load::highest).max().unwrap_or_default()
    }

    /// The longest time until calls are answered again of which a refusal with this code speaks, if something is blocked. Codes of one use case
    /// wait for that alone; any other speaks of messages, and neither of pages nor of advertisements.
    pub fn regain_after(&self, code: Option<i64>) -> Option<Duration> {
        let meant: &[&str] = match code {
            Some(32 | 80_001) => &["pages"],
            Some(80_002) => &["instagram"],
            Some(80_006) => &["messenger"],
            _ => &["messenger", "instagram"],
        };
        self.business.iter().filter(|part| meant.contains(&part.kind.as_str())).filter_map(|part| part.regain_after).max()
    }

    /// Takes over what a later answer said, and keeps what it did not speak of.
    pub(crate) fn update(&mut self, later: &Self, at: DateTime<Utc>) {
        if later.app.is_some() {
            (self.app, self.app_at) = (later.app, Some(at));
        }
        self.page = later.page.or(self.page);
        for part in &later.business {
            self.business.retain(|known| known.asset != part.asset || known.kind != part.kind);
            self.business.push(BusinessUse { at: Some(at), ..part.clone() });
        }
    }

    /// What it says of calls by a road. Which Page `X-Page-Usage` is about is not told, and what counts for Pages is not about messages.
    pub fn allowances(&self, road: &Road) -> Vec<Allowance> {
        let app = self.app.zip(self.app_at).map(|(load, at)| Allowance::new(Scope::App(road.clone()), load.highest(), at + BELIEVED));
        app.into_iter().chain(self.business.iter().filter_map(BusinessUse::allowance)).collect()
    }
}

#[derive(Deserialize)]
struct Figures {
    #[serde(default)]
    call_count: Lenient<f64>,
    #[serde(default)]
    total_time: Lenient<f64>,
    #[serde(default)]
    total_cputime: Lenient<f64>,
    #[serde(default)]
    estimated_time_to_regain_access: Lenient<f64>,
    #[serde(default, rename = "type")]
    kind: Lenient<String>,
}

impl Figures {
    fn load(&self) -> Load {
        Load { calls: percent(self.call_count.0), time: percent(self.total_time.0), cpu: percent(self.total_cputime.0) }
    }
}

fn load(header: &str) -> Option<Load> {
    if let Ok(figures) = serde_json::from_str::<Figures>(header) {
        return Some(figures.load());
    }
    let bare = header.trim().trim_end_matches('%').parse::<f64>().ok()?;
    Some(Load { calls: percent(Some(bare)), ..Load::default() })
}

fn business(header: &str) -> Vec<BusinessUse> {
    let Ok(parts) = serde_json::from_str::<std::collections::BTreeMap<String, Vec<Figures>>>(header) else { return Vec::new() };
    let part = |asset: &String, figures: Figures| BusinessUse {
        asset: asset.clone(),
        load: figures.load(),
        regain_after: figures.estimated_time_to_regain_access.0.filter(|minutes| *minutes > 0.0).map(minutes),
        kind: figures.kind.0.unwrap_or_default(),
        at: None,
    };
    parts.into_iter().flat_map(|(asset, list)| list.into_iter().map(|figures| part(&asset, figures)).collect::<Vec<_>>()).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits in the line itself")]
fn percent(value: Option<f64>) -> u32 {
    value.unwrap_or_default().ceil().clamp(0.0, 1_000_000.0) as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a month in the line itself")]
fn minutes(minutes: f64) -> Duration {
    Duration::from_secs(minutes.ceil().clamp(0.0, 43_200.0) as u64 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Usage {
        Usage::read(&pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn minutes_until_access_are_minutes_and_the_worst_one_counts() {
        let usage = read(&[
            ("x-app-usage", r#"{"call_count":28,"total_time":25.2,"total_cputime":25}"#),
            (
                "x-business-use-case-usage",
                r#"{"77":[{"type":"messenger","call_count":101,"total_cputime":23,"total_time":23,"estimated_time_to_regain_access":19},{"type":"pages","call_count":3,"estimated_time_to_regain_access":0},{"type":"ads_management","call_count":100,"estimated_time_to_regain_access":60}]}"#,
            ),
        ]);
        assert_eq!(usage.app, Some(Load { calls: 28, time: 26, cpu: 25 }));
        assert_eq!(usage.regain_after(Some(613)), Some(Duration::from_secs(19 * 60)), "messages wait for advertisements");
        assert_eq!(usage.regain_after(Some(80_006)), Some(Duration::from_secs(19 * 60)));
        assert_eq!(usage.regain_after(Some(80_002)), None);
        assert_eq!(usage.highest(), 101);
        assert_eq!(usage.business[1].regain_after, None, "nothing is blocked there");
    }

    #[test]
    fn a_bare_percentage_is_understood_and_nonsense_spoils_nothing() {
        assert_eq!(read(&[("x-page-usage", "42.1%")]).page.unwrap().calls, 43);
        assert_eq!(read(&[("x-app-usage", "<html>"), ("x-business-use-case-usage", "[]")]), Usage::default());
        assert_eq!(read(&[("x-app-usage", r#"{"call_count":"7"}"#)]).app.unwrap().calls, 7);
    }

    #[test]
    fn an_answer_that_is_silent_on_a_page_does_not_hide_how_full_it_was() {
        let mut seen = read(&[("x-business-use-case-usage", r#"{"77":[{"type":"messenger","call_count":90}]}"#)]);
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        seen.update(&read(&[("x-business-use-case-usage", r#"{"88":[{"type":"messenger","call_count":5}]}"#)]), at(1));
        seen.update(&read(&[("x-business-use-case-usage", r#"{"77":[{"type":"messenger","call_count":91}]}"#)]), at(2));
        assert_eq!(seen.business.len(), 2);
        assert_eq!(seen.highest(), 91);
    }

    /// If this failed, a full Page would hold up the others, or nobody would look again after a figure grew old.
    #[test]
    fn each_figure_is_about_somebody_and_believed_for_a_time() {
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let mut seen = Usage::default();
        let told = concat!(
            r#"{"77":[{"type":"messenger","call_count":101,"estimated_time_to_regain_access":19},{"type":"pages","call_count":99}],"#,
            r#""17841":[{"type":"instagram","call_count":80}]}"#
        );
        seen.update(&read(&[("x-app-usage", r#"{"call_count":28}"#), ("x-business-use-case-usage", told)]), at(1));
        let account = |id: &str| Scope::Account(id.parse().unwrap());
        let expected = [
            Allowance::new(Scope::App(Road::FACEBOOK), 28, at(6)),
            Allowance::new(account("instagram:17841"), 80, at(6)),
            Allowance::new(account("messenger:77"), 101, at(20)),
        ];
        let mut found = seen.allowances(&Road::FACEBOOK);
        found.sort_by(|a, b| a.scope.cmp(&b.scope));
        assert_eq!(found, expected);
    }
}
