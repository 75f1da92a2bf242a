//! A browser: one connection, cookies, no redirect followed by itself. Just enough HTTP/1.1 for our own server,
//! and cheap, as it shares the machine with what it measures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub struct Browser {
    stream: TcpStream,
    cookies: BTreeMap<String, String>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The `Location` header.
    pub location: String,
    pub body: String,
}

impl Browser {
    pub fn new(port: u16) -> Self {
        Self::try_new(port).expect("the server listens")
    }

    pub fn try_new(port: u16) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Some(Self { stream, cookies: BTreeMap::new(), buffer: Vec::new() })
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub fn form(&mut self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body = form(fields);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.ask("POST", path, &[headers, &[kind]].concat(), &body)
    }

    pub fn json(&mut self, path: &str, csrf: &str, body: &Value) -> Value {
        let headers = [("content-type", "application/json"), ("x-csrf-token", csrf)];
        let answer = self.ask("POST", path, &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        if !self.cookies.is_empty() {
            let all: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(text, "cookie: {}\r\n", all.join("; ")).unwrap();
        }
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        if method != "GET" {
            write!(text, "content-length: {}\r\n", body.len()).unwrap();
        }
        write!(text, "\r\n{body}").unwrap();
        self.stream.write_all(text.as_bytes()).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Answer {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more();
        };
        let head = String::from_utf8(self.buffer[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let (mut length, mut location) = (0, String::new());
        for line in lines {
            let Some((name, value)) = line.split_once(": ") else { continue };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "location" => location = value.to_owned(),
                "set-cookie" => self.keep(value),
                _ => {}
            }
        }
        while self.buffer.len() < end + length {
            self.more();
        }
        let body = String::from_utf8(self.buffer[end..end + length].to_vec()).unwrap();
        self.buffer.drain(..end + length);
        Answer { status, location, body }
    }

    fn more(&mut self) {
        let mut some = [0; 16 * 1024];
        let read = self.stream.read(&mut some).unwrap();
        assert!(read > 0, "the server hung up");
        self.buffer.extend_from_slice(&some[..read]);
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Forgets the session; the browser itself stays known.
    pub fn sign_out(&mut self) {
        self.cookies.remove("__Host-torhaus");
    }
}

/// The fields as a form's body.
pub fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
