//! What `torhaus doctor` looks at. Every finding that is not well has its remedy.

use super::boot::{self, House};
use super::clock::SystemClock;
use super::data_directory::{DataDirectory, Tls};
use crate::ca;
use crate::domain::time::{Clock, Span, Timestamp};
use crate::eid::service::kept;
use crate::{paths, store};
use serde::Serialize;
use std::net::ToSocketAddrs;

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What.
    pub subject: &'static str,
    /// How it is.
    pub found: String,
    /// What to do about it; `None`: it is well.
    pub remedy: Option<String>,
}

impl Finding {
    fn well(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, found: found.into(), remedy: None }
    }
    fn ill(subject: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// Less free space than this is a problem.
const DISK_MIN_MIB: u64 = 512;
/// A certificate with less than this left is a problem.
const CERTIFICATE_MIN: Span = Span::days(14);
/// So long before the end of a certificate of the eID service its provider is asked for a new one.
const EID_CERTIFICATE_MIN: Span = Span::days(30);
/// Nobody has a clock before the day this was written.
const CLOCK_MIN: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// Examines a data directory.
#[must_use]
pub fn examine(directory: &DataDirectory) -> Vec<Finding> {
    let now = SystemClock.now();
    let mut findings = vec![clock(now, directory), disk(directory)];
    let house = match boot::open_for_command(directory.path()) {
        Ok(house) => house,
        Err(why) => {
            findings.push(Finding::ill("house", "does not open", why.to_string()));
            return findings;
        }
    };
    findings.extend([
        Finding::well("version", env!("CARGO_PKG_VERSION")),
        public_url(&house),
        rp_id(&house),
        database(&house),
        operators(&house),
        key_file(&house),
    ]);
    findings.extend(provider(&house, now));
    findings.extend(certificates(&house, now));
    findings.push(tls(&house, now));
    findings
}

fn clock(now: Timestamp, directory: &DataDirectory) -> Finding {
    let shown =
        jiff::Timestamp::from_millisecond(now.0).map_or_else(|_| now.0.to_string(), |at| at.to_string());
    if now < CLOCK_MIN {
        return Finding::ill(
            "clock",
            shown,
            "the clock is years behind; switch on time synchronisation (NTP)",
        );
    }
    // A file from the future means that the clock was set back.
    let modified = std::fs::metadata(directory.database()).and_then(|meta| meta.modified()).ok();
    let ahead = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let ahead = ahead.is_some_and(|at| at.as_millis() > u128::from(now.0.unsigned_abs()) + 60_000);
    if ahead {
        return Finding::ill(
            "clock",
            shown,
            "the clock was set back: the database is newer than now. Correct it",
        );
    }
    Finding::well("clock", shown)
}

fn disk(directory: &DataDirectory) -> Finding {
    match free_mib(directory) {
        None => Finding::well("disk", "free space is not known here"),
        Some(free) if free < DISK_MIN_MIB => Finding::ill(
            "disk",
            format!("{free} MiB free"),
            format!("make room: below {DISK_MIN_MIB} MiB logins may fail"),
        ),
        Some(free) => Finding::well("disk", format!("{free} MiB free")),
    }
}

/// Free space where the data lies, as `df` says: the standard library can not tell.
#[must_use]
pub fn free_mib(directory: &DataDirectory) -> Option<u64> {
    let out = std::process::Command::new("df").arg("-Pk").arg(directory.path()).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let kib: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib / 1024)
}

fn public_url(house: &House) -> Finding {
    let shown = house.boot.public_url.clone();
    let Ok(url) = house.boot.url() else {
        return Finding::ill("public URL", shown, "correct public_url in torhaus.toml");
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    match (host.as_str(), port).to_socket_addrs().map(Iterator::count) {
        Ok(1..) => Finding::well("public URL", shown),
        _ => Finding::ill(
            "public URL",
            shown,
            format!("{host} has no address in the DNS; add a record for it"),
        ),
    }
}

fn rp_id(house: &House) -> Finding {
    let host = house.boot.url().ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') {
        let remedy = "passkeys need a name, not a number; set public_url to a host name";
        return Finding::ill("RP ID", host, remedy);
    }
    Finding::well("RP ID", format!("{host} (keys are bound to it for ever)"))
}

fn database(house: &House) -> Finding {
    match house.appliance.store.integrity_check() {
        Ok(broken) if broken.is_empty() => Finding::well("database", "sound"),
        Ok(broken) => Finding::ill("database", broken.join("; "), "restore the latest backup"),
        Err(why) => {
            Finding::ill("database", why.to_string(), "see the message; free the disk or restore a backup")
        }
    }
}

fn operators(house: &House) -> Finding {
    match house.appliance.store.read(store::staff::operators) {
        Ok(found) if found.is_empty() => Finding::ill(
            "operators",
            "none",
            format!("invite one: torhaus operator invite --data-dir {}", house.directory.path().display()),
        ),
        Ok(found) => Finding::well("operators", found.len().to_string()),
        Err(why) => Finding::ill("operators", why.to_string(), "the store can not be read"),
    }
}

fn provider(house: &House, now: Timestamp) -> Vec<Finding> {
    let app = &house.appliance;
    if app.demo {
        return vec![Finding::well("eID", "demo cards: made-up people")];
    }
    let page = format!("{}{}", app.origin, paths::OPERATOR_EID_SERVICE);
    let settings = match kept::load(app) {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            let remedy = format!("nobody can identify yet; enter the eID service you rent: {page}");
            return vec![Finding::ill("eID", "no eID provider", remedy)];
        }
        Err(why) => return vec![Finding::ill("eID", "the settings do not open", why.to_string())],
    };
    let mistakes = settings.check().err().unwrap_or_default();
    let mut findings: Vec<Finding> = mistakes
        .iter()
        .map(|mistake| Finding::ill("eID", mistake.to_string(), format!("correct the settings: {page}")))
        .collect();
    for expiry in settings.expiries().into_iter().filter(|expiry| expiry.at.since(now) < EID_CERTIFICATE_MIN)
    {
        let days = expiry.at.since(now).0 / Span::days(1).0;
        let found = format!("{} ({}) ends in {days} days", expiry.field.name(), expiry.subject);
        findings.push(Finding::ill("eID", found, format!("get a new one from your provider: {page}")));
    }
    if findings.is_empty() {
        findings.push(Finding::well("eID", format!("rented: {}", settings.address)));
    }
    findings
}

fn key_file(house: &House) -> Finding {
    match crate::seal::ApplianceKeys::load(&house.directory.key_file()) {
        Ok(keys) if keys.former_id().is_some() => Finding::ill(
            "appliance key",
            "a rotation was begun and not finished",
            format!("finish it: torhaus key rotate --data-dir {}", house.directory.path().display()),
        ),
        Ok(_) => Finding::well("appliance key", "closed to others"),
        Err(why) => Finding::ill("appliance key", "can not be read", why.to_string()),
    }
}

fn certificates(house: &House, now: Timestamp) -> Vec<Finding> {
    let app = &house.appliance;
    let judge = |subject, end: Timestamp, remedy: &str| {
        let left = end.since(now);
        let shown = format!("valid for {} days", left.0 / Span::days(1).0);
        if left < CERTIFICATE_MIN {
            Finding::ill(subject, shown, remedy)
        } else {
            Finding::well(subject, shown)
        }
    };
    let issuing = app.store.read(|db| Ok(ca::issuing(&app.keys, db)));
    let mut findings = vec![match issuing {
        Ok(Ok(authority)) => judge("issuing CA", authority.expires, "renew the issuing CA"),
        Ok(Err(why)) => Finding::ill("issuing CA", why.to_string(), "restore the latest backup"),
        Err(why) => Finding::ill("issuing CA", why.to_string(), "the store can not be read"),
    }];
    match app.store.read(|db| Ok(ca::current_signer(&app.keys, db))) {
        Ok(Ok(Some(signer))) => {
            findings.push(judge(
                "signer",
                signer.expires(),
                "start the server: it renews its signer by itself",
            ));
        }
        Ok(Ok(None)) => findings.push(Finding::well("signer", "made at the first start")),
        Ok(Err(why)) => findings.push(Finding::ill("signer", why.to_string(), "restore the latest backup")),
        Err(why) => findings.push(Finding::ill("signer", why.to_string(), "the store can not be read")),
    }
    findings
}

fn tls(house: &House, now: Timestamp) -> Finding {
    match house.boot.tls {
        Tls::Off if house.appliance.is_https() && house.boot.trusted_proxies.is_empty() => Finding::ill(
            "TLS",
            "by a proxy that is not trusted",
            "add the proxy's address to trusted_proxies in torhaus.toml: limits count by it otherwise",
        ),
        Tls::Off if house.appliance.is_https() => Finding::well("TLS", "by a proxy"),
        Tls::Off => Finding::well("TLS", "off (localhost only)"),
        Tls::LocalCa => Finding::well("TLS", "by the town's own CA"),
        Tls::Files => match super::tls::load(&house.boot, &house.appliance, house.appliance.now()) {
            Ok(_) => tls_files(house, now),
            Err(why) => Finding::ill("TLS", "from files", why.to_string()),
        },
    }
}

fn tls_files(house: &House, now: Timestamp) -> Finding {
    let host = house.boot.url().ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let (end, named) = match super::tls::of_files(&house.boot, &host) {
        Ok(found) => found,
        Err(why) => return Finding::ill("TLS", "from files", why.to_string()),
    };
    let left = end.since(now);
    if left < Span::days(0) {
        return Finding::ill(
            "TLS",
            "the certificate has expired",
            "renew it and put it in place of the old one",
        );
    }
    let shown = format!("from files, valid for {} days", left.0 / Span::days(1).0);
    if !named {
        return Finding::ill(
            "TLS",
            shown,
            format!("the certificate does not name {host}; get one that does"),
        );
    }
    if left < CERTIFICATE_MIN {
        return Finding::ill("TLS", shown, "renew the certificate and put it in place of the old one");
    }
    Finding::well("TLS", shown)
}
