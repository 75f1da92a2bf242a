//! People, without any personal data.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::entry::{self, Entered};
use super::{Tab, tabs};
use crate::domain::id::PersonId;
use crate::domain::passkey::Holder;
use crate::domain::person::{Person, PersonState};
use crate::domain::time::Timestamp;
use crate::http::Trouble;
use crate::paths;
use crate::store::{self, Fault, Read};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// So many people stand on one page.
const PAGE: u32 = 50;

/// `GET /operator/people`, `?after=` a person's id: the next ones.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let query = visit.query()?;
    let after = query.get("after").map(PersonId::parse).transpose();
    let after = after.map_err(|_wrong| Trouble::BadRequest("after"))?;
    let (total, mut people) =
        visit.app.store.read(|db| Ok((store::person::count(db)?, page_of(after, db)?)))?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let paging = (after.is_none(), people.len() > size);
    people.truncate(size);
    let frame = entry::frame(&visit);
    let total = u64::try_from(total).unwrap_or(0);
    let page = PeoplePage::new(&people, total, paging, &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// One more than a page, to know whether another follows.
fn page_of(after: Option<PersonId>, db: &Read) -> Result<Vec<Counted>, Fault> {
    let count = |person: Person| {
        let (devices, last_used) = store::passkey::figures(Holder::Person(person.id), db)?;
        Ok(Counted { person, devices: u64::try_from(devices).unwrap_or(0), last_used })
    };
    store::person::page(after, PAGE + 1, db)?.into_iter().map(count).collect()
}

/// A person and the figures beside them.
pub(crate) struct Counted {
    pub(crate) person: Person,
    pub(crate) devices: u64,
    /// The last use of any of them.
    pub(crate) last_used: Option<Timestamp>,
}

/// One person, in words.
pub(crate) struct PersonLine {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) active: bool,
    pub(crate) demo: bool,
    pub(crate) since: String,
    pub(crate) devices: u64,
    pub(crate) last_used: Option<String>,
}

/// `templates/operator/people.html`
#[derive(Template)]
#[template(path = "operator/people.html")]
pub(crate) struct PeoplePage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    /// Of all pages.
    pub(crate) total: u64,
    pub(crate) people: Vec<PersonLine>,
    pub(crate) next_url: Option<String>,
    /// Back to the first page; `None` on it.
    pub(crate) first_url: Option<&'static str>,
}

impl PeoplePage {
    /// `first`: this is the first page; `more`: another follows.
    pub(crate) fn new(
        people: &[Counted],
        total: u64,
        (first, more): (bool, bool),
        staff: &str,
        chrome: &Chrome,
    ) -> Self {
        let last = people.last().filter(|_| more);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_PEOPLE, chrome),
            total,
            people: people.iter().map(|counted| line(counted, chrome)).collect(),
            next_url: last.map(|last| format!("{}?after={}", paths::OPERATOR_PEOPLE, last.person.id)),
            first_url: (!first).then_some(paths::OPERATOR_PEOPLE),
        }
    }
}

fn line(counted: &Counted, chrome: &Chrome) -> PersonLine {
    let person = &counted.person;
    PersonLine {
        id: words::short(person.id),
        url: paths::operator_person(person.id),
        active: person.state == PersonState::Active,
        demo: person.demo,
        since: words::day(person.created, chrome),
        devices: counted.devices,
        last_used: counted.last_used.map(|at| words::relative(at, chrome)),
    }
}

impl Page for PeoplePage {
    const NAME: &'static str = "operator/people";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::domain::id::PersonId;
        use crate::domain::time::Span;
        let now = words::now(chrome);
        let person = |n: u8| Counted {
            person: Person {
                id: PersonId::from_bytes([n; 16]),
                user_handle: [n; 16],
                state: if n == 66 { PersonState::Blocked } else { PersonState::Active },
                demo: chrome.demo,
                trial: None,
                created: now - Span::days(i64::from(n)),
            },
            devices: u64::from(n % 3),
            last_used: (!n.is_multiple_of(3)).then(|| now - Span::hours(i64::from(n))),
        };
        let people: Vec<Counted> = [19, 52, 66, 88, 130, 201].map(person).into();
        let page =
            |list: &[Counted], total, paging| Self::new(list, total, paging, super::SAMPLE_STAFF, chrome);
        vec![
            ("first", page(&people, 18_204, (true, true))),
            ("last", page(&people, 18_204, (false, false))),
            ("none", page(&[], 0, (true, false))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn the_next_page_begins_after_the_last_person() {
        let chrome = Chrome::sample(Language::De);
        let mut pages = PeoplePage::samples(&chrome).into_iter();
        let (_, first) = pages.next().unwrap();
        let next = first.next_url.unwrap();
        let id = next.strip_prefix("/operator/people?after=").unwrap();
        assert_eq!(paths::operator_person(id.parse().unwrap()), first.people.last().unwrap().url);
        assert_eq!(first.first_url, None);
        let (_, last) = pages.next().unwrap();
        assert_eq!((last.next_url, last.first_url), (None, Some(paths::OPERATOR_PEOPLE)));
    }
}
