//! A resident with browser and phones, at the doors of one service.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::browser::{Answer, Browser, form};
use super::house::CALLBACK;
use super::phone::Phone;

/// Demo cards which the house accepts.
pub const CARDS: [&str; 5] = ["erika", "murat", "ada", "kadir", "oksana"];

/// A passkey may try so often at once, and then ten times a minute (`http::limit`).
pub const LOGINS_OF_A_KEY: usize = 20;

const VERIFIER: &str = "a-verifier-of-43-letters-at-least-as-pkce-wants";

/// The service, and the house it belongs to.
#[derive(Clone)]
pub struct Service {
    pub port: u16,
    pub origin: String,
    pub id: String,
    pub secret: String,
}

impl Service {
    /// The `Authorization` header of its own requests.
    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)))
    }

    fn authorize(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let query = form(&[
            ("client_id", &self.id),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid name address age_over_18"),
            ("state", "a-state-of-the-service"),
            ("nonce", "a-nonce-of-the-service"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("/authorize?{query}")
    }
}

/// The token of a page's forms and scripts.
pub fn token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" content=\"").unwrap_or_else(|| panic!("no page: {page}"));
    rest.split_once('"').unwrap().0.to_owned()
}

pub struct Resident {
    /// Theirs.
    pub browser: Browser,
    /// The connection of the service; a browser without cookies serves as well.
    back_channel: Browser,
    service: Service,
    basic: String,
    authorize: String,
    keys: Vec<Phone>,
    logins: usize,
}

impl Resident {
    pub fn new(service: &Service) -> Self {
        Self {
            browser: Browser::new(service.port),
            back_channel: Browser::new(service.port),
            service: service.clone(),
            basic: service.basic(),
            authorize: service.authorize(),
            keys: Vec::new(),
            logins: 0,
        }
    }

    /// How many logins their keys are still allowed.
    pub fn logins_left(&self) -> usize {
        self.keys.len() * LOGINS_OF_A_KEY - self.logins
    }

    /// Reads a card, makes one more key, agrees to what the service wants.
    pub fn enrol(&mut self, card: &str) {
        self.browser.sign_out();
        let (sign_in, csrf) = self.knock();
        let fields = [("csrf", csrf.as_str()), ("purpose", "enrol")];
        let check = self.browser.form(&format!("{sign_in}/identity-checks"), &[], &fields);
        let fields = [("csrf", csrf.as_str()), ("person", card), ("pin", "123456")];
        let read = self.browser.form(&check.location, &[], &fields);
        assert_eq!(read.location, format!("{sign_in}/key"), "{read:?}");
        // Whoever is new goes on with another cookie of the browser, and so with another token.
        let csrf = token(&self.browser.get(&read.location).body);
        let options = self.browser.json(&format!("{sign_in}/key/options"), &csrf, &json!({}));
        let mut phone = Phone::default();
        let credential = phone.create(&options, &self.service.origin);
        let answer = json!({ "ceremony": options["ceremony"], "credential": credential });
        self.browser.json(&format!("{sign_in}/key"), &csrf, &answer);
        self.keys.push(phone);
        let mut next = self.browser.get(&sign_in);
        if next.status == 200 {
            let fields = [("csrf", csrf.as_str()), ("answer", "agree"), ("remember", "1")];
            next = self.browser.form(&format!("{sign_in}/consent"), &[], &fields);
        }
        self.redeem(&next);
    }

    /// Comes from the service to the sign-in page: its address and its CSRF token.
    fn knock(&mut self) -> (String, String) {
        let sent = self.browser.get(&self.authorize.clone());
        assert_eq!(sent.status, 303, "{sent:?}");
        let page = self.browser.get(&sent.location);
        assert_eq!(page.status, 200, "{page:?}");
        let csrf = token(&page.body);
        (sent.location, csrf)
    }

    /// A complete login with a key: sign-in page, key, remembered consent, code, tokens. The token answer.
    pub fn log_in(&mut self) -> Value {
        self.browser.sign_out();
        let (sign_in, csrf) = self.knock();
        let options = self.browser.json(&format!("{sign_in}/passkey/options"), &csrf, &json!({}));
        let number = self.logins / LOGINS_OF_A_KEY;
        self.logins += 1;
        let phone = self.keys.get_mut(number).expect("a key that has tries left");
        let credential = phone.get(&options, &self.service.origin);
        let answer = json!({ "ceremony": options["ceremony"], "credential": credential });
        let next = self.browser.json(&format!("{sign_in}/passkey"), &csrf, &answer);
        let answered = self.browser.get(next["location"].as_str().unwrap());
        self.redeem(&answered)
    }

    /// The silent way of somebody with a session: one durable write before the answer.
    pub fn pass(&mut self) -> Answer {
        let answered = self.browser.get(&self.authorize.clone());
        assert!(answered.location.starts_with(CALLBACK), "{answered:?}");
        answered
    }

    /// The service fetches the tokens of a code.
    pub fn redeem(&mut self, answered: &Answer) -> Value {
        let (_, query) = answered.location.split_once('?').unwrap_or_else(|| panic!("{answered:?}"));
        let (_, code) =
            url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let tokens = self.back_channel.form("/token", &[("authorization", &self.basic)], &fields);
        assert_eq!(tokens.status, 200, "{tokens:?}");
        serde_json::from_str(&tokens.body).unwrap()
    }

    /// What the service asks with its tokens.
    pub fn userinfo(&mut self, tokens: &Value) -> Value {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let told = self.back_channel.ask("GET", "/userinfo", &[("authorization", &bearer)], "");
        assert_eq!(told.status, 200, "{told:?}");
        serde_json::from_str(&told.body).unwrap()
    }
}
