//! One organisation: who answers for its services, and which these are. Invites its people.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Entered, Member};
use super::services::{SERVICES_MAX, ServiceLine, line as service_line};
use super::{Tab, tabs};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::{InviteId, OrganisationId, StaffId};
use crate::domain::organisation::Organisation;
use crate::domain::secret::Bearer;
use crate::domain::service::Service;
use crate::domain::staff::{Role, Staff};
use crate::http::{Params, Trouble, redirect};
use crate::web::page::{Chrome, Page};
use crate::web::qr::{self, Picture};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// `GET /operator/organisations/{organisation}`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::operator(&visit).await? {
        Entered::Member(member) => page(&visit, &member, Shown::default()),
        Entered::Away(answer) => Ok(answer),
    }
}

/// `POST /operator/organisations/{organisation}`: `role` (`owner`, `viewer`) invites somebody; `member` takes away the
/// access of one, once it is confirmed.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let organisation: OrganisationId = visit.id("organisation")?;
    match form.get("member") {
        Some(id) => {
            let id: StaffId = id.parse().map_err(|_wrong| Trouble::BadRequest("member"))?;
            let sure = form.get("confirm") == Some("yes");
            remove(&visit, &member, organisation, id, sure).await
        }
        None => invite(&visit, &member, organisation, &form).await,
    }
}

/// Asks whether it is meant, and then takes the access away.
async fn remove(
    visit: &Visit,
    member: &Member,
    organisation: OrganisationId,
    id: StaffId,
    sure: bool,
) -> Result<HttpResponse, Trouble> {
    if !sure {
        return page(visit, member, Shown { leaving: Some(id), ..Shown::default() });
    }
    let (still, actor) = (member.still(), Actor::Staff(member.staff.id));
    let removed = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if !store::staff::remove(id, organisation, db)? {
            return Ok(false);
        }
        store::audit::append(&Entry::new(Event::StaffRemoved, actor).with("staff", id), db)?;
        Ok(true)
    });
    // Somebody else was faster: they are gone all the same.
    let _gone = removed.await?;
    Ok(redirect::see_other(&paths::operator_organisation(organisation)))
}

/// Shows the invitation's address, once.
async fn invite(
    visit: &Visit,
    member: &Member,
    organisation: OrganisationId,
    form: &Params,
) -> Result<HttpResponse, Trouble> {
    let role = form.get("role").and_then(|name| Role::of(name, Some(organisation)));
    let role = role.ok_or(Trouble::BadRequest("role"))?;
    visit.app.limits.count_account(member.staff.id.bytes())?;
    let (id, secret) = (InviteId::draw(visit.app.dice.as_ref()), Bearer::draw(visit.app.dice.as_ref()));
    let (hash, still, actor) = (secret.hash(), member.still(), Actor::Staff(member.staff.id));
    let invited = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if store::organisation::by_id(organisation, db)?.is_none() {
            return Ok(false);
        }
        store::staff::invite(id, &hash, role, db)?;
        let entry = Entry::new(Event::StaffInvited, actor).with("role", role.name());
        store::audit::append(&entry.with("organisation", organisation), db)?;
        Ok(true)
    });
    if !invited.await? {
        return Err(Trouble::NotFound);
    }
    let address = visit.app.url(&paths::invite(id, secret.expose()));
    page(visit, member, Shown { invited: Some((role, address)), ..Shown::default() })
}

/// What is particular about one showing of the page.
#[derive(Default)]
struct Shown {
    /// An invitation that was made just now, with its address.
    invited: Option<(Role, String)>,
    /// Whose access is to end, if that is meant.
    leaving: Option<StaffId>,
}

fn page(visit: &Visit, member: &Member, shown: Shown) -> Result<HttpResponse, Trouble> {
    let id: OrganisationId = visit.id("organisation")?;
    let (organisation, members, services) = visit.app.store.read(|db| {
        Ok((
            store::organisation::by_id(id, db)?,
            store::staff::of_organisation(id, db)?,
            store::service::of_organisation(id, SERVICES_MAX, db)?,
        ))
    })?;
    let file = OrganisationFile {
        organisation: &organisation.ok_or(Trouble::NotFound)?,
        members: &members,
        services: &services,
        shown,
    };
    let frame = entry::frame(visit).at(paths::operator_organisation(id));
    Ok(frame.show(&OrganisationPage::new(&file, &member.staff.name, &frame.chrome), StatusCode::OK))
}

/// What the page is made of.
struct OrganisationFile<'a> {
    organisation: &'a Organisation,
    members: &'a [Staff],
    services: &'a [Service],
    shown: Shown,
}

/// A member, in words.
pub(crate) struct MemberLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) since: String,
}

/// An invitation's address, which is shown once.
pub(crate) struct Invited {
    pub(crate) role: &'static str,
    pub(crate) address: String,
    pub(crate) picture: Option<Picture>,
}

/// `templates/operator/organisation.html`
#[derive(Template)]
#[template(path = "operator/organisation.html")]
pub(crate) struct OrganisationPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) name: String,
    pub(crate) members: Vec<MemberLine>,
    pub(crate) services: Vec<ServiceLine>,
    pub(crate) invited: Option<Invited>,
    /// Whose access is to end, if that is meant.
    pub(crate) leaving: Option<MemberLine>,
    /// POST.
    pub(crate) action_url: String,
    pub(crate) back_url: &'static str,
}

impl OrganisationPage {
    /// `staff`: the name of who is logged in.
    fn new(file: &OrganisationFile<'_>, staff: &str, chrome: &Chrome) -> Self {
        let member = |member: &Staff| MemberLine {
            id: member.id.to_string(),
            name: member.name.clone(),
            role: role(member.role, chrome),
            since: words::day(member.created, chrome),
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_ORGANISATIONS, chrome),
            name: file.organisation.name.clone(),
            members: file.members.iter().map(member).collect(),
            services: file.services.iter().map(|service| service_line(service, chrome)).collect(),
            leaving: file.members.iter().find(|one| Some(one.id) == file.shown.leaving).map(member),
            invited: file.shown.invited.as_ref().map(|(invited, address)| Invited {
                role: role(*invited, chrome),
                address: address.clone(),
                picture: qr::picture(address),
            }),
            action_url: paths::operator_organisation(file.organisation.id),
            back_url: paths::OPERATOR_ORGANISATIONS,
        }
    }
}

/// What somebody may do, in a word.
fn role(role: Role, chrome: &Chrome) -> &'static str {
    match role {
        Role::Operator => chrome.t("staff.operator"),
        Role::Owner(_) => chrome.t("staff.owner"),
        Role::Viewer(_) => chrome.t("staff.viewer"),
    }
}

impl Page for OrganisationPage {
    const NAME: &'static str = "operator/organisation";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let organisations = super::organisations::samples(chrome);
        let organisation = &organisations[1];
        let staff = |n: u8, role, name: &str| Staff {
            id: StaffId::from_bytes([n; 16]),
            user_handle: [n; 16],
            role,
            name: name.to_owned(),
            created: words::now(chrome),
        };
        let members = [
            staff(1, Role::Owner(organisation.id), "Jana Petersen"),
            staff(2, Role::Viewer(organisation.id), "Tarık Öztürk"),
        ];
        let mut services = crate::web::account::sample::services(chrome);
        services[0].organisation = Some(organisation.id);
        services[0].released = None;
        let address = "https://id.birkenfurt.example/invites/inv_beispiel/geheim".to_owned();
        let page = |members: &[Staff], services: &[Service], shown| {
            let file = OrganisationFile { organisation, members, services, shown };
            Self::new(&file, super::SAMPLE_STAFF, chrome)
        };
        vec![
            ("full", page(&members, &services[..1], Shown::default())),
            ("leaving", page(&members, &[], Shown { leaving: Some(members[1].id), ..Shown::default() })),
            (
                "invited",
                page(
                    &[],
                    &[],
                    Shown { invited: Some((Role::Owner(organisation.id), address)), leaving: None },
                ),
            ),
        ]
    }
}
