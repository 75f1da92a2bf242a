//! From counted hours to figures: totals, days, hours of the day.

use std::collections::BTreeMap;

use super::usage::day;
use crate::domain::assurance::Level;
use crate::domain::id::ServiceId;
use crate::domain::service_use::{BOUNDS, Kind, Outcome, Use, hour, median};
use crate::domain::time::{Span, Timestamp};
use crate::web::page::Chrome;
use crate::web::words;

/// What was counted.
pub(super) struct Figures<'a> {
    uses: &'a [(Use, u64)],
    pub(super) logins: u64,
    pub(super) given_up: u64,
    pub(super) lifted: u64,
    pub(super) outcomes: BTreeMap<Outcome, u64>,
    pub(super) levels: BTreeMap<Level, u64>,
    pub(super) kinds: BTreeMap<Kind, u64>,
}

/// A day, or an hour of all days.
#[derive(Clone, Default)]
pub(super) struct Day {
    pub(super) words: String,
    pub(super) logins: u64,
    pub(super) given_up: u64,
    pub(super) refused: u64,
}

impl Day {
    pub(super) const fn is_empty(&self) -> bool {
        self.logins + self.given_up + self.refused == 0
    }

    const fn add(&mut self, outcome: Outcome, count: u64) {
        if outcome.is_login() {
            self.logins += count;
        } else if matches!(outcome, Outcome::Declined) {
            self.given_up += count;
        } else {
            self.refused += count;
        }
    }
}

impl<'a> Figures<'a> {
    pub(super) fn of(uses: &'a [(Use, u64)]) -> Self {
        let mut figures = Self {
            uses,
            logins: 0,
            given_up: 0,
            lifted: 0,
            outcomes: BTreeMap::new(),
            levels: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        for (one, count) in uses {
            *figures.outcomes.entry(one.outcome).or_default() += count;
            if one.outcome.is_login() {
                figures.logins += count;
                if let Some(level) = one.level {
                    *figures.levels.entry(level).or_default() += count;
                }
                if let Some(kind) = one.kind {
                    *figures.kinds.entry(kind).or_default() += count;
                }
            }
            figures.given_up += if one.outcome == Outcome::Declined { *count } else { 0 };
            figures.lifted += if one.lifted { *count } else { 0 };
        }
        figures
    }

    /// Half of the logins in which somebody did something took at most so many seconds.
    pub(super) fn median(&self) -> Option<i64> {
        let mut counts = [0; BOUNDS.len()];
        for (one, count) in self.uses {
            if let Some(class) = one.took.and_then(|class| counts.get_mut(usize::from(class))) {
                *class += count;
            }
        }
        median(&counts)
    }

    /// The last `days` days of the town; of a year its months.
    pub(super) fn days(&self, days: i64, chrome: &Chrome) -> Vec<Day> {
        let today = chrome.now.to_zoned(chrome.zone.clone()).date();
        let monthly = days > 31;
        let key = |date: jiff::civil::Date| if monthly { date.first_of_month() } else { date };
        let mut all: BTreeMap<jiff::civil::Date, Day> = BTreeMap::new();
        for back in 0..days {
            if let Ok(date) = today.checked_sub(jiff::Span::new().days(back)) {
                all.entry(key(date)).or_default();
            }
        }
        for (one, count) in self.uses {
            // The first hours may lie on the day before the first.
            if let Some(day) = all.get_mut(&key(day(one.hour, chrome))) {
                day.add(one.outcome, *count);
            }
        }
        let named = |(date, day): (jiff::civil::Date, Day)| Day {
            words: if monthly { date.strftime("%Y-%m").to_string() } else { chrome.text.day(date) },
            ..day
        };
        all.into_iter().map(named).collect()
    }

    /// The hours of the day, over all days.
    pub(super) fn hours(&self, chrome: &Chrome) -> Vec<Day> {
        let mut all = vec![Day::default(); 24];
        for (one, count) in self.uses {
            let at = words::instant(Timestamp(one.hour * 3_600_000)).to_zoned(chrome.zone.clone()).hour();
            if let Some(hour) = usize::try_from(at).ok().and_then(|at| all.get_mut(at)) {
                hour.add(one.outcome, *count);
            }
        }
        (0..).zip(all).map(|(at, hour): (u8, Day)| Day { words: format!("{at:02}:00"), ..hour }).collect()
    }
}

/// Thirty days of somebody's service.
pub(super) fn sample(service: ServiceId, now: Timestamp) -> Vec<(Use, u64)> {
    let mut out = Vec::new();
    for back in 0..30_u8 {
        let at = now - Span::days(i64::from(back));
        let many = if back % 7 < 2 { 18 } else { 62 + u64::from(back) * 13 % 29 };
        let one = |outcome, level, kind, took| Use {
            hour: hour(at) - i64::from(back % 9),
            level,
            kind,
            took,
            ..Use::new(service, outcome, at)
        };
        let bound = Some(Kind::DeviceKey);
        out.push((one(Outcome::Answered, Some(Level::Substantial), bound, Some(4)), many));
        out.push((one(Outcome::Silent, Some(Level::Substantial), bound, None), many / 4));
        out.push((
            Use { lifted: true, ..one(Outcome::Answered, Some(Level::High), Some(Kind::LiveEid), Some(9)) },
            many / 10,
        ));
        out.push((one(Outcome::Declined, None, None, None), many / 12));
        out.push((one(Outcome::RefusedRequest, None, None, None), u64::from(back == 12) * 14));
    }
    out.retain(|(_, count)| *count > 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn hours_become_days_of_the_town() {
        let chrome = Chrome::sample(Language::De);
        let service = ServiceId::from_bytes([1; 16]);
        let now = words::now(&chrome);
        // 10:14 in the town: eleven hours before is yesterday.
        let uses = [
            (Use::new(service, Outcome::Answered, now), 7),
            (Use::new(service, Outcome::Silent, now - Span::hours(11)), 5),
            (Use::new(service, Outcome::Declined, now - Span::hours(11)), 2),
        ];
        let figures = Figures::of(&uses);
        assert_eq!((figures.logins, figures.given_up), (12, 2));
        let days = figures.days(7, &chrome);
        assert_eq!((days.len(), days[6].logins, days[5].logins, days[5].given_up), (7, 7, 5, 2));
        let hours = figures.hours(&chrome);
        assert_eq!((hours.len(), hours[10].logins, hours[23].logins), (24, 7, 5));
        assert_eq!(figures.days(365, &chrome).len(), 13, "months");
    }
}
