//! An operator decides about a service: lets people in, gives it back with a word why, pauses it or lets it go on.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::entry::{self, Entered};
use super::service::{Hitch, page};
use crate::domain::audit::{Entry, Event};
use crate::domain::service::Service;
use crate::http::{Params, Trouble, redirect};
use crate::web::service_change;
use crate::web::visit::Visit;
use crate::{paths, store};

/// Characters of an objection at most.
pub(crate) const WHY_MAX: usize = 500;

/// `POST /operator/services/{service}`: `action` is `release`, `return`, `pause` or `resume`; `version` what was seen.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let id = visit.id("service")?;
    let service = visit.app.store.read(|db| store::service::by_id(id, db))?.ok_or(Trouble::NotFound)?;
    let seen: i64 =
        form.get("version").and_then(|text| text.parse().ok()).ok_or(Trouble::BadRequest("version"))?;
    if seen != service.version {
        return page(&visit, &member, Some(Hitch::Changed));
    }
    let Some((event, to)) = decided(&service, &form, &visit)? else {
        return page(&visit, &member, Some(Hitch::NoReason));
    };
    let entry = Entry::new(event, member.actor()).at(service.id);
    if service_change::keep(&service, to, entry, member.still(), &visit.app).await? {
        Ok(redirect::see_other(&paths::operator_service(id)))
    } else {
        page(&visit, &member, Some(Hitch::Changed))
    }
}

/// What comes of it; `None`: it is given back without a word why.
fn decided(service: &Service, form: &Params, visit: &Visit) -> Result<Option<(Event, Service)>, Trouble> {
    let with = |active| Service { active, ..service.clone() };
    Ok(Some(match form.get("action") {
        Some("release") if service.awaits_operator() => {
            (Event::ServiceReleased, service.allowed(visit.app.now()))
        }
        Some("return") if service.awaits_operator() => match objection(form.get("why").unwrap_or("")) {
            Some(why) => (Event::ServiceReturned, service.returned(why)),
            None => return Ok(None),
        },
        Some("pause") if service.is_open() => (Event::ServicePaused, with(false)),
        Some("resume") if !service.active => (Event::ServiceResumed, with(true)),
        // A button that this state does not show.
        _ => return Err(Trouble::BadRequest("action")),
    }))
}

/// Tidied; lines stay.
fn objection(given: &str) -> Option<String> {
    let text: String = given.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let text = text.trim();
    (1..=WHY_MAX).contains(&text.chars().count()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objection_says_something_and_not_too_much() {
        assert_eq!(
            objection(" Wozu das\u{7}?\r\nBitte weniger. ").as_deref(),
            Some("Wozu das?\nBitte weniger.")
        );
        for nothing in ["", " \n ", &"x".repeat(501)] {
            assert_eq!(objection(nothing), None);
        }
    }
}
