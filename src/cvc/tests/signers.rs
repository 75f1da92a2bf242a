//! The way from a country signing CA to a document signer. The certificates are made by another implementation.

use jiff::civil::date;
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair};

use super::TODAY;
use crate::cvc::document_signer::{Csca, DocumentSigner, SignerError};

/// A CA of this name with its key.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    params
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

fn authority(change: impl Fn(&mut CertificateParams)) -> Authority {
    let mut params = params("csca-musterland");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    change(&mut params);
    let key = key();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Authority { params, key, der }
}

impl Authority {
    fn signs(&self, change: impl Fn(&mut CertificateParams)) -> Vec<u8> {
        let mut params = params("document signer");
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let issuer = Issuer::from_params(&self.params, &self.key);
        params.signed_by(&key(), &issuer).unwrap().der().to_vec()
    }

    fn trusted(&self) -> Csca {
        Csca::trusted(&self.der).unwrap()
    }
}

#[test]
fn a_signer_is_believed_for_its_authority() {
    let csca = authority(|_| {});
    let signer = DocumentSigner::issued(&csca.signs(|_| {}), &[csca.trusted()], TODAY).unwrap();
    assert_eq!((signer.not_before, signer.not_after), (date(2020, 1, 1), date(2035, 1, 1)));
    // Of two authorities of one name the right one is found, wherever it stands.
    let renewed = authority(|_| {});
    let both = [renewed.trusted(), csca.trusted()];
    assert!(DocumentSigner::issued(&csca.signs(|_| {}), &both, TODAY).is_ok());
    assert!(DocumentSigner::issued(&renewed.signs(|_| {}), &both, TODAY).is_ok());
}

#[test]
fn a_signer_of_anybody_else_is_not() {
    let csca = authority(|_| {});
    let trusted = [csca.trusted()];
    let refused =
        |signer: &[u8], trusted: &[Csca]| DocumentSigner::issued(signer, trusted, TODAY).unwrap_err();
    assert_eq!(refused(&csca.signs(|_| {}), &[]), SignerError::UnknownAuthority);
    let stranger = authority(|params| params.distinguished_name.push(DnType::CountryName, "XX"));
    assert_eq!(refused(&stranger.signs(|_| {}), &trusted), SignerError::UnknownAuthority);
    // The same name and no key identifier: the signature decides.
    let namesake = authority(|_| {});
    let unmarked = namesake.signs(|params| params.use_authority_key_identifier_extension = false);
    assert!(matches!(refused(&unmarked, &trusted), SignerError::Key(_)));
    let mut changed = csca.signs(|_| {});
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert!(matches!(refused(&changed, &trusted), SignerError::Key(_)));
    let over = csca.signs(|params| params.not_after = rcgen::date_time_ymd(2026, 11, 21));
    assert_eq!(refused(&over, &trusted), SignerError::NotToday);
    let early = csca.signs(|params| params.not_before = rcgen::date_time_ymd(2026, 11, 23));
    assert_eq!(refused(&early, &trusted), SignerError::NotToday);
    let deputy = csca.signs(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    assert_eq!(refused(&deputy, &trusted), SignerError::Authority);
}

#[test]
fn only_an_authority_can_be_trusted_as_one() {
    let csca = authority(|_| {});
    let signer = csca.signs(|_| {});
    assert_eq!(Csca::trusted(&signer).unwrap_err(), SignerError::NoAuthority);
    let over = authority(|params| params.not_after = rcgen::date_time_ymd(2026, 11, 21));
    let outlived = over.signs(|_| {});
    assert_eq!(
        DocumentSigner::issued(&outlived, &[over.trusted()], TODAY).unwrap_err(),
        SignerError::NotToday,
        "the authority's own days count"
    );
    for bytes in [&[][..], &[0x30, 0], &signer[..signer.len() - 1]] {
        assert!(Csca::trusted(bytes).is_err());
    }
}

#[test]
fn a_critical_extension_nobody_knows_refuses_the_certificate() {
    let extension = |critical| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![0x05, 0x00]);
        extension.set_criticality(critical);
        extension
    };
    let csca = authority(|_| {});
    let trusted = [csca.trusted()];
    let with = |critical| csca.signs(|params| params.custom_extensions = vec![extension(critical)]);
    assert!(DocumentSigner::issued(&with(false), &trusted, TODAY).is_ok());
    assert!(matches!(
        DocumentSigner::issued(&with(true), &trusted, TODAY).unwrap_err(),
        SignerError::Form(_)
    ));
}
