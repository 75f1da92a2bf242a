//! A new card and a transfer code.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::flow::Asked;
use super::new_card;
use crate::domain::paper_code::PaperCode;
use crate::eid::link::{self, Read};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `GET /sign-in/{id}/transfer-code`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    match new_card::waiting(&asked, &visit)? {
        Some(_) => Ok(ask(&asked, &visit, None)),
        None => new_card::instead(&asked, &visit),
    }
}

/// `POST /sign-in/{id}/transfer-code`. A code that nobody has, one that is used up and one that does not fit this card
/// get the same answer.
pub async fn redeem(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    visit.count(Act::Open)?;
    let asked = Asked::load(&visit)?;
    let Some((check, result)) = new_card::waiting(&asked, &visit)? else {
        return new_card::instead(&asked, &visit);
    };
    let Ok(code) = PaperCode::parse(form.get("code").unwrap_or("")) else {
        return Ok(ask(&asked, &visit, Some(CodeMistake::Mistyped)));
    };
    // Before the code is looked at: of many tries at once none gets past the limit.
    new_card::count_try(&visit, &result)?;
    let read = Read { result: &result, check: &check, sign_in: &asked.sign_in, app: &visit.app };
    let Some(settled) = link::by_code(read, &code).await? else {
        return Ok(ask(&asked, &visit, Some(CodeMistake::Wrong)));
    };
    let mut answer = redirect::see_other(&new_card::next(&settled, &asked));
    new_card::log_in(&settled, &visit, &mut answer).await?;
    Ok(answer)
}

fn ask(asked: &Asked, visit: &Visit, mistake: Option<CodeMistake>) -> HttpResponse {
    let id = asked.sign_in.id;
    let frame = asked.frame(visit).at(paths::sign_in_transfer_code(id));
    let page = TransferCodePage {
        mistake,
        answer_url: paths::sign_in_transfer_code(id),
        back_url: paths::sign_in_new_card(id),
        chrome: frame.chrome.clone(),
    };
    let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.show(&page, status)
}

/// What was wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeMistake {
    /// The check digit says so; no code was looked for.
    Mistyped,
    /// It opens nothing with this card.
    Wrong,
}

impl CodeMistake {
    pub(crate) fn text(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::Mistyped => chrome.t("transfer.mistyped"),
            Self::Wrong => chrome.t("transfer.wrong"),
        }
    }
}

/// `templates/citizen/transfer_code.html`. The form sends `code`.
#[derive(Template)]
#[template(path = "citizen/transfer_code.html")]
pub(crate) struct TransferCodePage {
    pub(crate) chrome: Chrome,
    pub(crate) mistake: Option<CodeMistake>,
    pub(crate) answer_url: String,
    pub(crate) back_url: String,
}

impl Page for TransferCodePage {
    const NAME: &'static str = "citizen/transfer_code";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |mistake| Self {
            chrome: chrome.clone(),
            mistake,
            answer_url: "/beispiel/wechselcode".to_owned(),
            back_url: "/beispiel/neuer-ausweis".to_owned(),
        };
        vec![
            ("empty", page(None)),
            ("mistyped", page(Some(CodeMistake::Mistyped))),
            ("wrong", page(Some(CodeMistake::Wrong))),
        ]
    }
}
