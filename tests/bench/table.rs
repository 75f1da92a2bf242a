//! The table: our figure, and beside it what the best peer reached, what the machine allows at most, and what
//! we set out to reach. Peers and limits were measured in the same way on the same kind of machine (2 cores of
//! an AMD EPYC Zen 5, 2026-11-22; rauthy 0.35.2, node oidc-provider 9.13.3, kanidm 1.10.5, glewlwyd 2.7.5).
#![expect(clippy::print_stdout, reason = "the table is the result")]

/// What a figure is held against.
pub struct Anchor {
    /// Its name in the table.
    pub name: &'static str,
    /// The best of the peers.
    pub peer: &'static str,
    /// What the machine allows.
    pub limit: &'static str,
    /// What we want.
    pub target: Target,
}

/// What we want.
#[derive(Clone, Copy)]
pub enum Target {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
    /// Only to be known.
    Open,
}

const fn anchor(name: &'static str, peer: &'static str, limit: &'static str, target: Target) -> Anchor {
    Anchor { name, peer, limit, target }
}

use Target::{AtLeast, AtMost, Open};

// Restart: the peers' fork to the first 200 on discovery; the limit is a hello world on the same framework.
pub const RESTART: Anchor = anchor("restart to first answer, ms", "24 glewlwyd", "7-12", AtMost(20.0));
pub const FIRST_BOOT: Anchor = anchor("first boot, empty folder, ms", "220 kanidm", "10", AtMost(100.0));
// Memory: the limit is hyper with one static document.
pub const IDLE: Anchor = anchor("memory idle, MiB", "15 glewlwyd", "6.6", AtMost(16.0));
pub const LOADED: Anchor = anchor("memory after load, MiB", "27 glewlwyd", "7.9", AtMost(32.0));
pub const DEMO_LOADED: Anchor = anchor("  demo with 3 services, loaded, MiB", "", "", Open);
pub const BINARY: Anchor = anchor("binary with all pages, MiB", "64 rauthy", "", AtMost(20.0));
// Requests: the limit of static documents is hyper and actix without anything around them.
pub const DISCOVERY: Anchor = anchor("discovery, req/s", "33,717 kanidm", "139-149,000", AtLeast(100e3));
pub const JWKS: Anchor = anchor("JWKS, req/s", "34,985 kanidm", "139-149,000", AtLeast(100e3));
// A P-256 signature takes 14.4 us: the limit is one a request behind the same framework.
pub const MACHINE_TOKEN: Anchor =
    anchor("client_credentials ES256, req/s", "6,103 node (memory)", "39,500", AtLeast(25e3));
pub const INTROSPECTION: Anchor =
    anchor("introspection, opaque, req/s", "24,277 kanidm", "~100,000", AtLeast(50e3));
// One P-256 verification takes 42 us: 24,000/s unless verified tokens are remembered.
pub const INTROSPECTION_SIGNED: Anchor =
    anchor("introspection, signed, req/s", "24,277 kanidm", "~100,000", AtLeast(50e3));
pub const USERINFO: Anchor = anchor("userinfo, req/s", "8,927 node (memory)", "~100,000", AtLeast(40e3));
// CPU of the server for one person's way, from one client on one connection.
pub const FLOW: Anchor = anchor("code flow, session, CPU ms", "1.13 node (memory)", "~0.1", AtMost(0.25));
pub const LOGIN: Anchor = anchor("passkey login + flow, CPU ms", "not measured", "~0.16", AtMost(0.4));
// The disk of the anchors gave 230-320 fdatasync a second, so nobody passes 300 without sharing commits.
pub const DURABLE: Anchor = anchor("durable logins/s, session, 64", "< 300", "9-14,500", AtLeast(2500.0));
pub const DURABLE_KEY: Anchor = anchor("durable logins/s, passkey, 64", "< 300", "", AtLeast(2500.0));
pub const ONE_WRITE: Anchor = anchor("  one durable answer, p99 in fsyncs", "", "2", AtMost(3.0));
// No peer has an eID server. The limit is what the card cryptography alone costs here.
pub const EID_CPU: Anchor = anchor("card read by our eID server, CPU ms", "none has it", "", Open);
pub const EID_RATE: Anchor = anchor("cards read, 1/s of a core", "none has it", "", Open);
pub const EID_MEMORY: Anchor = anchor("  memory after them, MiB", "", "", Open);
pub const EID_PART: Anchor = anchor("  of one card, ms", "", "", Open);
pub const DISK: Anchor = anchor("  the disk's own fdatasync, 1/s", "230-320", "", Open);
// A town of the size that is asked for; 100 ms is what a dashboard may take.
pub const TOWN_ACCOUNT: Anchor = anchor("bytes of the database an account", "", "", Open);
pub const TOWN_LOGIN: Anchor = anchor("  a login that is over", "", "", Open);
pub const TOWN_START: Anchor = anchor("  start to the first answer, ms", "", "", Open);
pub const TOWN_PAGE: Anchor = anchor("  a dashboard, ms at the most", "", "", AtMost(100.0));
pub const TOWN_MEMORY: Anchor = anchor("  memory after them, MiB", "", "", Open);

/// The first line.
pub fn head() {
    println!(
        "{:<36} {:>10} {:>20} {:>12} {:>9}    what else was seen",
        "", "Torhaus", "best peer", "limit", "target"
    );
}

/// One line.
pub fn line(anchor: &Anchor, figure: f64, beside: &str) {
    let (target, reached) = match anchor.target {
        Target::AtLeast(least) => (number(least), if figure >= least { "ok" } else { ".." }),
        Target::AtMost(most) => (number(most), if figure <= most { "ok" } else { ".." }),
        Target::Open => (String::new(), "  "),
    };
    println!(
        "{:<36} {:>10} {:>20} {:>12} {:>9} {reached} {beside}",
        anchor.name,
        number(figure),
        anchor.peer,
        anchor.limit,
        target
    );
}

/// A part that could not be measured.
pub fn skipped(what: &str, why: &str) {
    println!("{what:<36} skipped: {why}");
}

/// Three digits that count, thousands apart.
fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    if digits.len() <= 3 {
        return digits;
    }
    let (thousands, rest) = digits.split_at(digits.len() - 3);
    format!("{thousands},{rest}")
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A share of sorted values: 50 is the median, 99 what one of a hundred exceeds.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(f64::NAN)
}
