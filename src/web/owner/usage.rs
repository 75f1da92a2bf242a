//! How much a service is used: figures, a chart with its table, and a file. Counts below five are not shown.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use askama::Template;
use jiff::civil::Date;

use super::usage_figures::{Day, Figures};
use super::{Section, SectionLink, sections, tabs};
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::service::Service;
use crate::domain::service_use::{FEW, Outcome, Use, hour};
use crate::domain::sign_in::Door;
use crate::domain::staff::Role;
use crate::domain::time::{Span, Timestamp};
use crate::http::{Trouble, uses};
use crate::web::operator::entry::{self, Entered, Member};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// Periods to look at, in days.
pub(crate) const PERIODS: [i64; 3] = [7, 30, 365];

/// Uses, each with how often.
type Counts<'a> = &'a [(Use, u64)];

/// A service that somebody may see, with its uses in the days that were asked for.
struct Seen {
    member: Member,
    service: Service,
    days: i64,
    uses: Vec<(Use, u64)>,
    /// In as many days before.
    before: Vec<(Use, u64)>,
}

async fn seen(visit: &Visit) -> Result<Result<Seen, HttpResponse>, Trouble> {
    let member = match entry::enter(visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(Err(answer)),
    };
    let query = visit.query()?;
    let days = match query.get("days") {
        None => PERIODS[1],
        Some(text) => {
            let days = text.parse().ok().filter(|days| PERIODS.contains(days));
            days.ok_or(Trouble::BadRequest("days"))?
        }
    };
    let (id, role): (ServiceId, _) = (visit.id("service")?, member.staff.role);
    // So that who has just logged in sees it.
    uses::keep(&visit.app).await?;
    let now = visit.app.now();
    let end = hour(now) + 1;
    let begin = |periods: i64| end - periods * days * 24;
    let (service, uses, before) = visit.app.store.read(|db| {
        Ok((
            store::service::by_id(id, db)?,
            store::service_use::of_service(id, (begin(1), end), db)?,
            store::service_use::of_service(id, (begin(2), begin(1)), db)?,
        ))
    })?;
    let service = service.filter(|service| role.may_see(service)).ok_or(Trouble::NotFound)?;
    Ok(Ok(Seen { member, service, days, uses, before }))
}

/// `GET /services/{service}/use`: `days` is 7, 30 or 365.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let seen = match seen(&visit).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    let frame = entry::frame(&visit).at(paths::service_use(seen.service.id, seen.days));
    let staff = &seen.member.staff;
    let figures = (&seen.uses[..], &seen.before[..], seen.days);
    let page = UsePage::new(&seen.service, figures, (&staff.name, staff.role), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// `GET /services/{service}/use.csv`: the same as a file (RFC 4180), a line for each day and way to end.
pub async fn download(visit: Visit) -> Result<HttpResponse, Trouble> {
    let seen = match seen(&visit).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    let chrome = visit.frame().chrome;
    let name = format!("attachment; filename=\"use-{}.csv\"", seen.service.id);
    Ok(HttpResponse::Ok()
        .content_type(ContentType(mime_csv()))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(csv(&seen.uses, &chrome)))
}

fn mime_csv() -> actix_web::mime::Mime {
    actix_web::mime::TEXT_CSV_UTF_8
}

/// Day, outcome, level and kind: what is counted together.
pub(crate) type OfDay = (Date, &'static str, &'static str, &'static str);

/// Uses by the day of the town.
pub(crate) fn by_day(uses: &[(Use, u64)], zone: &jiff::tz::TimeZone) -> BTreeMap<OfDay, u64> {
    let mut rows = BTreeMap::new();
    for (one, count) in uses {
        let level = one.level.map_or("", crate::domain::assurance::Level::name);
        let kind = one.kind.map_or("", crate::domain::service_use::Kind::name);
        let day = words::instant(Timestamp(one.hour * 3_600_000)).to_zoned(zone.clone()).date();
        *rows.entry((day, one.outcome.name(), level, kind)).or_default() += count;
    }
    rows
}

/// Days in the town's time; whoever counts again gets the same.
fn csv(uses: &[(Use, u64)], chrome: &Chrome) -> String {
    let rows = by_day(uses, &chrome.zone);
    let line = |((day, outcome, level, kind), count): (&(Date, &str, &str, &str), &u64)| {
        let count = if *count < FEW { "<5".to_owned() } else { count.to_string() };
        format!("{day},{outcome},{level},{kind},{count}\r\n")
    };
    let lines: String = rows.iter().map(line).collect();
    format!("day,outcome,level,kind,uses\r\n{lines}")
}

/// The day in the town of an hour since 1970.
pub(super) fn day(hour: i64, chrome: &Chrome) -> Date {
    words::instant(Timestamp(hour * 3_600_000)).to_zoned(chrome.zone.clone()).date()
}

/// One line of the table.
pub(crate) struct DayLine {
    pub(crate) day: String,
    pub(crate) logins: String,
    pub(crate) given_up: String,
    pub(crate) refused: String,
}

/// One bar of a chart of 100 by 300: its place and height, and how much of it is given up.
pub(crate) struct Bar {
    pub(crate) logins: String,
    pub(crate) given_up: String,
}

/// A chart: bars, the numbers at its side, the days below.
pub(crate) struct Chart {
    pub(crate) bars: Vec<Bar>,
    pub(crate) scale: Vec<String>,
    pub(crate) labels: Vec<String>,
}

/// `templates/owner/usage.html`
#[derive(Template)]
#[template(path = "owner/usage.html")]
pub(crate) struct UsePage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) name: String,
    /// Periods: words, address, whether it is shown.
    pub(crate) periods: Vec<(String, String, bool)>,
    pub(crate) logins: String,
    /// Compared with the period before.
    pub(crate) logins_more: Option<String>,
    pub(crate) given_up: String,
    pub(crate) median: String,
    pub(crate) lifted: String,
    pub(crate) chart: Chart,
    pub(crate) by_hour: Chart,
    pub(crate) days: Vec<DayLine>,
    /// Words and counts.
    pub(crate) refusals: Vec<(&'static str, String)>,
    pub(crate) levels: Vec<(&'static str, String)>,
    pub(crate) kinds: Vec<(&'static str, String)>,
    pub(crate) csv_url: String,
    pub(crate) back_url: &'static str,
}

impl UsePage {
    fn new(
        service: &Service,
        (uses, before, days): (Counts<'_>, Counts<'_>, i64),
        (staff, role): (&str, Role),
        chrome: &Chrome,
    ) -> Self {
        let figures = Figures::of(uses);
        let all = figures.days(days, chrome);
        let period = |one: i64| {
            let words = chrome.tn("use.days", u64::try_from(one).unwrap_or(0));
            (words, paths::service_use(service.id, one), one == days)
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(role, chrome),
            sections: sections(service, role, Section::Use, chrome),
            name: service.registration.name.clone(),
            periods: PERIODS.map(period).into(),
            logins: count(figures.logins, chrome),
            logins_more: more(figures.logins, Figures::of(before).logins, chrome),
            given_up: share(figures.given_up, figures.logins + figures.given_up, chrome),
            median: match figures.median() {
                Some(seconds) => chrome.tn("use.seconds", u64::try_from(seconds).unwrap_or(0)),
                None => chrome.t("use.unknown").to_owned(),
            },
            lifted: count(figures.lifted, chrome),
            chart: chart(&all, chrome),
            by_hour: chart(&figures.hours(chrome), chrome),
            days: all.iter().rev().filter(|one| !one.is_empty()).map(|one| line(one, chrome)).collect(),
            refusals: named(&figures.outcomes, |one| refusal(one, chrome), chrome),
            levels: named(&figures.levels, |one| Some(words::level(one, chrome)), chrome),
            kinds: named(&figures.kinds, |one| Some(words::proven_with(one, chrome)), chrome),
            csv_url: paths::service_use_csv(service.id, days),
            back_url: paths::SERVICES,
        }
    }
}

/// A count, unless it could point at somebody.
fn count(n: u64, chrome: &Chrome) -> String {
    match n {
        0 => chrome.number(0),
        n if n < FEW => chrome.t("use.few").to_owned(),
        n => chrome.number(n),
    }
}

fn share(part: u64, all: u64, chrome: &Chrome) -> String {
    if all < FEW {
        return chrome.t("use.unknown").to_owned();
    }
    if part > 0 && part < FEW {
        return chrome.t("use.few").to_owned();
    }
    chrome.t1("use.percent", chrome.number((part * 100 + all / 2) / all))
}

fn more(now: u64, before: u64, chrome: &Chrome) -> Option<String> {
    if now < FEW || before < FEW {
        return None;
    }
    let percent = |part: u64| chrome.number((part * 100 + before / 2) / before);
    Some(match now.cmp(&before) {
        std::cmp::Ordering::Less => chrome.t1("use.less", percent(before - now)),
        std::cmp::Ordering::Equal => chrome.t("use.same").to_owned(),
        std::cmp::Ordering::Greater => chrome.t1("use.more", percent(now - before)),
    })
}

fn line(day: &Day, chrome: &Chrome) -> DayLine {
    DayLine {
        day: day.words.clone(),
        logins: count(day.logins, chrome),
        given_up: count(day.given_up, chrome),
        refused: count(day.refused, chrome),
    }
}

fn named<T: Copy + Ord>(
    counts: &BTreeMap<T, u64>,
    words: impl Fn(T) -> Option<&'static str>,
    chrome: &Chrome,
) -> Vec<(&'static str, String)> {
    counts.iter().filter_map(|(one, n)| words(*one).map(|words| (words, count(*n, chrome)))).collect()
}

/// Why a login was refused; `None` where it was not.
fn refusal(outcome: Outcome, chrome: &Chrome) -> Option<&'static str> {
    match outcome {
        Outcome::Answered | Outcome::Silent | Outcome::Declined => None,
        Outcome::RefusedAddress => Some(chrome.t("use.refused.address")),
        Outcome::RefusedRequest => Some(chrome.t("use.refused.request")),
        Outcome::RefusedLevel => Some(chrome.t("use.refused.level")),
        Outcome::RefusedSilent => Some(chrome.t("use.refused.silent")),
        Outcome::RefusedClosed => Some(chrome.t("use.refused.closed")),
        Outcome::RefusedClient => Some(chrome.t("use.refused.client")),
        Outcome::RefusedGrant => Some(chrome.t("use.refused.grant")),
    }
}

/// Bars as paths: whole numbers of tenths, so that the page is the same everywhere. What is not shown has no height.
fn chart(days: &[Day], chrome: &Chrome) -> Chart {
    let shown = |n: u64| if n < FEW { 0 } else { n };
    let most = days.iter().map(|day| shown(day.logins) + shown(day.given_up)).max().unwrap_or(0);
    let top = top(most);
    let width = 3000 / u64::try_from(days.len().max(1)).unwrap_or(1);
    let tenths = |n: u64| format!("{}.{}", n / 10, n % 10);
    let bar = |(at, day): (u64, &Day)| {
        let (logins, given_up) = (shown(day.logins) * 1000 / top, shown(day.given_up) * 1000 / top);
        let (left, wide) = (at * width + width * 15 / 100, (width * 7 / 10).max(1));
        let part = |from: u64, height: u64| match height {
            0 => String::new(),
            _ => format!(
                "M{} {}V{}h{}V{}z",
                tenths(left),
                tenths(1000 - from),
                tenths(1000u64.saturating_sub(from + height)),
                tenths(wide),
                tenths(1000 - from)
            ),
        };
        Bar { logins: part(0, logins), given_up: part(logins, given_up) }
    };
    let labels = [days.first(), days.get(days.len() / 2), days.last()];
    Chart {
        bars: (0..).zip(days).map(bar).collect(),
        scale: (0..=4).rev().map(|quarter| chrome.number(top * quarter / 4)).collect(),
        labels: labels.into_iter().flatten().map(|day| day.words.clone()).collect(),
    }
}

/// A round number above, which four divides.
fn top(most: u64) -> u64 {
    let mut step = 4;
    while step < most {
        step *= if step.to_string().starts_with('4') { 2 } else { 5 };
        if step >= most {
            break;
        }
    }
    step.max(20)
}

impl Page for UsePage {
    const NAME: &'static str = "owner/usage";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let own = OrganisationId::from_bytes([1; 16]);
        let service = Service {
            organisation: Some(own),
            ..crate::web::account::sample::services(chrome).swap_remove(0)
        };
        let now = words::now(chrome);
        let uses = super::usage_figures::sample(service.id, now);
        let before = super::usage_figures::sample(service.id, now - Span::days(30));
        let page = |uses: Counts<'_>, before: Counts<'_>, days| {
            Self::new(&service, (uses, before, days), (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        vec![
            ("month", page(&uses, &before, 30)),
            ("none", page(&[], &[], 7)),
            ("year", page(&uses, &[], 365)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn a_small_count_is_never_shown() {
        let chrome = Chrome::sample(Language::De);
        assert_eq!([0, 1, 4, 5].map(|n| count(n, &chrome)), ["0", "weniger als 5", "weniger als 5", "5"]);
        assert_eq!(share(3, 100, &chrome), "weniger als 5");
        let service = ServiceId::from_bytes([1; 16]);
        let uses = [(Use::new(service, Outcome::Answered, words::now(&chrome)), 4)];
        assert_eq!(csv(&uses, &chrome), "day,outcome,level,kind,uses\r\n2026-11-22,answered,,,<5\r\n");
        let page = UsePage::new(&service_of(service), (&uses, &[], 7), ("x", Role::Operator), &chrome);
        assert!(page.chart.bars.iter().all(|bar| bar.logins.is_empty()));
    }

    fn service_of(id: ServiceId) -> Service {
        Service { id, ..Service::sample() }
    }

    #[test]
    fn a_chart_ends_above_its_highest_bar() {
        for (most, expected) in [(0, 20), (7, 20), (20, 20), (21, 40), (41, 80), (101, 400), (1000, 4000)] {
            let top = top(most);
            assert!(top >= most && top.is_multiple_of(4), "{most}: {top}");
            assert!(top <= expected.max(most * 5), "{most}: {top}");
        }
    }
}
