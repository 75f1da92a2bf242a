//! Logging out at the request of a service.

use super::*;
use crate::jose::SigningKey;

struct Evening {
    house: House,
    library: Service,
    erika: Resident,
    hint: String,
    access: String,
}

impl Evening {
    async fn begin() -> Self {
        let house = House::new();
        let (library, erika) = (house.library(), house.erika());
        let code = house.code(&library, &erika, &[]).await;
        let (_, tokens) = house.redeems(&library, &code).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (hint, access) = (text("id_token"), text("access_token"));
        Self { house, library, erika, hint, access }
    }
    async fn asks(&self, query: &[(&str, &str)], with_cookie: bool) -> String {
        let mut request = TestRequest::get().uri(&uri(paths::END_SESSION, query));
        if with_cookie {
            request = request.cookie(self.erika.cookie.clone());
        }
        location(&self.house.call(request).await).to_owned()
    }
    fn is_logged_in(&self) -> bool {
        let found = self.house.app.store.read(|db| store::session::by_id(self.erika.session, db));
        found.unwrap().is_some()
    }
}

#[tokio::test]
async fn what_is_in_doubt_is_asked_about() {
    let evening = Evening::begin().await;
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let claims = evening.house.claims(&evening.hint.clone().into(), "JWT");
    let forged = stranger.sign("JWT", &claims).unwrap();
    let (_, rest) = evening.hint.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#));
    let signer = evening.house.provider.signer(Algorithm::Es256, &evening.house.app).unwrap();
    let mut other = claims.clone();
    other["sid"] = "another-session".into();
    let other = signer.sign("JWT", &other).unwrap();
    let (hint, with_query) = (evening.hint.as_str(), format!("{BYE}?foo=bar"));
    let to = |address| ("post_logout_redirect_uri", address);
    let client = id(&evening.library);
    for (name, query) in [
        ("nothing", &[][..]),
        ("only state", &[("state", "x")]),
        ("no hint", &[to(BYE)]),
        ("client but no hint", &[to(BYE), ("client_id", &client)]),
        ("not registered", &[("id_token_hint", hint), to("https://evil.example/")]),
        ("query added", &[("id_token_hint", hint), to(&with_query)]),
        ("unsigned", &[("id_token_hint", &unsigned), to(BYE)]),
        ("signed by a stranger", &[("id_token_hint", &forged), to(BYE)]),
        ("another session", &[("id_token_hint", &other), to(BYE)]),
        (
            "another client",
            &[("id_token_hint", hint), to(BYE), ("client_id", "svc_00000000000000000000000000")],
        ),
    ] {
        assert_eq!(evening.asks(query, true).await, paths::SIGN_OUT, "{name}");
        assert!(evening.is_logged_in(), "{name}");
        let nobody = evening.asks(query, false).await;
        assert!(nobody == paths::SIGNED_OUT || name == "another session", "{name}: {nobody}");
    }
    let twice = format!("{}&state=1&state=2", uri(paths::END_SESSION, &[]));
    assert_eq!(evening.house.call(TestRequest::get().uri(&twice)).await.status(), 400);
}

#[tokio::test]
async fn a_good_hint_ends_the_session_and_goes_on() {
    for (more, back) in [
        (
            &[("post_logout_redirect_uri", BYE), ("state", "a&b")][..],
            "https://library.example/bye?state=a%26b",
        ),
        (&[("post_logout_redirect_uri", BYE)], BYE),
        (&[], paths::SIGNED_OUT),
    ] {
        let evening = Evening::begin().await;
        let offline = [("scope", "openid offline_access")];
        let offline = evening.house.code(&evening.library, &evening.erika, &offline).await;
        let (_, offline) = evening.house.redeems(&evening.library, &offline).await;
        // An expired ID token is a good hint.
        evening.house.pass(Span::minutes(9));
        let client = id(&evening.library);
        let mut query = vec![("id_token_hint", evening.hint.as_str()), ("client_id", client.as_str())];
        query.extend(more);
        assert_eq!(evening.asks(&query, true).await, back);
        assert!(!evening.is_logged_in());
        assert_eq!(evening.house.audited("signed-out"), 1);
        // Tokens go with the session, except of what outlives it.
        assert_eq!(evening.house.userinfo(&evening.access).await.0, 401);
        assert_eq!(evening.house.userinfo(offline["access_token"].as_str().unwrap()).await.0, 200);
        let silent = [("prompt", "none")];
        let answer = evening.house.asks(&good(&client, &silent), Some(&evening.erika)).await;
        assert_eq!(returned(&answer).get("error"), Some("login_required"));
        // Again, without a session: the service still gets its person back.
        assert_eq!(evening.asks(&query, false).await, back);
        assert_eq!(evening.house.audited("signed-out"), 1);
    }
}

#[tokio::test]
async fn a_posted_request_comes_again_with_our_cookies() {
    let evening = Evening::begin().await;
    let form = [("id_token_hint", evening.hint.as_str()), ("post_logout_redirect_uri", BYE)];
    let answer = evening.house.call(TestRequest::post().uri(paths::END_SESSION).set_form(form)).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(location(&answer), uri(paths::END_SESSION, &form));
    assert!(evening.is_logged_in());
}

/// One request, answered with 200; its head and body.
async fn hears(listener: tokio::net::TcpListener) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut heard = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        heard.extend(&chunk[..read]);
        let text = String::from_utf8_lossy(&heard).to_lowercase();
        let length =
            text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || (length.is_some() && body >= length) {
            break;
        }
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn services_hear_of_the_end_once() {
    let house = House::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/logout", listener.local_addr().unwrap());
    let listening = Registration { backchannel_logout_uri: Some(address), ..registration() };
    let (library, deaf, erika) = (house.registers(listening), house.library(), house.erika());
    let mut hints = Vec::new();
    for service in [&library, &library, &deaf] {
        let code = house.code(service, &erika, &[]).await;
        hints.push(house.redeems(service, &code).await.1["id_token"].clone());
    }
    let hint = hints[2].as_str().unwrap();
    let request = TestRequest::get().uri(&uri(paths::END_SESSION, &[("id_token_hint", hint)]));
    assert_eq!(location(&house.call(request.cookie(erika.cookie.clone())).await), paths::SIGNED_OUT);
    let outbox = house.provider.outbox().unwrap();
    assert!(house.provider.outbox().is_none());
    let courier = crate::http::courier::Courier::new(rustls::RootCertStore::empty()).unwrap();
    assert_eq!(outbox.len(), 1, "one service listens, and hears it once");
    let heard = tokio::select! {
        () = crate::oidc::backchannel::deliver(outbox, courier) => panic!("the provider is still there"),
        heard = hears(listener) => heard,
    };
    assert!(heard.starts_with("POST /logout HTTP/1.1"), "{heard}");
    let token = heard.rsplit("logout_token=").next().unwrap();
    let notice = house.claims(&token.into(), "logout+jwt");
    let login = house.claims(&hints[0], "JWT");
    for name in ["iss", "aud", "sub", "sid"] {
        assert_eq!(notice[name], login[name], "{name}");
    }
    let event = "http://schemas.openid.net/event/backchannel-logout";
    assert_eq!(notice["events"], serde_json::json!({ event: {} }));
    assert!(notice["jti"].is_string() && notice.get("nonce").is_none());
    // It is no ID token, so nobody logs anybody out with it.
    let ring = house.provider.ring(&house.app).unwrap();
    assert!(crate::oidc::hint::read(token, &ring, ISSUER).is_none());
}
