//! Settings to copy for the programs that towns run, filled with a service's values.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::recipe_book::{Lack, RECIPES, Recipe, Shelf, by_key};
use super::trial::tester;
use super::{Section, SectionLink, sections, tabs};
use crate::domain::id::OrganisationId;
use crate::domain::service::Service;
use crate::domain::staff::Role;
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::web::operator::entry;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::service_change;
use crate::web::visit::Visit;

/// `GET /services/{service}/recipes`: all that suit it; with `recipe`, the settings of that one.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let tester = match tester(&visit).await? {
        Ok(tester) => tester,
        Err(answer) => return Ok(answer),
    };
    let query = visit.query()?;
    let chosen = match query.get("recipe") {
        Some(key) => Some(by_key(key).ok_or(Trouble::NotFound)?),
        None => None,
    };
    let here = match chosen {
        Some(recipe) => paths::service_recipe(tester.service.id, recipe.key),
        None => paths::service_recipes(tester.service.id),
    };
    let frame = entry::frame(&visit).at(here);
    let staff = &tester.member.staff;
    let page = RecipesPage::new(
        &tester.service,
        chosen,
        &visit.app.origin,
        (&staff.name, staff.role),
        &frame.chrome,
    );
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /services/{service}/recipes`: sets the service up for a `recipe`, from the `version` that was seen.
pub async fn apply(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let tester = match tester(&visit).await? {
        Ok(tester) => tester,
        Err(answer) => return Ok(answer),
    };
    let recipe = form.get("recipe").and_then(by_key).ok_or(Trouble::BadRequest("recipe"))?;
    let seen: Option<i64> = form.get("version").and_then(|text| text.parse().ok());
    let service = &tester.service;
    let here = paths::service_recipe(service.id, recipe.key);
    if seen != Some(service.version) {
        // Sent twice, or somebody else was faster: the page shows how it stands.
        return Ok(redirect::see_other(&here));
    }
    let registration = recipe.applied(&service.registration).ok_or(Trouble::BadRequest("recipe"))?;
    // What waits for an operator would undo it.
    let proposal = service.proposal.as_ref().map(|wish| recipe.applied(wish).unwrap_or_else(|| wish.clone()));
    let to = Service { registration, proposal, ..service.clone() };
    let entry =
        service_change::changed(service, &service.registration, &to.registration, tester.member.actor());
    // Where somebody was faster, the page shows how it stands.
    let _kept = service_change::keep(service, to, entry, tester.member.still(), &visit.app).await?;
    Ok(redirect::see_other(&here))
}

/// One to choose.
pub(crate) struct RecipeLink {
    pub(crate) name: &'static str,
    pub(crate) url: String,
}

/// One that was chosen.
pub(crate) struct RecipeView {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) place: &'static str,
    pub(crate) back: String,
    /// The program or its author chooses the redirect address.
    pub(crate) own_address: bool,
    pub(crate) text: String,
    pub(crate) source: &'static str,
    /// What the service lacks for it.
    pub(crate) lacks: Vec<String>,
    /// One button brings it.
    pub(crate) can_apply: bool,
}

/// `templates/owner/recipes.html`
#[derive(Template)]
#[template(path = "owner/recipes.html")]
pub(crate) struct RecipesPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) back_url: &'static str,
    pub(crate) name: String,
    pub(crate) recipes_url: String,
    pub(crate) trial_url: String,
    pub(crate) version: i64,
    pub(crate) programs: Vec<RecipeLink>,
    pub(crate) languages: Vec<RecipeLink>,
    pub(crate) chosen: Option<RecipeView>,
}

impl RecipesPage {
    /// `staff` and `role`: the name of who is logged in, and what they may do.
    fn new(
        service: &Service,
        chosen: Option<&'static Recipe>,
        issuer: &str,
        (staff, role): (&str, Role),
        chrome: &Chrome,
    ) -> Self {
        let links = |shelf| {
            let suits = |recipe: &&Recipe| recipe.shelf == shelf && recipe.suits(service);
            let link = |recipe: &Recipe| RecipeLink {
                name: recipe.name,
                url: paths::service_recipe(service.id, recipe.key),
            };
            RECIPES.iter().filter(suits).map(link).collect()
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(role, chrome),
            sections: sections(service, role, Section::Recipes, chrome),
            back_url: paths::SERVICES,
            name: service.registration.name.clone(),
            recipes_url: paths::service_recipes(service.id),
            trial_url: paths::service_trial(service.id),
            version: service.version,
            programs: links(Shelf::Program),
            languages: links(Shelf::Language),
            chosen: chosen.map(|recipe| view(recipe, service, issuer, chrome)),
        }
    }
}

fn view(recipe: &'static Recipe, service: &Service, issuer: &str, chrome: &Chrome) -> RecipeView {
    let lacks = recipe.lacks(&service.registration);
    RecipeView {
        key: recipe.key,
        name: recipe.name,
        place: recipe.place,
        back: recipe.back(&service.registration),
        own_address: recipe.path.is_none(),
        text: recipe.filled(service, issuer, chrome.t("recipe.secret")),
        source: recipe.source,
        can_apply: !lacks.is_empty() && recipe.applied(&service.registration).is_some(),
        lacks: lacks.iter().map(|lack| words(lack, service, chrome)).collect(),
    }
}

fn words(lack: &Lack, service: &Service, chrome: &Chrome) -> String {
    match lack {
        Lack::Address(address) => chrome.t1("recipe.address", address),
        Lack::Authentication(method) => {
            chrome.t2("recipe.authentication", method.name(), service.registration.authentication.name())
        }
        Lack::Pkce => chrome.t("recipe.pkce").to_owned(),
    }
}

impl Page for RecipesPage {
    const NAME: &'static str = "owner/recipes";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let own = OrganisationId::from_bytes([1; 16]);
        let service = Service {
            organisation: Some(own),
            ..crate::web::account::sample::services(chrome).swap_remove(0)
        };
        let page = |key: Option<&str>| {
            let chosen = key.and_then(by_key);
            let issuer = "https://id.birkenfurt.example";
            Self::new(&service, chosen, issuer, (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        vec![("all", page(None)), ("nextcloud", page(Some("nextcloud"))), ("python", page(Some("python")))]
    }
}
