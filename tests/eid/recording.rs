//! Reads a recording: see `tests/eid_recordings.rs`.

use jiff::civil::{Date, date};
use serde_json::Value as Json;

use torhaus::cvc::apdu::{Command, Response, Status};
use torhaus::cvc::certificate::Certificate;
use torhaus::cvc::chain::{self, VerifiedTerminal};
use torhaus::cvc::chip_authentication::{self, SessionKeys};
use torhaus::cvc::curve::{Curve, Hash};
use torhaus::cvc::data_groups::{DataGroup, Value};
use torhaus::cvc::key::PrivateKey;
use torhaus::cvc::restricted_identification::SectorKey;
use torhaus::cvc::security_infos::SecurityInfos;
use torhaus::cvc::tlv;

pub const BP256: Curve = Curve::BrainpoolP256r1;
pub const TODAY: Date = date(2026, 11, 22);

/// One recorded run.
pub struct Recording(Json);

/// One recorded command and its answer.
pub struct Exchange {
    pub name: String,
    pub plain: Command,
    pub command: Vec<u8>,
    pub response: Vec<u8>,
    pub answer: Response,
}

pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "whole bytes");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

impl Recording {
    pub fn simulator() -> Self {
        Self(serde_json::from_str(include_str!("simulator-aa1.26.2.json")).unwrap())
    }

    pub fn openpace() -> Self {
        Self(serde_json::from_str(include_str!("openpace-card-aa1.26.2.json")).unwrap())
    }

    pub fn both() -> [Self; 2] {
        [Self::simulator(), Self::openpace()]
    }

    pub fn bytes(&self, pointer: &str) -> Vec<u8> {
        let value = self.0.pointer(&format!("/{pointer}")).unwrap_or_else(|| panic!("{pointer} is recorded"));
        unhex(value.as_str().unwrap())
    }

    pub fn eight(&self, pointer: &str) -> [u8; 8] {
        self.bytes(pointer).try_into().unwrap()
    }

    pub fn certificate(&self, name: &str) -> Certificate {
        Certificate::parse(&self.bytes(name)).unwrap()
    }

    pub fn key(&self, name: &str) -> PrivateKey {
        PrivateKey::from_bytes(BP256, &self.bytes(name)).unwrap()
    }

    pub fn terminal(&self) -> VerifiedTerminal {
        let chain = [self.certificate("dv_cert"), self.certificate("at_cert")];
        chain::verify(&[self.certificate("cvca_cert")], &chain, TODAY).unwrap()
    }

    pub fn card_infos(&self) -> SecurityInfos {
        // What the file says, before anybody asks who signed it.
        let file = self.bytes("eac2_output/EFCardSecurity");
        let mut outer = tlv::only(tlv::SEQUENCE, &file).unwrap().inside().unwrap();
        outer.take(tlv::OID).unwrap();
        let mut signed = outer.take(0xA0).unwrap().only(tlv::SEQUENCE).unwrap().inside().unwrap();
        signed.take(tlv::INTEGER).unwrap();
        signed.take(tlv::SET).unwrap();
        let mut content = signed.take(tlv::SEQUENCE).unwrap().inside().unwrap();
        content.take(tlv::OID).unwrap();
        let infos = content.take(0xA0).unwrap().only(tlv::OCTET_STRING).unwrap().value;
        SecurityInfos::parse(infos).unwrap()
    }

    pub fn session_keys(&self) -> SessionKeys {
        let chip = &self.card_infos().chip_keys[0];
        chip_authentication::terminal(
            chip.protocol,
            &self.key("ephemeral_private"),
            &chip.key,
            &self.eight("eac2_output/Nonce"),
            &self.eight("eac2_output/AuthenticationToken"),
        )
        .unwrap()
    }

    pub fn sector(&self) -> SectorKey {
        SectorKey::new(Hash::Sha256, self.key("sector_private").public().clone()).unwrap()
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        let recorded = self.0["apdus"].as_array().unwrap();
        let byte = |value: &Json| u8::try_from(value.as_u64().unwrap()).unwrap();
        let text = |value: &Json| unhex(value.as_str().unwrap());
        recorded
            .iter()
            .map(|entry| {
                let plain = &entry["plain"];
                Exchange {
                    name: entry["name"].as_str().unwrap().to_owned(),
                    plain: Command {
                        cla: byte(&plain["cla"]),
                        ins: byte(&plain["ins"]),
                        p1: byte(&plain["p1"]),
                        p2: byte(&plain["p2"]),
                        data: text(&plain["data"]),
                        le: plain["le"].as_u64().map(|le| u32::try_from(le).unwrap()),
                    },
                    command: text(&entry["command"]),
                    response: text(&entry["response"]),
                    answer: Response {
                        data: text(&entry["decrypted"]),
                        status: Status(u16::from_str_radix(entry["sw"].as_str().unwrap(), 16).unwrap()),
                    },
                }
            })
            .collect()
    }

    pub fn group(&self, group: DataGroup) -> Value {
        let name = format!("DG{}", group.number());
        let exchange = self.exchanges().into_iter().find(|e| e.name == name).unwrap();
        let value = group.decode(&exchange.answer.data).unwrap();
        assert_eq!(group.encode(&value).unwrap(), exchange.answer.data, "{name} written back");
        value
    }
}
