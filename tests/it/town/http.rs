//! A small browser: HTTP/1.1 over one connection each, a cookie jar that honours `__Host-`, the headers which
//! browsers add on their own, and pages whose forms can be sent.

use super::Town;
use super::html::{self, Form};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect but {}: {}", self.status, self.text()))
    }
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("{why}: {} {}", self.status, self.text()))
    }
    /// `error` of a JSON body.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
    /// The title of a page.
    pub fn title(&self) -> String {
        let text = self.text();
        let inside = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        html::unescape(inside.map_or("", |(title, _)| title))
    }
    /// The page's main heading.
    pub fn heading(&self) -> String {
        let text = self.text();
        let inside = text.split_once("<h1").and_then(|(_, rest)| rest.split_once('>'));
        let inside = inside.and_then(|(_, rest)| rest.split_once("</h1>"));
        html::unescape(inside.map_or("", |(heading, _)| heading)).trim().to_owned()
    }
    /// Everything, for searching in.
    pub fn everything(&self) -> String {
        format!("{:?}\n{}", self.headers, self.text())
    }
}

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// `GET`
    pub fn get(target: &str) -> Self {
        Self { method: "GET", target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }
    /// `POST` of a body.
    pub fn post(target: &str, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let post = Self { method: "POST", body: body.into(), ..Self::get(target) };
        if kind.is_empty() { post } else { post.with("content-type", kind) }
    }
    /// `POST` of a form.
    pub fn form(target: &str, fields: &[(&str, &str)]) -> Self {
        Self::post(target, "application/x-www-form-urlencoded", encode(fields))
    }
    /// Another method.
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }
    /// One more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.method != "GET" || !self.body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
    /// Sends it to a port of this machine.
    pub fn send(&self, port: u16) -> Answer {
        exchange(port, &self.bytes(&format!("localhost:{port}")))
    }
}

/// Fields as a form or query.
pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Sends bytes and reads until the other side closes.
pub fn exchange(port: u16, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    // A server that refuses early closes before everything is written.
    let _written = stream.write_all(bytes);
    let mut raw = Vec::new();
    let mut chunk = [0; 16 * 1024];
    while let Ok(count) = stream.read(&mut chunk) {
        if count == 0 {
            break;
        }
        raw.extend(&chunk[..count]);
    }
    parse(&raw)
}

/// An answer as it came.
pub fn parse(raw: &[u8]) -> Answer {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer but {:?}", String::from_utf8_lossy(raw)));
    let head = std::str::from_utf8(&raw[..end]).expect("headers are text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let header = |line: &str| {
        let (name, value) = line.split_once(':').expect("a header");
        (name.to_lowercase(), value.trim().to_owned())
    };
    let headers: Vec<(String, String)> = lines.map(header).collect();
    let mut body = raw[end + 4..].to_vec();
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = unchunk(&body);
    }
    Answer { status: status.expect("a status"), headers, body }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("a chunk's length");
        let length = std::str::from_utf8(&rest[..line]).expect("hexadecimal");
        let length = usize::from_str_radix(length, 16).expect("hexadecimal");
        if length == 0 {
            return out;
        }
        out.extend(&rest[line + 2..line + 2 + length]);
        rest = &rest[line + 4 + length..];
    }
}

/// A browser with its cookies and the page it shows.
pub struct Browser {
    port: u16,
    origin: String,
    /// Cookies by name.
    pub jar: BTreeMap<String, String>,
    /// The address it stands at; another site's when it was sent there.
    pub at: String,
    /// The last answer.
    pub page: Answer,
}

impl Browser {
    /// A fresh one.
    pub fn new(town: &Town) -> Self {
        let page = Answer { status: 0, headers: Vec::new(), body: Vec::new() };
        let origin = town.origin.clone();
        Self { port: town.port(), origin, jar: BTreeMap::new(), at: String::new(), page }
    }

    /// One request with its cookies; redirects are not followed.
    pub fn send(&mut self, request: Request) -> Answer {
        let mut request = request;
        if !self.jar.is_empty() {
            let pairs: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.with("cookie", &pairs.join("; "));
        }
        let answer = request.send(self.port);
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.keep(line);
        }
        answer
    }

    fn keep(&mut self, line: &str) {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        let flags: Vec<String> = parts.map(str::to_lowercase).collect();
        let has = |flag: &str| flags.iter().any(|known| known == flag);
        assert!(has("httponly") && has("samesite=lax"), "{line}");
        if name.starts_with("__Host-") {
            // RFC 6265bis §4.1.3.2: a browser would drop it otherwise.
            assert!(has("secure") && has("path=/"), "{line}");
            assert!(!flags.iter().any(|flag| flag.starts_with("domain")), "{line}");
        }
        if has("max-age=0") {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The path of an address of the house; `None`: another site's.
    fn here<'a>(&self, address: &'a str) -> Option<&'a str> {
        if address.starts_with('/') { Some(address) } else { address.strip_prefix(self.origin.as_str()) }
    }

    /// Opens an address as if it were typed in, and follows redirects within the house.
    pub fn open(&mut self, address: &str) -> &Answer {
        self.arrive(address, "none")
    }

    /// Opens an address from a link on another site.
    pub fn open_from_elsewhere(&mut self, address: &str) -> &Answer {
        self.arrive(address, "cross-site")
    }

    fn arrive(&mut self, address: &str, site: &str) -> &Answer {
        let Some(path) = self.here(address).map(str::to_owned) else { panic!("{address} is elsewhere") };
        let request = navigation(Request::get(&path), site);
        let answer = self.send(request);
        self.follow(&path, answer)
    }

    fn follow(&mut self, from: &str, mut answer: Answer) -> &Answer {
        let mut at = from.to_owned();
        for _ in 0..10 {
            if !matches!(answer.status, 301..=308) {
                break;
            }
            assert_eq!(answer.status, 303, "only 303 is used");
            let next = answer.location().to_owned();
            let Some(path) = self.here(&next).map(str::to_owned) else {
                at = next;
                break;
            };
            answer = self.send(navigation(Request::get(&path), "same-origin"));
            at = path;
        }
        self.at = at;
        self.page = answer;
        &self.page
    }

    /// The CSRF token of the page.
    pub fn csrf(&self) -> String {
        html::tags(&self.page.text(), "meta")
            .into_iter()
            .find(|meta| meta.get("name").is_some_and(|name| name == "csrf"))
            .and_then(|meta| meta.get("content").cloned())
            .unwrap_or_else(|| panic!("no token on the page {:?}", self.page.title()))
    }

    /// The form of this page with a button of this `data-action`.
    pub fn form(&self, action: &str) -> Form {
        let found = html::forms(&self.page.text()).into_iter().find(|form| form.offers(action));
        found.unwrap_or_else(|| {
            panic!("no {action} on the page {:?}: {}", self.page.title(), self.page.text())
        })
    }

    /// Whether the page offers this.
    pub fn offers(&self, action: &str) -> bool {
        html::forms(&self.page.text()).iter().any(|form| form.offers(action))
    }

    /// Sends the form of a button, with some fields filled in.
    pub fn press(&mut self, action: &str, filled: &[(&str, &str)]) -> &Answer {
        let form = self.form(action);
        let mut fields = form.fields(action);
        for (name, value) in filled {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let target = form.action.clone();
        self.submit(&target, &fields)
    }

    /// Sends a form of our own page and follows where it leads.
    pub fn submit(&mut self, target: &str, fields: &[(&str, &str)]) -> &Answer {
        let request = Request::form(target, fields).with("origin", &self.origin.clone());
        let answer = self.send(navigation(request, "same-origin"));
        self.follow(target, answer)
    }

    /// A script of this page posts JSON.
    pub fn post_json(&mut self, target: &str, body: &Value) -> Answer {
        let request = Request::post(target, "application/json", body.to_string())
            .with("accept", "application/json")
            .with("x-csrf-token", &self.csrf())
            .with("origin", &self.origin.clone())
            .with("sec-fetch-site", "same-origin");
        self.send(request)
    }

    /// Follows the link with this `data-action`.
    pub fn click(&mut self, action: &str) -> &Answer {
        let text = self.page.text();
        let link = html::tags(&text, "a")
            .into_iter()
            .find(|link| link.get("data-action").is_some_and(|known| known == action))
            .and_then(|link| link.get("href").cloned());
        let link = link.unwrap_or_else(|| panic!("no link {action} on {:?}: {text}", self.page.title()));
        self.arrive(&link, "same-origin")
    }

    /// Follows the link whose address ends like this.
    pub fn click_to(&mut self, ending: &str) -> &Answer {
        let text = self.page.text();
        let mut links = html::tags(&text, "a").into_iter().filter_map(|mut link| link.remove("href"));
        let link = links.find(|href| href.ends_with(ending));
        let link = link.unwrap_or_else(|| panic!("no link to {ending} on {:?}", self.page.title()));
        self.arrive(&link, "same-origin")
    }
}

fn navigation(request: Request, site: &str) -> Request {
    request
        .with("accept", "text/html,application/xhtml+xml")
        .with("accept-language", "de")
        .with("sec-fetch-site", site)
        .with("sec-fetch-mode", "navigate")
        .with("sec-fetch-dest", "document")
        .with("user-agent", "Mozilla/5.0 (Linux; Android 16)")
}
