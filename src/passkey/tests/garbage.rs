//! What must never bring us down.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

use super::super::MAX_ANSWER_BYTES;
use super::super::phone::{Maker, Manner, Phone, Statement};
use super::*;

#[test]
fn sizes_are_limited() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let begun = gate.invites(ADA);
    let answer = phone.create(&begun.options, ORIGIN).to_string();
    let padded = |length: usize| format!("{answer}{}", " ".repeat(length - answer.len()));
    let finish = |text: String| gate.party.finish_registration(&begun.state, text.as_bytes(), Gate::now());
    let key = finish(padded(MAX_ANSWER_BYTES)).expect("a key");
    assert_eq!(finish(padded(MAX_ANSWER_BYTES + 1)).err(), Some(Refusal::TooLarge));

    let answer = phone.get(&gate.asks().options, ORIGIN).to_string();
    let padded = |length: usize| format!("{answer}{}", " ".repeat(length - answer.len()));
    let assertion = read_assertion(padded(MAX_ANSWER_BYTES).as_bytes()).expect("an assertion");
    assert_eq!(assertion.credential_id, key.credential_id);
    assert_eq!(read_assertion(padded(MAX_ANSWER_BYTES + 1).as_bytes()).err(), Some(Refusal::TooLarge));
}

#[test]
fn a_member_given_twice_is_refused() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let begun = gate.invites(ADA);
    let mut answer = phone.create(&begun.options, ORIGIN);
    let data = URL_SAFE_NO_PAD.decode(answer["response"]["clientDataJSON"].as_str().expect("text"));
    let data = String::from_utf8(data.expect("base64url")).expect("text");
    let twice = data.replacen('{', r#"{"origin":"https://evil.example","#, 1);
    answer["response"]["clientDataJSON"] = json!(URL_SAFE_NO_PAD.encode(twice));
    assert_eq!(gate.takes_key(&begun, &answer).err(), Some(Refusal::Malformed));
}

#[test]
fn bytes_that_are_no_text_are_refused_even_where_nobody_reads_them() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let begun = gate.invites(ADA);
    let spoilt = |answer: &Value| {
        let text = answer.to_string().into_bytes();
        [&b"{\"nobody\":\"\xd3l\","[..], &text[1..]].concat()
    };
    let made = phone.create(&begun.options, ORIGIN);
    let taken = gate.party.finish_registration(&begun.state, &spoilt(&made), Gate::now());
    assert_eq!(taken.err(), Some(Refusal::Malformed));
    assert!(gate.takes_key(&begun, &made).is_ok());
    let shown = phone.get(&gate.asks().options, ORIGIN);
    assert_eq!(read_assertion(&spoilt(&shown)).err(), Some(Refusal::Malformed));
}

#[test]
fn deep_nesting_is_refused() {
    let gate = &mut Gate::new();
    let begun = gate.invites(ADA);
    let json = "[".repeat(60_000);
    assert!(gate.party.finish_registration(&begun.state, json.as_bytes(), Gate::now()).is_err());
    assert!(read_assertion(json.as_bytes()).is_err());
    let mut answer = Phone::default().create(&begun.options, ORIGIN);
    // CBOR arrays of one item each, thirty thousand deep.
    answer["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(vec![0x81; 30_000]));
    assert_eq!(gate.takes_key(&begun, &answer).err(), Some(Refusal::Malformed));
}

/// Where to hit an answer, and with what.
#[derive(Clone, Debug)]
enum Blow {
    Set(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
}

fn blow() -> impl Strategy<Value = Blow> {
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Blow::Set(at, byte)),
        1 => any::<usize>().prop_map(Blow::Cut),
        1 => (any::<usize>(), proptest::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, more)| Blow::Insert(at, more)),
    ]
}

fn struck(mut bytes: Vec<u8>, blows: &[Blow]) -> Vec<u8> {
    for blow in blows {
        let place = |at: usize| at % (bytes.len() + 1);
        match blow {
            Blow::Set(at, byte) => {
                let at = place(*at);
                if let Some(hit) = bytes.get_mut(at) {
                    *hit = *byte;
                }
            }
            Blow::Cut(at) => bytes.truncate(place(*at)),
            Blow::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
    bytes
}

/// Strikes one binary member of `answer.response`.
fn strike(answer: &mut Value, member: &str, blows: &[Blow]) {
    let member = &mut answer["response"][member];
    let bytes = URL_SAFE_NO_PAD.decode(member.as_str().expect("text")).expect("base64url");
    *member = json!(URL_SAFE_NO_PAD.encode(struck(bytes, blows)));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        ".{0,12}".prop_map(|it| json!(it)),
        "[A-Za-z0-9_-]{0,80}".prop_map(|it| json!(it)),
    ];
    let name = prop_oneof![
        Just("id"),
        Just("rawId"),
        Just("type"),
        Just("response"),
        Just("clientDataJSON"),
        Just("attestationObject"),
        Just("authenticatorData"),
        Just("signature"),
        Just("userHandle"),
        Just("registration"),
        Just("authentication"),
        Just("library"),
        Just("exclude"),
        Just("other"),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|it| json!(it)),
            proptest::collection::hash_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|it| json!(it)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut gate = Gate::new();
        let begun = gate.invites(ADA);
        prop_assert!(gate.party.finish_registration(&begun.state, &bytes, Gate::now()).is_err());
        prop_assert!(read_assertion(&bytes).is_err());
    }

    #[test]
    fn any_json_is_survived_as_answer_state_and_row(answer in any_json(), state in any_json(), row in any_json()) {
        let mut gate = Gate::new();
        let mut phone = Phone::default();
        let begun = gate.invites(ADA);
        prop_assert!(gate.takes_key(&begun, &answer).is_err());
        let honest = phone.create(&begun.options, ORIGIN);
        let key = gate.takes_key(&begun, &honest).expect("a key");
        let odd = Begun { options: json!(null), state: state.to_string() };
        prop_assert!(gate.takes_key(&odd, &honest).is_err());

        let login = gate.asks();
        prop_assert!(gate.takes(&login, &answer, &key.credential).is_err());
        let honest = phone.get(&login.options, ORIGIN);
        prop_assert!(gate.takes(&odd, &honest, &key.credential).is_err());
        prop_assert!(gate.takes(&login, &honest, row.to_string().as_bytes()).is_err());
    }

    #[test]
    fn a_struck_registration_is_survived(
        blows in proptest::collection::vec(blow(), 1..4),
        statement in prop_oneof![Just(Statement::None), Just(Statement::SelfPacked), Just(Statement::Packed)],
        member in prop_oneof![3 => Just("attestationObject"), 1 => Just("clientDataJSON")],
    ) {
        let maker = Maker::new("Root");
        let mut gate = Gate::trusting(AttestationTrust::from_pem(&maker.root_pem).expect("a root"));
        let mut phone = Phone::new(Manner { statement, ..Manner::default() });
        phone.maker = Some(maker);
        let begun = gate.invites(ADA);
        let mut answer = phone.create(&begun.options, ORIGIN);
        strike(&mut answer, member, &blows);
        // Without a statement nothing is signed at registration, so some blows do no harm; whatever was
        // taken must then serve for a login, or be refused, without a panic.
        if let Ok(key) = gate.takes_key(&begun, &answer) {
            prop_assert!(key.user_verified);
            let _ = gate.logs_in(&mut phone, &key.credential);
        }
    }

    #[test]
    fn a_struck_assertion_is_refused(
        blows in proptest::collection::vec(blow(), 1..4),
        member in prop_oneof![Just("authenticatorData"), Just("clientDataJSON"), Just("signature")],
    ) {
        let mut gate = Gate::new();
        let mut phone = Phone::default();
        let key = gate.registers(&mut phone).expect("a key");
        let begun = gate.asks();
        let honest = phone.get(&begun.options, ORIGIN);
        let mut answer = honest.clone();
        strike(&mut answer, member, &blows);
        prop_assume!(answer != honest);
        prop_assert!(gate.takes(&begun, &answer, &key.credential).is_err());
    }
}
