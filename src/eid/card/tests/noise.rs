//! Whatever a terminal sends, at whatever stage: an answer with a status word, and no panic.

use proptest::prelude::*;

use super::*;

/// What a terminal may do, in any order.
#[derive(Clone, Debug)]
enum Act {
    Enter,
    Certificate(Vec<u8>),
    GoodCertificate(bool),
    Challenge,
    Terminal(Vec<u8>, Vec<u8>, Vec<u8>),
    CardSecurity,
    Chip(Option<u32>, Vec<u8>),
    Transmit(Vec<u8>),
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Enter),
        bytes(300).prop_map(Act::Certificate),
        any::<bool>().prop_map(Act::GoodCertificate),
        Just(Act::Challenge),
        (bytes(40), bytes(40), bytes(70)).prop_map(|(a, b, c)| Act::Terminal(a, b, c)),
        Just(Act::CardSecurity),
        (any::<Option<u32>>(), bytes(70)).prop_map(|(id, point)| Act::Chip(id, point)),
        bytes(300).prop_map(Act::Transmit),
    ]
}

/// Some command, among them many that are nearly right.
fn command() -> impl Strategy<Value = Command> {
    let class = prop_oneof![Just(0x00), Just(0x80), any::<u8>()].prop_map(|cla: u8| cla & !0x0C);
    let instruction = prop_oneof![Just(0xA4), Just(0xB0), Just(0x20), Just(0x22), Just(0x86), any::<u8>()];
    let good = prop::sample::select(vec![
        Command::verify(crate::cvc::oid::DATE_OF_BIRTH).data,
        LAB.sector.select(2).data,
        LAB.sector.ask(crate::cvc::restricted_identification::Sector::First).unwrap().data,
        vec![0x01, 0x11],
        Vec::new(),
    ]);
    let changed = (good, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut data, at, byte)| {
        if !data.is_empty() {
            let at = at.index(data.len());
            data[at] = byte;
        }
        data
    });
    let data = prop_oneof![bytes(300), changed];
    let expected = prop::option::of(1..=65_536_u32);
    (class, instruction, any::<u8>(), any::<u8>(), data, expected)
        .prop_map(|(cla, ins, p1, p2, data, le)| Command { cla, ins, p1, p2, data, le })
}

thread_local! {
    /// A card takes a while to make.
    static CARD: std::cell::RefCell<Card> = std::cell::RefCell::new(LAB.card("thordis"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_act_at_any_time(acts in prop::collection::vec(act(), 1..20)) {
        CARD.with_borrow_mut(|card| {
            card.reset();
            for act in acts {
                match act {
                    Act::Enter => drop(card.enter(pace())),
                    Act::Certificate(bytes) => drop(card.verify_certificate(&bytes, TODAY)),
                    Act::GoodCertificate(last) => {
                        drop(card.verify_certificate(LAB.chain()[usize::from(last)], TODAY));
                    }
                    Act::Challenge => drop(card.challenge(&dice(1))),
                    Act::Terminal(ephemeral, auxiliary_data, signature) => {
                        let claim = Claim {
                            ephemeral: &ephemeral,
                            auxiliary_data: &auxiliary_data,
                            signature: &signature,
                        };
                        prop_assert!(card.authenticate_terminal(&claim).is_err());
                    }
                    Act::CardSecurity => prop_assert!(card.card_security().is_err()),
                    Act::Chip(id, point) => prop_assert!(card.authenticate_chip(id, &point, &dice(1)).is_err()),
                    Act::Transmit(command) => prop_assert_eq!(card.transmit(&command), [0x69, 0x82]),
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn any_command_after_both_have_authenticated(commands in prop::collection::vec(command(), 1..12)) {
        let mut card = LAB.card("thordis");
        card.reset();
        let mut reading = Reading::begun(&LAB, card, pace());
        for command in commands {
            // Each is answered in the session, which goes on.
            prop_assert_ne!(reading.ask(&command).status, Status::TROUBLE);
        }
    }

    #[test]
    fn any_bytes_after_both_have_authenticated(noise in bytes(300), secured in any::<bool>()) {
        let mut noise = noise;
        if let Some(class) = noise.first_mut().filter(|_| secured) {
            *class |= 0x0C;
        }
        let mut reading = Reading::begun(&LAB, LAB.card("erika"), pace());
        let answer = reading.card.transmit(&noise);
        prop_assert!(answer == [0x69, 0x87] || answer == [0x69, 0x88], "{answer:02x?}");
    }
}
