//! The services against a small provider of the test's own, over real sockets.

mod provider;

use std::time::Duration;

use actix_web::http::{Method, StatusCode, header};
use actix_web::rt::System;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use openidconnect::AsyncHttpClient;
use provider::{HIGH, Provider, Twist};
use serde_json::{Value, json};
use url::Url;

use super::client::{HttpClient, HttpError};
use super::*;

const PARKING: &Service = &SERVICES[0];
const LIBRARY: &Service = &SERVICES[1];
const ADDRESS: &Service = &SERVICES[2];

struct Page {
    status: StatusCode,
    location: Option<String>,
    policy: String,
    body: String,
}

/// A browser at one service, with a provider behind it.
struct Browser {
    http: HttpClient,
    cookie: String,
    base: Url,
    provider: Data<Provider>,
}

impl Browser {
    async fn at(service: &'static Service, twist: Twist) -> Self {
        let socket = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (front, back) = (socket(), socket());
        let issuer = format!("http://{}", back.local_addr().unwrap());
        let provider = Data::new(Provider::new(issuer.clone(), service, twist));
        let shared = provider.clone();
        let app = move || App::new().app_data(shared.clone()).configure(provider::routes);
        let server = HttpServer::new(app).workers(1).disable_signals().listen(back).unwrap().run();
        actix_web::rt::spawn(server);
        let base_url = Url::parse(&format!("http://{}", front.local_addr().unwrap())).unwrap();
        let registration = Registration {
            client_id: "client-1".to_owned(),
            client_secret: (!service.is_public()).then(|| "geheim & lang".to_owned()),
            issuer,
            base_url: base_url.clone(),
        };
        actix_web::rt::spawn(listen(service, registration, front, None).unwrap());
        Self { http: HttpClient::new(None).unwrap(), cookie: String::new(), base: base_url, provider }
    }

    async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = hyper::Request::builder()
            .method(method.as_str())
            .uri(self.base.join(path).unwrap().as_str())
            .header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.http.call(request.body(Vec::new()).unwrap()).await.unwrap();
        let text = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        if let Some(set) = text("set-cookie") {
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
            self.cookie = set.split(';').next().unwrap().to_owned();
        }
        Page {
            status: StatusCode::from_u16(response.status().as_u16()).unwrap(),
            location: text("location"),
            policy: text("content-security-policy").unwrap_or_default(),
            body: String::from_utf8(response.body().clone()).unwrap(),
        }
    }

    async fn opens(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, &[]).await
    }

    /// Presses "Anmelden"; the provider takes note of what it is asked. Returns `state`.
    async fn begins(&mut self, path: &str) -> String {
        let address = Url::parse(&self.opens(path).await.location.unwrap()).unwrap();
        let mut asked = self.provider.asked();
        asked.nonce = parameter(&address, "nonce").unwrap();
        asked.challenge = parameter(&address, "code_challenge").unwrap();
        parameter(&address, "state").unwrap()
    }

    /// Comes back from the provider with a code, as a well-behaved provider sends it.
    async fn returns(&mut self, state: &str) -> Page {
        let path = format!("/callback?code=code-1&state={state}&iss={}", self.provider.issuer);
        self.opens(&path).await
    }

    async fn signs_in(&mut self) -> Page {
        let state = self.begins("/login").await;
        self.returns(&state).await
    }
}

fn parameter(address: &Url, name: &str) -> Option<String> {
    let mut values = address.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.to_string());
    let value = values.next();
    assert!(values.next().is_none(), "{name} twice");
    value
}

fn refused(page: &Page, code: &str) {
    assert!(page.body.contains(&format!("data-error=\"{code}\"")), "{code} not in {}", page.body);
    assert!(page.location.is_none());
    assert!(page.body.contains("href=\"/login\""), "no way on");
}

#[test]
fn a_login_asks_for_everything_the_service_needs() {
    System::new().block_on(async {
        for service in &SERVICES {
            let mut ada = Browser::at(service, Twist::None).await;
            let page = ada.opens("/login").await;
            assert_eq!(page.status, StatusCode::SEE_OTHER);
            let address = Url::parse(&page.location.unwrap()).unwrap();
            let is = |name: &str, value: Option<&str>| {
                assert_eq!(parameter(&address, name).as_deref(), value, "{name} of {}", service.key);
            };
            assert_eq!(format!("{}/authorize", ada.provider.issuer), address[..url::Position::AfterPath]);
            is("response_type", Some("code"));
            is("client_id", Some("client-1"));
            is("redirect_uri", Some(redirect_uri(&ada.base).as_str()));
            is("scope", Some(&service.scopes.join(" ")));
            is("acr_values", service.acr);
            is("code_challenge_method", Some("S256"));
            is("ui_locales", Some("de"));
            is("prompt", None);
            is("max_age", None);
            for name in ["state", "nonce", "code_challenge"] {
                assert_eq!(parameter(&address, name).unwrap().len(), 43, "{name}");
            }
        }
    });
}

#[test]
fn a_test_may_ask_for_more() {
    System::new().block_on(async {
        let mut ada = Browser::at(PARKING, Twist::None).await;
        let page = ada.opens(&format!("/login?prompt=none&max_age=60&acr_values={HIGH}&lang=en")).await;
        let address = Url::parse(&page.location.unwrap()).unwrap();
        for (name, value) in
            [("prompt", "none"), ("max_age", "60"), ("acr_values", HIGH), ("ui_locales", "en")]
        {
            assert_eq!(parameter(&address, name).as_deref(), Some(value));
        }
        refused(&ada.opens("/login?max_age=soon").await, "invalid_request");
    });
}

#[test]
fn every_service_signs_people_in() {
    System::new().block_on(async {
        for service in &SERVICES {
            let mut ada = Browser::at(service, Twist::None).await;
            assert_eq!(ada.opens("/me").await.location.as_deref(), Some("/"));
            assert_eq!(ada.opens("/me.json").await.status, StatusCode::UNAUTHORIZED);
            let state = ada.begins("/login").await;
            let before = ada.cookie.clone();
            assert_eq!(ada.returns(&state).await.location.as_deref(), Some("/me"), "{}", service.key);
            assert_ne!(ada.cookie, before, "the session has a new name");

            let page = ada.opens("/me").await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains("pseudonym-1") && page.body.contains("hoch"));
            assert!(!page.body.contains("<i>"), "claims are escaped");
            let facts: Value = serde_json::from_str(&ada.opens("/me.json").await.body).unwrap();
            assert_eq!(facts["sub"], "pseudonym-1");
            assert_eq!(facts["acr"], HIGH);
            assert_eq!(facts["amr"], json!(["hwk", "user"]));
            assert!(facts["auth_time"].is_i64());
            assert_eq!(facts["claims"]["age_over_18"], true);
            assert_eq!(facts["claims"]["address"]["locality"], "Birkenfurt");

            let asked = ada.provider.asked();
            let basic = asked.authorization.as_deref().is_some_and(|value| value.starts_with("Basic "));
            let sent = (
                basic,
                asked.token_request.contains("client_secret="),
                asked.token_request.contains("client_id="),
            );
            let expected = match service.auth {
                ClientAuth::Basic => (true, false, false),
                ClientAuth::Post => (false, true, true),
                ClientAuth::None => (false, false, true),
            };
            assert_eq!(sent, expected, "{}", service.auth.name());
        }
    });
}

#[test]
fn an_answer_nobody_asked_for_is_refused() {
    System::new().block_on(async {
        let mut ada = Browser::at(PARKING, Twist::None).await;
        let state = ada.begins("/login").await;
        refused(&ada.returns("guessed").await, "state_mismatch");
        refused(
            &ada.opens(&format!("/callback?code=code-1&state={state}&state={state}")).await,
            "invalid_request",
        );
        refused(&ada.opens("/callback").await, "invalid_request");

        let hers = std::mem::replace(&mut ada.cookie, "demo_parking=somebody-else".to_owned());
        refused(&ada.returns(&state).await, "state_mismatch");
        ada.cookie = hers;
        assert_eq!(ada.returns(&state).await.location.as_deref(), Some("/me"));
        refused(&ada.returns(&state).await, "state_mismatch");
    });
}

#[test]
fn an_answer_from_another_issuer_is_refused() {
    System::new().block_on(async {
        let mut ada = Browser::at(PARKING, Twist::None).await;
        for rest in ["&iss=http://evil.example", "", "&iss=", "&error=access_denied"] {
            let state = ada.begins("/login").await;
            let page = ada.opens(&format!("/callback?code=code-1&state={state}{rest}")).await;
            refused(&page, "issuer_mismatch");
        }
        let slash = format!("{}/", ada.provider.issuer);
        let state = ada.begins("/login").await;
        refused(
            &ada.opens(&format!("/callback?code=code-1&state={state}&iss={slash}")).await,
            "issuer_mismatch",
        );
    });
}

#[test]
fn errors_of_the_provider_are_told_in_words_and_escaped() {
    System::new().block_on(async {
        let mut ada = Browser::at(LIBRARY, Twist::None).await;
        for (sent, shown) in [
            ("access_denied", "access_denied"),
            ("login_required", "login_required"),
            ("%3Cscript%3Ealert(1)%3C/script%3E%22", "&#60;script&#62;alert(1)&#60;/script&#62;&#34;"),
        ] {
            let state = ada.begins("/login").await;
            let page =
                ada.opens(&format!("/callback?error={sent}&state={state}&iss={}", ada.provider.issuer)).await;
            refused(&page, shown);
            assert!(!page.body.contains("<script"));
            assert!(page.policy.contains("default-src 'none'"));
            assert_eq!(
                page.body.contains("Sie haben abgebrochen, es wurde nichts weitergegeben."),
                sent == "access_denied"
            );
        }
    });
}

#[test]
fn a_token_that_does_not_hold_up_signs_nobody_in() {
    System::new().block_on(async {
        for (twist, code) in [
            (Twist::OtherNonce, "invalid_token"),
            (Twist::OtherAudience, "invalid_token"),
            (Twist::OtherAccessToken, "invalid_token"),
            (Twist::OtherPerson, "invalid_token"),
            (Twist::OtherKey, "invalid_token"),
            (Twist::Level("0"), "unmet_authentication_requirements"),
        ] {
            let mut ada = Browser::at(PARKING, twist).await;
            refused(&ada.signs_in().await, code);
            assert_eq!(ada.opens("/me.json").await.status, StatusCode::UNAUTHORIZED);
        }
        let mut ada = Browser::at(ADDRESS, Twist::Level("http://eidas.europa.eu/LoA/low")).await;
        refused(&ada.signs_in().await, "unmet_authentication_requirements");
        let mut ada = Browser::at(PARKING, Twist::OldLogin).await;
        let state = ada.begins("/login?max_age=60").await;
        refused(&ada.returns(&state).await, "invalid_token");
        assert_eq!(ada.signs_in().await.location.as_deref(), Some("/me"));
    });
}

#[test]
fn a_service_takes_the_algorithm_it_registered_and_no_other() {
    System::new().block_on(async {
        for service in [PARKING, ADDRESS] {
            let mut ada = Browser::at(service, Twist::OtherAlg).await;
            refused(&ada.signs_in().await, "invalid_token");
        }
    });
}

#[test]
fn turned_keys_are_fetched_again_once() {
    System::new().block_on(async {
        let mut ada = Browser::at(PARKING, Twist::TurnedKeys).await;
        assert_eq!(ada.signs_in().await.location.as_deref(), Some("/me"));
        assert_eq!(ada.provider.asked().keys_fetched, 2);
    });
}

#[test]
fn signing_out_goes_by_the_provider() {
    System::new().block_on(async {
        let mut ada = Browser::at(LIBRARY, Twist::None).await;
        ada.signs_in().await;
        let foreign = ada.send(Method::POST, "/logout", &[("sec-fetch-site", "same-site")]).await;
        assert_eq!(foreign.location.as_deref(), Some("/me"));
        assert_eq!(ada.opens("/me").await.status, StatusCode::OK);

        let page = ada.send(Method::POST, "/logout", &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert!(
            page.policy.contains(&format!("form-action 'self' {};", ada.provider.issuer)),
            "{}",
            page.policy
        );
        let address = Url::parse(&page.location.unwrap()).unwrap();
        assert_eq!(address.path(), "/end-session");
        assert_eq!(parameter(&address, "id_token_hint").unwrap().split('.').count(), 3);
        let back = parameter(&address, "post_logout_redirect_uri").unwrap();
        assert_eq!(back, post_logout_redirect_uri(&ada.base).as_str());
        let state = parameter(&address, "state").unwrap();

        assert_eq!(ada.opens("/me").await.location.as_deref(), Some("/"));
        assert!(!ada.opens("/signed-out?state=guessed").await.body.contains("Torhaus der Stadt. Sie können"));
        let page = ada.opens(&format!("/signed-out?state={state}")).await;
        assert!(page.body.contains("Hier und beim Torhaus der Stadt."));
    });
}

#[test]
fn a_provider_that_is_away_is_an_honest_page() {
    System::new().block_on(async {
        let mut ada = Browser::at(PARKING, Twist::None).await;
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", silent.local_addr().unwrap());
        drop(silent);
        let front = TcpListener::bind("127.0.0.1:0").unwrap();
        ada.base = Url::parse(&format!("http://{}", front.local_addr().unwrap())).unwrap();
        let registration = Registration {
            client_id: "c".to_owned(),
            client_secret: None,
            issuer,
            base_url: ada.base.clone(),
        };
        actix_web::rt::spawn(listen(LIBRARY, registration, front, None).unwrap());
        assert_eq!(ada.opens("/").await.status, StatusCode::OK);
        let page = ada.opens("/login").await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        refused(&page, "provider_unreachable");
    });
}

#[test]
fn pages_speak_both_languages_and_the_choice_lasts() {
    System::new().block_on(async {
        let mut ada = Browser::at(LIBRARY, Twist::None).await;
        assert!(ada.opens("/").await.body.contains("<html lang=\"de\">"));
        assert!(ada.opens("/?lang=en").await.body.contains("data-action=\"sign-in\">Sign in<"));
        assert!(ada.opens("/").await.body.contains("<html lang=\"en\">"));
        assert_eq!(ada.opens("/nowhere").await.status, StatusCode::NOT_FOUND);
        assert!(ada.opens("/style.css").await.body.len() < 6 * 1024);
    });
}

/// A server on HTTPS whose certificate is its own root.
fn https() -> (Url, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls =
        rustls::ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let app = || {
        App::new()
            .route("/long", web::to(async || HttpResponse::Ok().body(vec![b'x'; 1024 * 1024 + 1])))
            .route(
                "/away",
                web::to(async || HttpResponse::Found().insert_header((header::LOCATION, "/")).finish()),
            )
            .default_service(web::to(HttpResponse::Ok))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen_rustls_0_23(listener, tls).unwrap();
    actix_web::rt::spawn(server.run());
    (Url::parse(&address).unwrap(), made.cert.pem())
}

#[test]
fn the_client_trusts_the_given_root_only_and_bounds_what_it_reads() {
    System::new().block_on(async {
        let (base, root) = https();
        let get =
            |path: &str| hyper::Request::get(base.join(path).unwrap().as_str()).body(Vec::new()).unwrap();
        let stranger = HttpClient::new(None).unwrap();
        assert!(matches!(stranger.call(get("/")).await, Err(HttpError::Connect(_))));
        let client = HttpClient::new(Some(&root)).unwrap();
        assert_eq!(client.call(get("/")).await.unwrap().status().as_u16(), 200);
        assert_eq!(client.call(get("/away")).await.unwrap().status().as_u16(), 302);
        assert!(matches!(client.call(get("/long")).await, Err(HttpError::TooLong)));
        assert!(HttpClient::new(Some("no certificate")).is_err());
    });
}

#[test]
fn the_client_gives_up_on_a_silent_server() {
    System::new().block_on(async {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", silent.local_addr().unwrap());
        let client = HttpClient::new(None).unwrap().with_patience(Duration::from_millis(50));
        let request = hyper::Request::get(address).body(Vec::new()).unwrap();
        assert!(matches!(client.call(request).await, Err(HttpError::Timeout)));
    });
}
