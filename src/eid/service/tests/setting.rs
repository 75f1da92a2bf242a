//! Settings: what is wrong with them, and how they rest.

use super::*;
use crate::eid::service::settings::{Field, Mistake, Why};
use crate::xml::signature::{Algorithm, KeyError};

fn mistakes(change: impl Fn(&mut ServiceSettings)) -> Vec<Mistake> {
    let mut settings = Provider::new().settings();
    change(&mut settings);
    settings.check().err().unwrap_or_default()
}

#[test]
fn every_mistake_is_named() {
    assert_eq!(mistakes(|_settings| ()), []);
    let one = |field, why| vec![Mistake { field, why }];
    for bad in ["", "http://eid.example", "https://", "https://u:p@eid.example", "https://eid.example/#x"] {
        assert_eq!(mistakes(|s| s.address = bad.into()), one(Field::Address, Why::Address), "{bad}");
        assert_eq!(mistakes(|s| s.paos_address = Some(bad.into())), one(Field::PaosAddress, Why::Address));
        assert_eq!(mistakes(|s| s.token_address = Some(bad.into())), one(Field::TokenAddress, Why::Address));
    }
    let query = Some("https://eid.example/eid-service/tc-token?a=b".to_owned());
    assert_eq!(mistakes(|s| s.token_address.clone_from(&query)), one(Field::TokenAddress, Why::Address));
    let other = Pair::alone();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let key = |text: &str| Secret::new(text.to_owned());
    for (found, wanted) in [
        (mistakes(|s| s.tls_certificate.clear()), one(Field::TlsCertificate, Why::Certificates)),
        (mistakes(|s| s.tls_key = key("no")), one(Field::TlsKey, Why::Key)),
        (mistakes(|s| s.tls_key = key(&other.key_pem)), one(Field::TlsKey, Why::TlsPair)),
        (mistakes(|s| s.server_anchors = "no".into()), one(Field::ServerAnchors, Why::Certificates)),
        (mistakes(|s| s.server_anchors = broken.into()), one(Field::ServerAnchors, Why::Anchor)),
        (mistakes(|s| s.signing_certificate.clear()), one(Field::SigningCertificate, Why::Certificates)),
        (
            mistakes(|s| s.signing_certificate = s.signing_certificate.repeat(2)),
            one(Field::SigningCertificate, Why::One),
        ),
        (mistakes(|s| s.signing_key = key("")), one(Field::SigningKey, Why::Key)),
        (
            mistakes(|s| s.signing_key = key(&other.key_pem)),
            one(Field::SigningKey, Why::Signature(KeyError::Algorithm(Algorithm::RsaSha256))),
        ),
        (
            mistakes(|s| {
                s.algorithm = Algorithm::EcdsaSha256;
                s.signing_key = key(&other.key_pem);
            }),
            one(Field::SigningKey, Why::Signature(KeyError::Mismatch)),
        ),
        (mistakes(|s| s.provider_certificates.clear()), one(Field::ProviderCertificates, Why::Certificates)),
        (
            mistakes(|s| s.provider_certificates.push_str(broken)),
            one(Field::ProviderCertificates, Why::Signature(KeyError::Certificate)),
        ),
    ] {
        assert_eq!(found, wanted);
    }
    let all = mistakes(|s| {
        s.address.clear();
        s.tls_key = key("");
        s.provider_certificates.clear();
    });
    let fields: Vec<&str> = all.iter().map(|mistake| mistake.field.name()).collect();
    assert_eq!(fields, ["address", "tls_key", "provider_certificates"], "all at once");
    assert!(all[0].to_string().starts_with("address: this must be"));
}

#[test]
fn settings_rest_and_come_back_and_show_no_key() {
    let settings = Provider::new().settings();
    let again = ServiceSettings::from_bytes(&settings.to_bytes()).unwrap();
    assert!(again.check().is_ok());
    assert_eq!(again.to_bytes(), settings.to_bytes());
    assert!(ServiceSettings::from_bytes(b"{}").is_none());
    let shown = format!("{settings:?}");
    assert!(shown.contains("BEGIN CERTIFICATE") && !shown.contains("PRIVATE KEY"));
}

#[test]
fn the_first_certificate_to_end_comes_first() {
    let mut settings = Provider::new().settings();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.not_after = rcgen::date_time_ymd(2027, 1, 2);
    let soon = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    settings.provider_certificates.push_str(&soon.pem());
    let ends = settings.expiries();
    assert_eq!(ends.len(), 6);
    assert_eq!((ends[0].field, ends[0].at), (Field::ProviderCertificates, Timestamp(1_798_848_000_000)));
    assert!(ends.is_sorted_by_key(|end| end.at));
}
