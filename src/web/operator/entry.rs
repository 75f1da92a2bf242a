//! Who may stand on the pages of staff.

use crate::domain::audit::Actor;
use crate::domain::passkey::Holder;
use crate::domain::session::Session;
use crate::domain::sign_in::Door;
use crate::domain::staff::{Role, Staff};
use crate::http::session::{self, Kind};
use crate::http::{Trouble, redirect};
use crate::store::Write;
use crate::web::citizen::sign_out;
use crate::web::doors;
use crate::web::frame::Frame;
use crate::web::visit::Visit;
use crate::{paths, store};
use actix_web::HttpResponse;
use actix_web::web::Bytes;

/// A member of staff who is logged in.
pub(crate) struct Member {
    pub(crate) session: Session,
    pub(crate) staff: Staff,
}

impl Member {
    /// Runs the house.
    pub(crate) fn is_operator(&self) -> bool {
        self.staff.role == Role::Operator
    }

    /// Who they are in the audit.
    pub(crate) const fn actor(&self) -> Actor {
        Actor::Staff(self.staff.id)
    }

    /// For the inside of a write: they are still logged in, and may do what they may do now.
    pub(crate) fn still(&self) -> impl Fn(&Write) -> Result<(), Trouble> + Send + 'static {
        let (session, staff, role) = (self.session.id, self.staff.id, self.staff.role);
        move |db| {
            doors::still_open(session, db)?;
            match store::staff::by_id(staff, db)? {
                Some(now) if now.role == role => Ok(()),
                _ => Err(Trouble::NotYours),
            }
        }
    }
}

/// A member of staff, or the answer that sends somebody to the door.
pub(crate) enum Entered {
    Member(Member),
    Away(HttpResponse),
}

/// Any member of staff.
pub(crate) async fn enter(visit: &Visit, door: Door) -> Result<Entered, Trouble> {
    match logged_in(visit)? {
        // Each has one desk; operators see the services, too.
        Some(member) if (door == Door::Counter) != (member.staff.role == Role::Clerk) => {
            Err(Trouble::NotYours)
        }
        Some(member) => {
            session::see(&visit.app, &member.session).await?;
            Ok(Entered::Member(member))
        }
        None => Ok(Entered::Away(doors::send_to(visit, door, false).await?)),
    }
}

/// An operator; other staff are told that this is not theirs.
pub(crate) async fn operator(visit: &Visit) -> Result<Entered, Trouble> {
    match enter(visit, Door::Operator).await? {
        Entered::Member(member) if !member.is_operator() => Err(Trouble::NotYours),
        entered => Ok(entered),
    }
}

fn logged_in(visit: &Visit) -> Result<Option<Member>, Trouble> {
    let Some(session) = visit.session(Kind::Staff)? else { return Ok(None) };
    let Holder::Staff(id) = session.holder else { return Ok(None) };
    let staff = visit.app.store.read(|db| store::staff::by_id(id, db))?;
    Ok(staff.map(|staff| Member { session, staff }))
}

/// The frame of a page of staff: logging out ends their session, not a resident's.
pub(crate) fn frame(visit: &Visit) -> Frame {
    let mut frame = visit.frame();
    frame.chrome.sign_out = paths::OPERATOR_SESSION.to_owned();
    frame
}

/// `POST /operator/session`: ends it. The door stands behind it.
pub async fn leave(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    sign_out::end(&visit, Kind::Staff).await?;
    let mut answer = redirect::see_other(paths::OPERATOR);
    // Our own cookies are well-formed.
    let _set = answer.add_cookie(&session::removal(Kind::Staff));
    Ok(answer)
}
