//! A resident's program for the online eID, with a made-up person's card on its reader. It is no browser: it has no
//! cookie, and speaks to the house over a socket of its own.

use super::http::Request;
use super::{Answer, Browser, SeededDice, Town};
use torhaus::cvc::certificate::Certificate;
use torhaus::domain::dice::Dice;
use torhaus::eid::card::Card;
use torhaus::eid::card::people::person;
use torhaus::eid::client::demo::card_keys;
use torhaus::eid::client::{Client, Decision, Next, Surroundings};
use torhaus::eid::lab_secret;
use torhaus::eid::paos::PaosResult;
use torhaus::eid::tc_token::TcToken;

/// The program.
pub struct Program<'t> {
    town: &'t Town,
    client: Client<'static>,
    /// What it was told to open.
    pub token: TcToken,
    /// What it will say next.
    pub says: String,
    /// How it ended.
    pub ended: Option<PaosResult>,
}

/// The address of the TC token on the page that opens the program.
pub fn token_address(browser: &Browser) -> String {
    let link = browser.page.text();
    let at = link.find("tcTokenURL=").expect("the page opens the program") + "tcTokenURL=".len();
    let encoded = link[at..].split('"').next().unwrap_or_default();
    let query = format!("a={encoded}");
    url::form_urlencoded::parse(query.as_bytes()).next().expect("an address").1.into_owned()
}

impl<'t> Program<'t> {
    /// Opens it from the page of the browser.
    pub fn opens(town: &'t Town, browser: &Browser, card: &str) -> Self {
        Self::opens_at(town, &token_address(browser), card)
    }

    /// Opens it with the address of a TC token.
    pub fn opens_at(town: &'t Town, address: &str, card: &str) -> Self {
        let path = address.strip_prefix(town.origin.as_str()).expect("an address of the house");
        Self::opens_for(town, path, &town.origin, card)
    }

    /// Opens it with the path of a TC token; `origin` is whose page opened it.
    pub fn opens_for(town: &'t Town, path: &str, origin: &str, card: &str) -> Self {
        let answer = Request::get(path).send(town.port());
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
        let token = TcToken::parse(answer.text().as_bytes()).expect("a TC token");
        Self::with(town, token, origin, card)
    }

    /// With a TC token of a session that `town` reads the card for; `origin` is whose page opened the program.
    pub fn with(town: &'t Town, token: TcToken, origin: &str, card: &str) -> Self {
        Self::decides(town, token, (origin, card), Decision::Agree)
    }

    /// The same, and what the holder says to what is asked.
    pub fn decides(town: &'t Town, token: TcToken, (origin, card): (&str, &str), decision: Decision) -> Self {
        let app = town.house().appliance;
        let lab = lab_secret::ensure(&app).expect("the lab of a demo");
        let root = Certificate::parse(lab.root_certificate()).expect("the root");
        let content = person(card).expect("a made-up person").content(app.today()).expect("a card");
        let keys = card_keys(&lab, card, 0).expect("a card");
        // The program lives as long as the test; so do its dice.
        let dice: &'static dyn Dice = Box::leak(Box::new(SeededDice::new(town.next_seed())));
        let around = Surroundings {
            roots: vec![root.clone()],
            origin: origin.to_owned(),
            tls: None,
            today: app.today(),
            dice,
        };
        let mut client = Client::new(Card::new(content, keys, vec![root]), decision, around);
        let says = client.start(&token);
        Self { town, client, token, says, ended: None }
    }

    /// Sends what it has to say, as it is; the answer is not taken.
    pub fn sends(&self) -> Answer {
        post(self.town, &self.says)
    }

    /// One message and its answer. `false`: it was the last.
    pub fn goes_on(&mut self) -> bool {
        let answer = self.sends();
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.takes(&answer)
    }

    /// Takes an answer. `false`: it was the last.
    pub fn takes(&mut self, answer: &Answer) -> bool {
        match self.client.take(answer.text().as_bytes()).expect("a message of the protocol") {
            Next::Send(next) => {
                self.says = next;
                true
            }
            Next::Done(result) => {
                self.ended = Some(result);
                false
            }
        }
    }

    /// Everything, to the end.
    pub fn reads(&mut self) -> &mut Self {
        while self.goes_on() {}
        self
    }

    /// Where it sends the browser.
    pub fn refresh(&self) -> String {
        self.token.refresh_address.clone()
    }
}

/// Sends bytes to where programs speak.
pub fn post(town: &Town, body: &str) -> Answer {
    Request::post("/eid/paos", "application/vnd.paos+xml; charset=UTF-8", body).send(town.port())
}
