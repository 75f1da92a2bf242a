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
        Entered::Member(member) => {
            page(&visit, &member, Desk::Operator(visit.id("organisation")?), Shown::default())
        }
        Entered::Away(answer) => Ok(answer),
    }
}

/// Whose page it is: an operator sees all of an organisation, an owner their own team.
#[derive(Clone, Copy)]
pub(crate) enum Desk {
    Operator(OrganisationId),
    Team(OrganisationId),
    /// The clerks of the counter, who belong to no organisation.
    Clerks,
}

impl Desk {
    const fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Operator(id) | Self::Team(id) => Some(id),
            Self::Clerks => None,
        }
    }

    /// What somebody may be invited to here.
    fn role(self, name: &str) -> Option<Role> {
        let role = Role::of(name, self.organisation())?;
        // An operator is invited on the machine only.
        (role != Role::Operator).then_some(role)
    }

    fn url(self) -> String {
        match self {
            Self::Operator(id) => paths::operator_organisation(id),
            Self::Team(_) => paths::SERVICES_TEAM.to_owned(),
            Self::Clerks => paths::OPERATOR_CLERKS.to_owned(),
        }
    }
}

/// `GET /operator/clerks`
pub async fn clerks(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::operator(&visit).await? {
        Entered::Member(member) => page(&visit, &member, Desk::Clerks, Shown::default()),
        Entered::Away(answer) => Ok(answer),
    }
}

/// `POST /operator/clerks`: as [`act`], with the role `clerk`.
pub async fn clerks_act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    match entry::operator(&visit).await? {
        Entered::Member(member) => answer(&visit, &member, Desk::Clerks, &form).await,
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
    answer(&visit, &member, Desk::Operator(visit.id("organisation")?), &form).await
}

/// Invites somebody, or takes the access of one.
pub(crate) async fn answer(
    visit: &Visit,
    member: &Member,
    desk: Desk,
    form: &Params,
) -> Result<HttpResponse, Trouble> {
    match form.get("member") {
        Some(id) => {
            let id: StaffId = id.parse().map_err(|_wrong| Trouble::BadRequest("member"))?;
            // Nobody locks themself out, so somebody who answers is always left.
            if id == member.staff.id {
                return Err(Trouble::BadRequest("member"));
            }
            remove(visit, member, desk, id, form.get("confirm") == Some("yes")).await
        }
        None => invite(visit, member, desk, form).await,
    }
}

/// Asks whether it is meant, and then takes the access away.
async fn remove(
    visit: &Visit,
    member: &Member,
    desk: Desk,
    id: StaffId,
    sure: bool,
) -> Result<HttpResponse, Trouble> {
    let organisation = desk.organisation();
    if !sure {
        return page(visit, member, desk, Shown { leaving: Some(id), ..Shown::default() });
    }
    let (still, actor) = (member.still(), Actor::Staff(member.staff.id));
    let removed = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let gone = match organisation {
            Some(organisation) => store::staff::remove(id, organisation, db)?,
            None => store::staff::remove_clerk(id, db)?,
        };
        if !gone {
            return Ok(false);
        }
        store::audit::append(&Entry::new(Event::StaffRemoved, actor).with("staff", id), db)?;
        Ok(true)
    });
    // Somebody else was faster: they are gone all the same.
    let _gone = removed.await?;
    Ok(redirect::see_other(&desk.url()))
}

/// Shows the invitation's address, once.
async fn invite(visit: &Visit, member: &Member, desk: Desk, form: &Params) -> Result<HttpResponse, Trouble> {
    let organisation = desk.organisation();
    let role = form.get("role").and_then(|name| desk.role(name));
    let role = role.ok_or(Trouble::BadRequest("role"))?;
    visit.app.limits.count_account(member.staff.id.bytes())?;
    let (id, secret) = (InviteId::draw(visit.app.dice.as_ref()), Bearer::draw(visit.app.dice.as_ref()));
    let (hash, still, actor) = (secret.hash(), member.still(), Actor::Staff(member.staff.id));
    let invited = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let mut entry = Entry::new(Event::StaffInvited, actor).with("role", role.name());
        if let Some(organisation) = organisation {
            if store::organisation::by_id(organisation, db)?.is_none() {
                return Ok(false);
            }
            entry = entry.with("organisation", organisation);
        }
        store::staff::invite(id, &hash, role, db)?;
        store::audit::append(&entry, db)?;
        Ok(true)
    });
    if !invited.await? {
        return Err(Trouble::NotFound);
    }
    let address = visit.app.url(&paths::invite(id, secret.expose()));
    page(visit, member, desk, Shown { invited: Some((role, address)), ..Shown::default() })
}

/// What is particular about one showing of the page.
#[derive(Default)]
pub(crate) struct Shown {
    /// An invitation that was made just now, with its address.
    invited: Option<(Role, String)>,
    /// Whose access is to end, if that is meant.
    leaving: Option<StaffId>,
}

pub(crate) fn page(
    visit: &Visit,
    member: &Member,
    desk: Desk,
    shown: Shown,
) -> Result<HttpResponse, Trouble> {
    let (name, members, services) = visit.app.store.read(|db| {
        let Some(id) = desk.organisation() else {
            return Ok((None, store::staff::clerks(db)?, Vec::new()));
        };
        Ok((
            store::organisation::by_id(id, db)?.map(|one| one.name),
            store::staff::of_organisation(id, db)?,
            store::service::of_organisation(id, SERVICES_MAX, db)?,
        ))
    })?;
    let clerks = || matches!(desk, Desk::Clerks).then(|| visit.frame().chrome.t("clerks.heading").to_owned());
    let name = name.or_else(clerks).ok_or(Trouble::NotFound)?;
    let file = OrganisationFile { name: &name, members: &members, services: &services, shown, desk };
    let frame = entry::frame(visit).at(desk.url());
    Ok(frame.show(&OrganisationPage::new(&file, &member.staff, &frame.chrome), StatusCode::OK))
}

/// What the page is made of.
struct OrganisationFile<'a> {
    name: &'a str,
    members: &'a [Staff],
    services: &'a [Service],
    shown: Shown,
    desk: Desk,
}

/// A member, in words.
pub(crate) struct MemberLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) since: String,
    /// Who is logged in.
    pub(crate) own: bool,
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
    pub(crate) part: &'static str,
    pub(crate) name: String,
    /// They are clerks.
    pub(crate) clerks: bool,
    pub(crate) members: Vec<MemberLine>,
    /// None on an owner's page of their team.
    pub(crate) services: Option<Vec<ServiceLine>>,
    pub(crate) invited: Option<Invited>,
    /// Whose access is to end, if that is meant.
    pub(crate) leaving: Option<MemberLine>,
    /// POST.
    pub(crate) action_url: String,
    pub(crate) back_url: Option<&'static str>,
}

impl OrganisationPage {
    /// `staff`: who is logged in.
    fn new(file: &OrganisationFile<'_>, staff: &Staff, chrome: &Chrome) -> Self {
        let member = |member: &Staff| MemberLine {
            id: member.id.to_string(),
            name: member.name.clone(),
            role: role(member.role, chrome),
            since: words::day(member.created, chrome),
            own: member.id == staff.id,
        };
        let operator = matches!(file.desk, Desk::Operator(_));
        let clerks = matches!(file.desk, Desk::Clerks);
        let at_house = operator || clerks;
        let services = || file.services.iter().map(|service| service_line(service, chrome)).collect();
        Self {
            chrome: chrome.signed_in(&staff.name),
            tabs: if at_house {
                tabs(if clerks { paths::OPERATOR_CLERKS } else { paths::OPERATOR_ORGANISATIONS }, chrome)
            } else {
                crate::web::owner::tabs_at(paths::SERVICES_TEAM, staff.role, chrome)
            },
            part: if at_house { chrome.t("operator.part") } else { chrome.t("owner.part") },
            name: file.name.to_owned(),
            clerks,
            members: file.members.iter().map(member).collect(),
            services: operator.then(services),
            leaving: file.members.iter().find(|one| Some(one.id) == file.shown.leaving).map(member),
            invited: file.shown.invited.as_ref().map(|(invited, address)| Invited {
                role: role(*invited, chrome),
                address: address.clone(),
                picture: qr::picture(address),
            }),
            action_url: file.desk.url(),
            back_url: operator.then_some(paths::OPERATOR_ORGANISATIONS),
        }
    }
}

/// What somebody may do, in a word.
fn role(role: Role, chrome: &Chrome) -> &'static str {
    match role {
        Role::Operator => chrome.t("staff.operator"),
        Role::Clerk => chrome.t("staff.clerk"),
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
            let desk = Desk::Operator(organisation.id);
            let file = OrganisationFile { name: &organisation.name, members, services, shown, desk };
            Self::new(&file, &staff(9, Role::Operator, super::SAMPLE_STAFF), chrome)
        };
        let team = {
            let (desk, shown) = (Desk::Team(organisation.id), Shown::default());
            let file =
                OrganisationFile { name: &organisation.name, members: &members, services: &[], shown, desk };
            Self::new(&file, &members[0], chrome)
        };
        let clerks = {
            let clerk = [staff(3, Role::Clerk, "Tarık Öztürk")];
            let (desk, name) = (Desk::Clerks, chrome.t("clerks.heading"));
            let file =
                OrganisationFile { name, members: &clerk, services: &[], shown: Shown::default(), desk };
            Self::new(&file, &staff(9, Role::Operator, super::SAMPLE_STAFF), chrome)
        };
        vec![
            ("full", page(&members, &services[..1], Shown::default())),
            ("team", team),
            ("clerks", clerks),
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
