//! The client against a provider on this machine, honest and otherwise.

mod calls;
pub(crate) mod provider;
mod sessions;
mod setting;

use super::message::{Minor, Psk, SessionId, Started, write_get_result, write_use_id};
use super::*;
use crate::cvc::place::PartialDate;
use crate::domain::secret::Secret;
use crate::domain::time::{Clock, Span, Timestamp};
use crate::eid::answer::{Answer, EidLevel, Permission, PersonalData, RestrictedId};
use crate::eid::request::{Operation, Request};
use crate::xml::write::Node;
use provider::{PKI, Pair, Provider, Reply};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const START: Timestamp = Timestamp(1_795_338_840_000);

/// A clock that tests turn by hand.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START.0)))
    }

    fn pass(&self, span: Span) {
        self.0.fetch_add(span.0, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

fn client(provider: &Provider) -> Client {
    let checked = provider.settings().check().map_err(|mistakes| format!("{mistakes:?}")).unwrap();
    Client::with_patience(checked, Duration::from_secs(3)).unwrap()
}

fn started() -> Started {
    Started {
        session: SessionId::new(vec![3; 16]).unwrap(),
        server_address: None,
        psk: Psk { id: Secret::new("0123456789abcdef".to_owned()), key: Secret::new(vec![7; 16]) },
    }
}

pub(crate) fn opened() -> Node {
    write_use_id(&Ok(started()))
}

fn erika() -> Answer {
    Answer {
        data: PersonalData {
            given_names: Some("ERIKA".into()),
            family_names: Some("MUSTERMANN".into()),
            date_of_expiry: Some(jiff::civil::date(2033, 2, 28)),
            date_of_birth: PartialDate::new("196408  ").ok(),
            restricted_id: Some(RestrictedId { first: vec![1; 32], second: None }),
            ..PersonalData::default()
        },
        fulfils_age: None,
        fulfils_place: None,
        operations: Operation::ALL.map(|one| (one, Permission::Allowed)).into(),
        level: Some(EidLevel::High),
    }
}

pub(crate) fn read_card() -> Node {
    write_get_result(&Ok(erika()))
}

pub(crate) fn not_yet() -> Node {
    write_get_result(&Err(Minor::NoResultYet))
}
