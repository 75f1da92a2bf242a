//! Who may stand on the pages of owners.

use crate::domain::organisation::Organisation;
use crate::domain::sign_in::Door;
use crate::domain::staff::Role;
use crate::http::Trouble;
use crate::store;
use crate::web::operator::entry::Entered;
pub(super) use crate::web::operator::entry::{Member, enter, frame};
use crate::web::visit::Visit;
use actix_web::HttpResponse;

/// An owner who is logged in, and for which organisation they answer.
pub(super) struct Owner {
    pub(super) member: Member,
    pub(super) organisation: Organisation,
}

impl Owner {
    /// Of the organisation, and their own.
    pub(super) fn names(&self) -> (&str, &str) {
        (&self.organisation.name, &self.member.staff.name)
    }
}

/// An owner, or the answer that sends somebody to the door; other staff are told that this is not theirs.
pub(super) async fn owner(visit: &Visit) -> Result<Result<Owner, HttpResponse>, Trouble> {
    let member = match enter(visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(Err(answer)),
    };
    let Role::Owner(id) = member.staff.role else { return Err(Trouble::NotYours) };
    let organisation = visit.app.store.read(|db| store::organisation::by_id(id, db))?;
    Ok(Ok(Owner { member, organisation: organisation.ok_or(Trouble::NotYours)? }))
}
