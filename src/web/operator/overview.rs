//! Is the house well?

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::entry::{self, Entered};
use super::figures;
use super::tasks::{Task, tasks};
use super::{Tab, tabs};
use crate::domain::time::{Span, Timestamp};
use crate::eid::service::settings::Expiry;
use crate::http::Trouble;
use crate::paths;
use crate::store::Stats;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// `GET /operator`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let frame = entry::frame(&visit);
    let facts = figures::facts(&visit, &frame.chrome)?;
    Ok(frame.show(&OverviewPage::new(&facts, &member.staff.name, &frame.chrome), StatusCode::OK))
}

/// Which identity check runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// None is set up.
    None,
    /// Made-up cards.
    Demo,
    /// An eID service.
    Rented,
}

/// Where the certificate of the web server comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsSource {
    /// No TLS here: a proxy in front, or a demo.
    Off,
    /// Files of the operator.
    Files,
    /// The town's own authority.
    LocalCa,
}

/// Which certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    Root,
    Issuing,
    Tls,
}

/// A certificate and its last instant.
#[derive(Clone, Copy, Debug)]
pub struct Certificate {
    pub kind: CertificateKind,
    pub until: Timestamp,
}

/// What the last verification of the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFinding {
    Whole,
    /// The first row that is wrong.
    Broken {
        row: i64,
    },
}

/// The state of the audit.
#[derive(Clone, Copy, Debug)]
pub struct AuditState {
    /// How many rows there are.
    pub rows: u64,
    /// When it was verified last, and what was found.
    pub verified: Option<(Timestamp, AuditFinding)>,
    /// The last row covered by a signed checkpoint; 0: none yet.
    pub checkpoint: i64,
}

/// Room on the disk of the data directory, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    pub free: u64,
    pub total: u64,
}

impl Disk {
    /// Whole percent, rounded down.
    pub(crate) fn percent_free(self) -> u64 {
        let percent = u128::from(self.free) * 100 / u128::from(self.total.max(1));
        u64::try_from(percent.min(100)).unwrap_or(100)
    }
}

/// What happened since midnight.
#[derive(Clone, Copy, Debug, Default)]
pub struct Today {
    pub signed_in: u64,
    pub refused: u64,
    pub identified: u64,
    pub devices_blocked: u64,
}

/// Everything the overview shows; the handler gathers it.
#[derive(Clone, Debug)]
pub struct Facts {
    pub version: &'static str,
    pub started: Timestamp,
    pub people: u64,
    pub services: u64,
    pub operators: u64,
    /// New cards that wait for a clerk.
    pub reviews: u64,
    /// Services that wait for an operator.
    pub waiting: u64,
    pub today: Today,
    pub audit: AuditState,
    pub certificates: Vec<Certificate>,
    /// Of the rented eID service, those that end soon.
    pub eid_certificates: Vec<Expiry>,
    pub writer: Stats,
    pub disk: Option<Disk>,
    pub provider: Provider,
    pub tls: TlsSource,
}

impl CertificateKind {
    pub(crate) fn words(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::Root => chrome.t("operator.certificate.root"),
            Self::Issuing => chrome.t("operator.certificate.issuing"),
            Self::Tls => chrome.t("operator.certificate.tls"),
        }
    }

    pub(super) fn remedy(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::Root | Self::Issuing => chrome.t("operator.certificate.remedy_ca"),
            Self::Tls => chrome.t("operator.certificate.remedy_tls"),
        }
    }
}

/// A figure on a card with the state it means.
pub(crate) struct Tile {
    pub(crate) title: &'static str,
    /// `success`, `warning`, `danger`, `info`.
    pub(crate) kind: &'static str,
    pub(crate) badge: &'static str,
    pub(crate) value: String,
    pub(crate) note: String,
    /// More about it.
    pub(crate) address: Option<&'static str>,
}

/// `templates/operator/overview.html`
#[derive(Template)]
#[template(path = "operator/overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) tasks: Vec<Task>,
    /// Version, and since when it runs.
    pub(crate) running: String,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) people: u64,
    pub(crate) services: u64,
    pub(crate) operators: u64,
    pub(crate) today: Today,
    pub(crate) certificates: Vec<(&'static str, String)>,
}

impl OverviewPage {
    /// `staff`: the name of who is logged in.
    pub(crate) fn new(facts: &Facts, staff: &str, chrome: &Chrome) -> Self {
        let certificates = facts.certificates.iter();
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR, chrome),
            tasks: tasks(facts, chrome),
            running: chrome.t2("operator.running", facts.version, words::moment(facts.started, chrome)),
            tiles: vec![
                sign_in_tile(facts.today, chrome),
                audit_tile(&facts.audit, chrome),
                provider_tile(&facts.provider, chrome),
                tls_tile(facts.tls, chrome),
                writer_tile(&facts.writer, chrome),
                disk_tile(facts.disk, chrome),
            ],
            people: facts.people,
            services: facts.services,
            operators: facts.operators,
            today: facts.today,
            certificates: certificates
                .map(|one| (one.kind.words(chrome), words::day(one.until, chrome)))
                .collect(),
        }
    }
}

/// Some refusals are everyday life; many of them beside few sign-ins are not.
fn sign_in_tile(today: Today, chrome: &Chrome) -> Tile {
    let many = today.refused >= 20 && today.refused > today.signed_in / 5;
    let (kind, badge) = if many {
        ("warning", chrome.t("operator.tile.many"))
    } else {
        ("success", chrome.t("operator.tile.usual"))
    };
    Tile {
        title: chrome.t("operator.tile.refused"),
        kind,
        badge,
        value: chrome.t1("operator.tile.today", chrome.number(today.refused)),
        note: chrome.t1("operator.tile.refused_note", chrome.number(today.signed_in)),
        address: None,
    }
}

fn audit_tile(audit: &AuditState, chrome: &Chrome) -> Tile {
    let (kind, badge, note) = match audit.verified {
        None => {
            ("info", chrome.t("operator.tile.unverified"), chrome.t("operator.tile.audit_never").to_owned())
        }
        Some((at, finding)) => {
            let at = words::relative(at, chrome);
            match finding {
                AuditFinding::Whole => {
                    ("success", chrome.t("operator.tile.whole"), chrome.t1("operator.tile.audit_at", at))
                }
                AuditFinding::Broken { row } => {
                    let note = chrome.t2("operator.tile.audit_broken", row, at);
                    ("danger", chrome.t("operator.tile.broken"), note)
                }
            }
        }
    };
    let value = chrome.tn("operator.tile.rows", audit.rows);
    let signed = u64::try_from(audit.checkpoint).ok().filter(|number| *number > 0);
    let signed = signed.map(|number| chrome.t1("operator.tile.signed", chrome.number(number)));
    let note = [Some(note), signed].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Tile { title: chrome.t("operator.tile.audit"), kind, badge, value, note, address: None }
}

fn provider_tile(provider: &Provider, chrome: &Chrome) -> Tile {
    let title = chrome.t("operator.tile.provider");
    let tile = |kind, badge, value: String, note: &'static str| Tile {
        title,
        kind,
        badge,
        value,
        note: note.to_owned(),
        address: Some(paths::OPERATOR_EID_SERVICE),
    };
    match provider {
        Provider::None => {
            let value = chrome.t("operator.tile.provider_none").to_owned();
            tile(
                "danger",
                chrome.t("operator.tile.missing"),
                value,
                chrome.t("operator.tile.provider_none_note"),
            )
        }
        Provider::Demo => {
            let value = chrome.t("operator.tile.provider_demo").to_owned();
            tile(
                "info",
                chrome.t("operator.tile.practice"),
                value,
                chrome.t("operator.tile.provider_demo_note"),
            )
        }
        Provider::Rented => {
            let value = chrome.t("operator.tile.provider_rented").to_owned();
            tile("success", chrome.t("operator.tile.fine"), value, chrome.t("operator.tile.provider_note"))
        }
    }
}

fn tls_tile(tls: TlsSource, chrome: &Chrome) -> Tile {
    let (kind, badge, value, note) = match tls {
        TlsSource::Off => (
            "info",
            chrome.t("operator.tile.look"),
            chrome.t("operator.tile.tls_off"),
            chrome.t("operator.tile.tls_off_note"),
        ),
        TlsSource::Files => (
            "success",
            chrome.t("operator.tile.fine"),
            chrome.t("operator.tile.tls_files"),
            chrome.t("operator.tile.tls_files_note"),
        ),
        TlsSource::LocalCa => (
            "success",
            chrome.t("operator.tile.fine"),
            chrome.t("operator.tile.tls_local"),
            chrome.t("operator.tile.tls_local_note"),
        ),
    };
    Tile {
        title: chrome.t("operator.tile.tls"),
        kind,
        badge,
        value: value.to_owned(),
        note: note.to_owned(),
        address: None,
    }
}

fn writer_tile(writer: &Stats, chrome: &Chrome) -> Tile {
    let (kind, badge) = if writer.turned_away > 0 {
        ("danger", chrome.t("operator.tile.full"))
    } else {
        ("success", chrome.t("operator.tile.fine"))
    };
    let waiting = u64::try_from(writer.queued).unwrap_or(u64::MAX);
    let group = u64::try_from(writer.group_max).unwrap_or(u64::MAX);
    let note = chrome.text.t3(
        "operator.tile.writer_note",
        chrome.number(writer.jobs),
        chrome.number(writer.commits),
        chrome.number(group),
    );
    Tile {
        title: chrome.t("operator.tile.writer"),
        kind,
        badge,
        value: chrome.tn("operator.tile.waiting", waiting),
        note,
        address: None,
    }
}

fn disk_tile(disk: Option<Disk>, chrome: &Chrome) -> Tile {
    let title = chrome.t("operator.tile.disk");
    let Some(disk) = disk else {
        let value = chrome.t("operator.tile.unknown").to_owned();
        let note = chrome.t("operator.tile.disk_unknown").to_owned();
        return Tile {
            title,
            kind: "info",
            badge: chrome.t("operator.tile.look"),
            value,
            note,
            address: None,
        };
    };
    let tight = disk.percent_free() < 10;
    let (kind, badge) = if tight {
        ("warning", chrome.t("operator.tile.tight"))
    } else {
        ("success", chrome.t("operator.tile.fine"))
    };
    let value = chrome.t1("operator.tile.free", gigabytes(disk.free, chrome));
    let note = chrome.t2("operator.tile.disk_note", gigabytes(disk.total, chrome), disk.percent_free());
    Tile { title, kind, badge, value, note, address: None }
}

/// With one decimal, by thousands as disks are sold.
fn gigabytes(bytes: u64, chrome: &Chrome) -> String {
    let tenths = bytes / 100_000_000;
    chrome.t2("operator.gigabytes", chrome.number(tenths / 10), tenths % 10)
}

impl Facts {
    /// A demo town in order, forty-one days on.
    pub(crate) fn sample(chrome: &Chrome) -> Self {
        let now = words::now(chrome);
        let certificate = |kind, days| Certificate { kind, until: now + Span::days(days) };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            started: now - Span::days(41),
            people: 18_204,
            services: 14,
            operators: 2,
            reviews: 0,
            waiting: 0,
            today: Today { signed_in: 412, refused: 7, identified: 9, devices_blocked: 1 },
            audit: AuditState {
                rows: 184_203,
                verified: Some((now - Span::minutes(32), AuditFinding::Whole)),
                checkpoint: 184_000,
            },
            certificates: vec![
                certificate(CertificateKind::Root, 3600),
                certificate(CertificateKind::Issuing, 1700),
                certificate(CertificateKind::Tls, 79),
            ],
            eid_certificates: Vec::new(),
            writer: Stats {
                commits: 98_113,
                jobs: 310_482,
                undone: 12,
                turned_away: 0,
                queued: 0,
                group_max: 64,
            },
            disk: Some(Disk { free: 11_800_000_000, total: 20_000_000_000 }),
            provider: Provider::Demo,
            tls: TlsSource::LocalCa,
        }
    }
}

impl Page for OverviewPage {
    const NAME: &'static str = "operator/overview";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let usual = Facts::sample(chrome);
        let now = words::now(chrome);
        let trouble = Facts {
            operators: 1,
            reviews: 3,
            waiting: 1,
            services: 0,
            today: Today { refused: 87, ..usual.today },
            disk: Some(Disk { free: 900_000_000, total: 20_000_000_000 }),
            provider: Provider::None,
            tls: TlsSource::Off,
            audit: AuditState {
                verified: Some((now - Span::hours(20), AuditFinding::Broken { row: 4711 })),
                ..usual.audit
            },
            certificates: vec![Certificate { kind: CertificateKind::Tls, until: now + Span::days(6) }],
            writer: Stats { turned_away: 3, queued: 1, ..usual.writer },
            ..usual.clone()
        };
        let fresh = Facts {
            operators: 1,
            disk: None,
            provider: Provider::Rented,
            tls: TlsSource::Files,
            audit: AuditState { rows: 1, verified: None, checkpoint: 0 },
            ..usual.clone()
        };
        let page = |facts: &Facts| Self::new(facts, super::SAMPLE_STAFF, chrome);
        vec![("usual", page(&usual)), ("trouble", page(&trouble)), ("fresh", page(&fresh))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn disks_are_counted_without_overflow() {
        assert_eq!(Disk { free: u64::MAX, total: u64::MAX }.percent_free(), 100);
        assert_eq!(Disk { free: 1, total: 0 }.percent_free(), 100);
        assert_eq!(Disk { free: 99, total: 1000 }.percent_free(), 9);
        let chrome = Chrome::sample(Language::De);
        assert_eq!(gigabytes(11_850_000_000, &chrome), "11,8 GB");
        assert_eq!(gigabytes(u64::MAX, &chrome), "18.446.744.073,7 GB");
    }

    #[test]
    fn tiles_say_what_is_wrong() {
        let chrome = Chrome::sample(Language::De);
        for (name, page) in OverviewPage::samples(&chrome) {
            let kinds: Vec<&str> = page.tiles.iter().map(|tile| tile.kind).collect();
            let wanted = match name {
                "usual" => ["success", "success", "info", "success", "success", "success"],
                "trouble" => ["warning", "danger", "danger", "info", "danger", "warning"],
                _ => ["success", "info", "success", "success", "success", "info"],
            };
            assert_eq!(kinds, wanted, "{name}");
        }
    }
}
