//! Each thing that may be forged on the way or by one of the two, once: refused in the protocol's own terms, the
//! session over, nothing kept.

use super::{Exchange, House, TLS, everything};
use crate::cvc::chat::{Chat, Right};
use crate::cvc::data_groups::DataGroup;
use crate::domain::identity_check::CheckRefused;
use crate::eid::client::{Client, Decision, Surroundings};
use crate::eid::paos::{FromClient, FromServer, Minor, PaosResult};

/// Runs one exchange in which the server hears something else than was said.
fn server_hears(change: impl FnMut(FromClient) -> FromClient) -> (CheckRefused, Minor) {
    let house = House::new(10);
    let exchange = Exchange::new(&house, everything()).with_server_hearing(change);
    ended(exchange.run(house.client("erika")))
}

/// Runs one exchange in which the client hears something else than was said.
fn client_hears(change: impl FnMut(FromServer) -> FromServer) -> (CheckRefused, Minor) {
    let house = House::new(11);
    let exchange = Exchange::new(&house, everything()).with_client_hearing(change);
    ended(exchange.run(house.client("erika")))
}

fn ended((outcome, told): (crate::eid::answer::Outcome, PaosResult)) -> (CheckRefused, Minor) {
    let PaosResult::Error(minor) = told else { panic!("the client was told that all is well") };
    (outcome.unwrap_err(), minor)
}

#[track_caller]
fn assert_ends((refused, minor): (CheckRefused, Minor), expected: CheckRefused, code: &str) {
    assert_eq!((refused, minor.as_str()), (expected, code));
}

#[test]
fn the_terminal_must_prove_itself() {
    let signature = client_hears(|message| match message {
        FromServer::Eac2(mut input) => {
            input.signature[5] ^= 1;
            FromServer::Eac2(input)
        }
        other => other,
    });
    assert_ends(signature, CheckRefused::TerminalRefused, Minor::NO_PERMISSION);
    let description = client_hears(|message| match message {
        FromServer::Eac1(mut input) => {
            let last = input.description.len() - 1;
            input.description[last] ^= 1;
            FromServer::Eac1(input)
        }
        other => other,
    });
    assert_ends(description, CheckRefused::DescriptionRefused, Minor::PARAMETER);
    let auxiliary = client_hears(|message| match message {
        FromServer::Eac1(mut input) => {
            // One digit of a date: the card would compare another one.
            let last = input.auxiliary_data.len() - 1;
            input.auxiliary_data[last] ^= 1;
            FromServer::Eac1(input)
        }
        other => other,
    });
    assert_eq!(auxiliary.0, CheckRefused::TerminalRefused);
}

#[test]
fn the_way_must_lead_to_whom_the_certificate_names() {
    let house = House::new(12);
    let run = |around: Surroundings<'_>| {
        let client = Client::new(house.card("erika"), Decision::Agree, around);
        ended(Exchange::new(&house, everything()).run(client))
    };
    let mut other_tls = TLS;
    other_tls[0] ^= 1;
    let tls = run(Surroundings { tls: Some(other_tls), ..house.surroundings() });
    assert_ends(tls, CheckRefused::TrustedChannel, Minor::TRUSTED_CHANNEL);
    let origin = run(Surroundings { origin: "https://evil.example".to_owned(), ..house.surroundings() });
    assert_ends(origin, CheckRefused::TrustedChannel, Minor::TRUSTED_CHANNEL);
    let roots = run(Surroundings { roots: vec![House::new(13).root()], ..house.surroundings() });
    assert_ends(roots, CheckRefused::TerminalUnknown, Minor::CERTIFICATE_PATH);
}

#[test]
fn a_card_that_trusts_another_root_names_it_and_is_not_read() {
    let (house, other) = (House::new(14), House::new(15));
    let mut root = other.root();
    root.holder = crate::cvc::certificate::Reference::new("DEOTHERCVCA0001").unwrap();
    let content = crate::eid::card::people::person("erika").unwrap().content(super::TODAY).unwrap();
    let keys = crate::eid::client::demo::card_keys(&house.lab, "erika", 0).unwrap();
    let card = crate::eid::card::Card::new(content, keys, vec![root]);
    let client = Client::new(card, Decision::Agree, house.surroundings());
    let told = ended(Exchange::new(&house, everything()).run(client));
    assert_ends(told, CheckRefused::TerminalUnknown, Minor::CERTIFICATE_PATH);
}

#[test]
fn the_holder_may_stop() {
    let house = House::new(16);
    let client = Client::new(house.card("erika"), Decision::Cancel, house.surroundings());
    let told = ended(Exchange::new(&house, everything()).run(client));
    assert_ends(told, CheckRefused::Cancelled, Minor::CANCELLED);
}

#[test]
fn a_card_must_be_genuine() {
    let house = House::new(17);
    // Its file was signed by a signer of another lab.
    let keys = crate::eid::client::demo::card_keys(&House::new(18).lab, "erika", 0).unwrap();
    let client = Client::new(house.card_with("erika", keys), Decision::Agree, house.surroundings());
    let signer = ended(Exchange::new(&house, everything()).run(client));
    assert_ends(signer, CheckRefused::NotAuthentic, Minor::NO_PERMISSION);
    type Spoil = fn(&mut crate::eid::paos::from_client::Eac2Output);
    let spoils: [Spoil; 4] = [
        |output| output.token[0] ^= 1,
        |output| output.nonce[0] ^= 1,
        |output| {
            // The signature ends the file. What the file carries of certificates is not looked at.
            let last = output.card_security.len() - 1;
            output.card_security[last] ^= 1;
        },
        |output| output.card_security.clear(),
    ];
    for spoil in spoils {
        let told = server_hears(|message| match message {
            FromClient::Eac2(mut output) => {
                spoil(&mut output);
                FromClient::Eac2(output)
            }
            other => other,
        });
        assert_ends(told, CheckRefused::NotAuthentic, Minor::NO_PERMISSION);
    }
}

#[test]
fn what_a_card_offers_must_stand_signed() {
    let told = server_hears(|message| match message {
        FromClient::Eac1(mut output) => {
            // Another number of domain parameters for PACE: somebody wants a weaker curve.
            let id = crate::cvc::oid::PACE_ECDH_GM_AES_128;
            let at = output.card_access.windows(id.len()).position(|bytes| bytes == id).unwrap();
            output.card_access[at + id.len() + 5] ^= 1;
            FromClient::Eac1(output)
        }
        other => other,
    });
    assert_eq!(told.0, CheckRefused::NotAuthentic);
}

#[test]
fn a_right_that_was_withheld_ends_it_and_one_that_was_not_asked_gives_nothing() {
    let withheld = server_hears(|message| match message {
        FromClient::Eac1(mut output) => {
            output.chat =
                Chat { rights: [Right::RestrictedIdentification].into_iter().collect(), ..output.chat };
            FromClient::Eac1(output)
        }
        other => other,
    });
    assert_ends(withheld, CheckRefused::DataMissing, Minor::NO_PERMISSION);
    let house = House::new(19);
    let request = crate::eid::request::Request::for_account([]);
    let exchange = Exchange::new(&house, request).with_server_hearing(|message| match message {
        FromClient::Eac1(mut output) => {
            output.chat.rights = output.chat.rights.with(Right::Read(DataGroup::PlaceOfResidence));
            FromClient::Eac1(output)
        }
        other => other,
    });
    let (outcome, _) = exchange.run(house.client("erika"));
    assert_eq!(outcome.unwrap().data.place_of_residence, None);
}

#[test]
fn responses_that_are_not_the_cards_close_the_session() {
    type Spoil = fn(&mut Vec<Vec<u8>>);
    let spoils: [Spoil; 9] = [
        |apdus| apdus[1].truncate(3),
        |apdus| apdus[1].clear(),
        |apdus| apdus[1][4] ^= 1,
        |apdus| apdus.swap(0, 1),
        |apdus| {
            apdus.pop();
        },
        |apdus| apdus.push(vec![0x90, 0x00]),
        |apdus| apdus[0] = vec![0x90, 0x00],
        |apdus| apdus[1] = vec![0x69, 0x88],
        |apdus| {
            let last = apdus[0].len() - 1;
            apdus[0][last] ^= 1;
        },
    ];
    for (number, spoil) in spoils.into_iter().enumerate() {
        for due in [0, 1] {
            let mut seen = 0;
            let told = server_hears(|message| match message {
                FromClient::Transmitted(mut apdus) => {
                    if seen == due {
                        spoil(&mut apdus);
                    }
                    seen += 1;
                    FromClient::Transmitted(apdus)
                }
                other => other,
            });
            let expected = (CheckRefused::ClientTrouble, Minor::new(Minor::COMMUNICATION));
            assert_eq!(told, expected, "lie {number} in message {due}");
        }
    }
}
