//! A member of staff takes an invitation: a name, and a key of their own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::invite_gone::InviteGonePage;
use super::sign_in::assess;
use crate::domain::assurance::Level;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::draw;
use crate::domain::id::{CeremonyId, InviteId, OrganisationId, StaffId};
use crate::domain::organisation::tidy_name;
use crate::domain::passkey::{Holder, Passkey};
use crate::domain::sign_in::Means;
use crate::domain::staff::{Role, Staff};
use crate::http::Trouble;
use crate::http::limit::Act;
use crate::http::sign_in::Login;
use crate::store::ceremony::Kind;
use crate::web::ceremony::{self, Answer, Closed};
use crate::web::citizen::key;
use crate::web::citizen::sign_in::set_session;
use crate::web::citizen::sign_out;
use crate::web::page::{Chrome, Page};
use crate::web::visit::{Visit, go_on, say};
use crate::{paths, store};

/// An invitation that is open now, with the secret of its address.
struct Invited {
    id: InviteId,
    secret: String,
    role: Role,
}

impl Invited {
    /// `None`: it opens nothing, and the attempt is counted.
    fn of(visit: &Visit) -> Result<Option<Self>, Trouble> {
        let secret = visit.request.match_info().get("secret").unwrap_or("").to_owned();
        let found = match visit.id::<InviteId>("invite") {
            Ok(id) => {
                let now = visit.app.now();
                let role = visit.app.store.read(|db| store::staff::open_invite(id, &secret, now, db))?;
                role.map(|role| Self { id, secret, role })
            }
            Err(_another_kind) => None,
        };
        if found.is_none() {
            visit.count(Act::Fail)?;
        }
        Ok(found)
    }
}

/// `GET /invites/{invite}/{secret}`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let frame = visit.frame();
    Ok(match Invited::of(&visit)? {
        Some(invited) => {
            let page = InvitePage::new(invited.id, &invited.secret, invited.role, &frame.chrome);
            frame.show(&page, StatusCode::OK)
        }
        None => frame.show(&InviteGonePage::new(&frame.chrome), StatusCode::GONE),
    })
}

/// `POST /invites/{invite}/{secret}/options`: the browser's list of keys shows the town, not the person, whose
/// name is sent with the answer only.
pub async fn options(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.json::<serde_json::Value>(&body)?;
    visit.count(Act::Open)?;
    let invited = Invited::of(&visit)?.ok_or(Trouble::Gone)?;
    let chrome = visit.frame().chrome;
    let name = format!("{} – {}", chrome.t("operator.part"), chrome.town.name);
    let begun = key::begin(&visit, draw(visit.app.dice.as_ref()), &name, &[])?;
    ceremony::begin(&visit, Kind::Invite, *invited.id.bytes(), begun).await
}

/// `POST /invites/{invite}/{secret}`: the key makes a member of staff, who is logged in with it at once.
pub async fn join(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let answer: Answer = visit.json(&body)?;
    let invited = Invited::of(&visit)?.ok_or(Trouble::Gone)?;
    let Some(name) = tidy_name(&answer.staff_name) else {
        return Ok(say(visit.frame().chrome.t("operator.invite.name_missing")));
    };
    let Some(claimed) = ceremony::claim(&visit, Kind::Invite, *invited.id.bytes(), answer)? else {
        return Ok(ceremony::late(&visit));
    };
    let id = StaffId::draw(visit.app.dice.as_ref());
    let (key, registered) = match ceremony::register(&visit, &claimed, Holder::Staff(id), Level::Low) {
        Ok(made) => made,
        Err(why) => return ceremony::refuse(&visit, Some(claimed.id), Closed::Refused(why)).await,
    };
    let user_handle = *registered.user_handle.as_bytes();
    let staff = Staff { id, user_handle, role: invited.role, name, created: visit.app.now() };
    let next = match invited.role {
        Role::Operator => paths::OPERATOR,
        Role::Owner(_) | Role::Viewer(_) => paths::SERVICES,
        Role::Clerk => paths::COUNTER,
    };
    let login = keep(&visit, invited, staff, key, claimed.id).await?;
    sign_out::end_of_another(&visit, &login).await?;
    let mut answer = go_on(next);
    set_session(&mut answer, &login);
    Ok(answer)
}

/// All of it in one write, or nothing: of two who come with the same invitation one is too late.
async fn keep(
    visit: &Visit,
    invited: Invited,
    staff: Staff,
    key: Passkey,
    ceremony: CeremonyId,
) -> Result<Login, Trouble> {
    let means = Means::Passkey(key.id);
    let login = Login::new(&visit.app, key.holder, means, &assess(&key), None);
    let kept = login.clone();
    visit
        .app
        .write(move |db| -> Result<(), Trouble> {
            if !store::ceremony::take(ceremony, db)?
                || !store::staff::use_invite(invited.id, &invited.secret, db)?
            {
                return Err(Trouble::Gone);
            }
            store::staff::insert(&staff, db)?;
            if !store::passkey::insert(&key, db)? {
                return Err(Trouble::Gone);
            }
            if let Some((session, _)) = &kept.session {
                store::session::insert(session, db)?;
            }
            let actor = Actor::Staff(staff.id);
            let joined = Entry::new(Event::StaffJoined, actor).with("role", staff.role.name());
            store::audit::append(&joined.with("passkey", key.id), db)?;
            let signed_in = Entry::new(Event::SignedIn, actor).with("passkey", key.id);
            store::audit::append(&signed_in.with("level", kept.proof.level.name()), db)?;
            Ok(())
        })
        .await?;
    Ok(login)
}

/// `templates/operator/invite.html`. `passkey.js` sends `staff_name` along with the new key.
#[derive(Template)]
#[template(path = "operator/invite.html")]
pub(crate) struct InvitePage {
    pub(crate) chrome: Chrome,
    /// What the invitation makes one.
    pub(crate) role: &'static str,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
}

impl InvitePage {
    /// `secret`: as it stands in the address.
    pub(crate) fn new(id: InviteId, secret: &str, role: Role, chrome: &Chrome) -> Self {
        let role = match role {
            Role::Operator => chrome.t("operator.invite.operator"),
            Role::Clerk => chrome.t("operator.invite.clerk"),
            Role::Owner(_) => chrome.t("operator.invite.owner"),
            Role::Viewer(_) => chrome.t("operator.invite.viewer"),
        };
        Self {
            chrome: Chrome { person: None, ..chrome.clone() },
            role,
            options_url: paths::invite_options(id, secret),
            finish_url: paths::invite(id, secret),
        }
    }
}

impl Page for InvitePage {
    const NAME: &'static str = "operator/invite";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |role| Self::new(InviteId::from_bytes([3; 16]), "geheim", role, chrome);
        let library = OrganisationId::from_bytes([4; 16]);
        vec![
            ("operator", page(Role::Operator)),
            ("clerk", page(Role::Clerk)),
            ("owner", page(Role::Owner(library))),
            ("viewer", page(Role::Viewer(library))),
        ]
    }
}
