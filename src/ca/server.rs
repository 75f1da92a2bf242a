//! Server certificates for towns (and demos) whose address no public authority certifies.

use super::authority::Authority;
use super::key::Key;
use super::{Fault, pem};
use crate::domain::dice::Dice;
use crate::domain::time::{Span, Timestamp};
use rcgen::{ExtendedKeyUsagePurpose, SanType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};
use zeroize::Zeroizing;

const LIFE: Span = Span::days(90);

/// A server's certificate with its key.
pub struct ServerCertificate {
    /// The server's certificate, then the issuing authority's; not the root.
    pub chain_pem: String,
    /// PKCS #8.
    pub key_pem: Zeroizing<String>,
    /// When it ends; renew at two thirds.
    pub expires: Timestamp,
}

/// Certifies a fresh key for the host of the public address; in a demo also for this machine's own names.
///
/// # Errors
/// [`Fault::Address`] without a host; the crypto library's.
pub fn server_certificate(
    issuing: &Authority,
    origin: &str,
    demo: bool,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<ServerCertificate, Fault> {
    if now >= issuing.expires {
        return Err(Fault::Expired(super::ISSUING.to_owned()));
    }
    let (name, names) = names(origin, demo)?;
    let mut params = issuing.leaf(&name, LIFE, dice, now);
    params.subject_alt_names = names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = Key::generate()?;
    let certificate = issuing.certify(&params, &key)?;
    let chain_pem = pem::certificate(&certificate) + &pem::certificate(&issuing.certificate);
    let expires = (now + LIFE).min(issuing.expires);
    Ok(ServerCertificate { chain_pem, key_pem: pem::private_key(&key.to_pkcs8()?), expires })
}

/// The common name, which nobody checks any more, and the names which count (RFC 9525).
fn names(origin: &str, demo: bool) -> Result<(String, Vec<SanType>), Fault> {
    let wrong = || Fault::Address(origin.to_owned());
    let url = Url::parse(origin).map_err(|_broken| wrong())?;
    let host = match url.host().ok_or_else(wrong)? {
        Host::Domain(name) => dns(name).ok_or_else(wrong)?,
        Host::Ipv4(address) => SanType::IpAddress(IpAddr::V4(address)),
        Host::Ipv6(address) => SanType::IpAddress(IpAddr::V6(address)),
    };
    let mut names = vec![host];
    if demo {
        let own = [
            dns("localhost").ok_or_else(wrong)?,
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ];
        for name in own {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let common = url.host_str().filter(|name| name.len() <= 64).unwrap_or("Torhaus");
    Ok((common.to_owned(), names))
}

fn dns(name: &str) -> Option<SanType> {
    name.trim_end_matches('.').to_owned().try_into().ok().map(SanType::DnsName)
}
