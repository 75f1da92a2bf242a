//! Who may stand on the account's pages, and for what they must prove themselves anew.

use super::dossier::{Dossier, View};
use crate::domain::id::PersonId;
use crate::domain::passkey::Holder;
use crate::domain::session::Session;
use crate::domain::sign_in::Door;
use crate::domain::time::Span;
use crate::http::Trouble;
use crate::http::session::{self, Kind};
use crate::passkey;
use crate::web::doors;
use crate::web::visit::Visit;
use actix_web::HttpResponse;

/// Adding and removing devices, taking the data along and deleting need a proof that is not older.
const FRESH: Span = Span::minutes(10);

/// A resident on their own pages.
pub(super) struct Here {
    pub(super) session: Session,
    pub(super) person: PersonId,
}

/// Somebody on their own pages, or the answer that sends them to the door.
pub(super) enum Entered {
    Here(Here),
    Away(HttpResponse),
}

/// Whoever is logged in.
pub(super) async fn enter(visit: &Visit) -> Result<Entered, Trouble> {
    match logged_in(visit)? {
        Some(here) => {
            session::see(&visit.app, &here.session).await?;
            Ok(Entered::Here(here))
        }
        None => Ok(Entered::Away(doors::send_to(visit, Door::Account, false).await?)),
    }
}

/// Whoever has proved within the last minutes that it is them: a browser left open is not enough.
pub(super) async fn enter_fresh(visit: &Visit) -> Result<Entered, Trouble> {
    match enter(visit).await? {
        Entered::Here(here) if !is_fresh(&here, visit) => {
            Ok(Entered::Away(doors::send_to(visit, Door::Account, true).await?))
        }
        entered => Ok(entered),
    }
}

/// The same for scripts, which can not be sent to a page: `None` is said in words.
pub(super) fn fresh_for_script(visit: &Visit) -> Result<Option<Here>, Trouble> {
    Ok(logged_in(visit)?.filter(|here| is_fresh(here, visit)))
}

fn is_fresh(here: &Here, visit: &Visit) -> bool {
    visit.app.now().since(here.session.authenticated) <= FRESH
}

fn logged_in(visit: &Visit) -> Result<Option<Here>, Trouble> {
    Ok(visit.session(Kind::Person)?.and_then(|session| match session.holder {
        Holder::Person(person) => Some(Here { session, person }),
        Holder::Staff(_) => None,
    }))
}

impl Here {
    /// Their whole file with at most `history` of their history.
    pub(super) fn dossier(&self, history: u32, visit: &Visit) -> Result<Dossier, Trouble> {
        // Deleted in between: their session is gone as well.
        Dossier::load(self.person, history, &visit.app)?.ok_or(Trouble::SignInOver)
    }

    /// How they look at it.
    pub(super) fn view(&self, visit: &Visit) -> View {
        View { means: self.session.means, policy: visit.app.policy, model: passkey::authenticator_name }
    }
}
