//! Reading a card with a program beside the browser: what a stranger, a slow program or a forger may send.

use crate::town::http::Request;
use crate::town::program::{Program, post, token_address};
use crate::town::{Resident, Town};
use torhaus::cvc::description::Description;
use torhaus::domain::eid_session::EidOwner;
use torhaus::domain::time::Span;
use torhaus::eid::client::demo::card_keys;
use torhaus::eid::lab_secret;
use torhaus::eid::paos::{FromClient, FromServer, Header, PaosResult};
use torhaus::eid::request;
use torhaus::eid::server::trust_list;

/// Somebody at the page that opens the program.
fn at_the_reader(town: &Town) -> Resident<'_> {
    let library = town.library();
    let mut ada = town.resident();
    ada.opens(&library.sign_in().url()).is_new();
    ada.browser.press("identify-eid", &[]);
    let page = ada.browser.at.replace("/demo-card/", "/eid/");
    ada.browser.open(&page);
    ada
}

fn minor(answer: &crate::town::Answer) -> String {
    let text = answer.text();
    let code = text.split("resultminor/").nth(1).unwrap_or_default();
    code.split('<').next().unwrap_or_default().to_owned()
}

#[test]
fn a_program_beside_the_browser_reads_the_card() {
    let town = Town::open();
    let mut ada = at_the_reader(&town);
    let mut program = Program::opens(&town, &ada.browser, "erika");
    program.reads();
    assert_eq!(program.ended, Some(PaosResult::Ok));
    ada.browser.open_from_elsewhere(&program.refresh());
    assert!(ada.browser.at.ends_with("/key"), "{}", ada.browser.at);
    assert_eq!(town.rows("eid_session"), 0, "what was read is handed over and gone");
    ada.makes_key();
    assert_eq!(town.rows("person"), 1);
}

#[test]
fn a_program_goes_on_after_a_restart_of_the_house() {
    let town = Town::open();
    let mut ada = at_the_reader(&town);
    let mut program = Program::opens(&town, &ada.browser, "murat");
    while program.goes_on() {
        town.restart();
    }
    assert_eq!(program.ended, Some(PaosResult::Ok));
    ada.browser.open_from_elsewhere(&program.refresh());
    assert!(ada.browser.at.ends_with("/key"));
}

#[test]
fn each_message_counts_once() {
    let town = Town::open();
    for twice in 0..4 {
        let ada = at_the_reader(&town);
        let mut program = Program::opens(&town, &ada.browser, "erika");
        for _ in 0..twice {
            assert!(program.goes_on());
        }
        let first = program.sends();
        let again = program.sends();
        // StartPAOS names the session and is not due any more; the others answer a message that was answered.
        let code = if twice == 0 { "al/common#unknownAPIFunction" } else { "dp#timeout" };
        assert_eq!(minor(&again), code, "message {twice}");
        assert!(minor(&first).is_empty(), "{}", first.text());
    }
}

#[test]
fn of_two_at_once_one_is_heard() {
    let town = Town::open();
    let ada = at_the_reader(&town);
    let mut program = Program::opens(&town, &ada.browser, "erika");
    program.goes_on();
    program.goes_on();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| program.sends())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let heard: Vec<_> = answers.iter().filter(|answer| minor(answer).is_empty()).collect();
    assert_eq!(heard.len(), 1);
    assert!(program.takes(heard[0]));
    program.reads();
    assert_eq!(program.ended, Some(PaosResult::Ok));
}

#[test]
fn what_belongs_to_another_session_ends_that_one_without_a_result() {
    let town = Town::open();
    let (ada, ben) = (at_the_reader(&town), at_the_reader(&town));
    let mut hers = Program::opens(&town, &ada.browser, "erika");
    let mut his = Program::opens(&town, &ben.browser, "murat");
    for program in [&mut hers, &mut his] {
        program.goes_on();
        program.goes_on();
    }
    let relates = |says: &str| {
        let start = says.find("<wsa:RelatesTo>").unwrap();
        says[start..says.find("</wsa:RelatesTo>").unwrap()].to_owned()
    };
    // Her card's proof as the answer to what his was asked.
    hers.says = hers.says.replace(&relates(&hers.says), &relates(&his.says));
    let answer = hers.sends();
    assert_eq!(minor(&answer), "al/common#noPermission", "{}", answer.text());
    assert_eq!(minor(&his.sends()), "dp#timeout", "his session is over");
}

#[test]
fn a_session_dies_with_its_time() {
    let town = Town::open();
    let ada = at_the_reader(&town);
    let mut program = Program::opens(&town, &ada.browser, "erika");
    program.goes_on();
    town.clock.turn(Span::minutes(16));
    assert_eq!(minor(&program.sends()), "dp#timeout");
    town.sweep();
    assert_eq!(town.rows("eid_session"), 0);
}

#[test]
fn a_newer_session_of_the_same_check_takes_the_place_of_the_older() {
    let town = Town::open();
    let ada = at_the_reader(&town);
    let mut older = Program::opens(&town, &ada.browser, "erika");
    older.goes_on();
    let mut newer = Program::opens(&town, &ada.browser, "murat");
    assert_eq!(minor(&older.sends()), "dp#timeout");
    assert_eq!(newer.reads().ended, Some(PaosResult::Ok));
    assert_eq!(town.rows("eid_session"), 1);
}

#[test]
fn a_token_is_for_whoever_knows_the_whole_address_while_the_check_is_open() {
    let town = Town::open();
    let mut ada = at_the_reader(&town);
    let address = token_address(&ada.browser);
    let path = address.strip_prefix(&town.origin).unwrap().to_owned();
    let (plain, key) = path.split_once("?key=").unwrap();
    let other = format!("{plain}?key={}", key.replace(|letter: char| letter.is_ascii_lowercase(), "a"));
    for wrong in [plain.to_owned(), format!("{plain}?key="), other, format!("{path}a")] {
        assert_eq!(Request::get(&wrong).send(town.port()).status, 404, "{wrong}");
    }
    assert_eq!(Request::get(&path).send(town.port()).status, 200);
    ada.browser.press("cancel", &[]);
    assert_eq!(town.rows("eid_session"), 0);
    assert_eq!(Request::get(&path).send(town.port()).status, 404, "the check is over");
}

#[test]
fn what_is_no_message_is_refused_in_words_of_the_protocol_and_changes_nothing() {
    let town = Town::open();
    let ada = at_the_reader(&town);
    let mut program = Program::opens(&town, &ada.browser, "erika");
    program.goes_on();
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    for body in ["", "<", "<x/>", "\u{0}", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", &deep] {
        let answer = post(&town, body);
        assert_eq!((answer.status, minor(&answer).as_str()), (200, "al/common#parameterError"), "{body:.40}");
    }
    let entity = program.says.replace("<soap:Envelope", "<!DOCTYPE x [<!ENTITY a 'b'>]><soap:Envelope");
    assert_eq!(minor(&post(&town, &entity)), "al/common#parameterError");
    let large = format!("{}{}", program.says, " ".repeat(200_000));
    assert_eq!(post(&town, &large).status, 413);
    assert_eq!(Request::get("/eid/paos").send(town.port()).status, 405);
    // None of it touched the session.
    program.reads();
    assert_eq!(program.ended, Some(PaosResult::Ok));
}

#[test]
fn a_message_that_is_wrong_inside_ends_its_session() {
    let town = Town::open();
    let mut ada = at_the_reader(&town);
    let mut program = Program::opens(&town, &ada.browser, "erika");
    program.goes_on();
    let wrong = program.says.replace("EAC1OutputType", "EAC7OutputType");
    assert_eq!(minor(&post(&town, &wrong)), "al/common#parameterError");
    assert_eq!(minor(&program.sends()), "dp#timeout");
    ada.browser.open_from_elsewhere(&program.refresh());
    assert!(ada.browser.page.title().contains("nicht zu Ende"), "{}", ada.browser.page.title());
    assert_eq!((town.rows("person"), town.rows("eid_session")), (0, 0));
}

#[test]
fn a_real_house_has_no_server_of_its_own() {
    let town = Town::with(|boot| boot.demo = false);
    for target in ["/eid/paos", "/eid/chk_0000000000000000000000000a/tc-token"] {
        let status = Request::get(target).send(town.port()).status;
        assert!(matches!(status, 404 | 405), "{target}: {status}");
    }
    assert_eq!(post(&town, "<x/>").status, 404);
}

#[test]
fn the_description_names_the_certificate_of_today_and_the_one_before() {
    let town = Town::open();
    let app = town.house().appliance;
    let server = lab_secret::server(&app).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let hashes = || {
        let owner = EidOwner::Customer("somebody".to_owned());
        let opened = runtime.block_on(server.open(owner, request::Request::for_account([]), &app)).unwrap();
        let start = FromClient::Start { session: opened.identifier.expose().clone() };
        let header = Header { message_id: "urn:uuid:1".to_owned(), relates_to: None };
        let answer = runtime.block_on(server.exchange(start.write(&header).as_bytes(), &app)).unwrap();
        let FromServer::Eac1(input) = FromServer::parse(answer.as_bytes()).unwrap().message else {
            panic!("not EAC1")
        };
        Description::parse(&input.description).unwrap().tls_hashes
    };
    assert_eq!(hashes(), Vec::<Vec<u8>>::new(), "without TLS there is none");
    for certificate in [[1; 32], [1; 32], [2; 32], [3; 32]] {
        server.reached_by(certificate);
    }
    assert_eq!(hashes(), [vec![3; 32], vec![2; 32]]);
    server.reached_by([2; 32]);
    assert_eq!(hashes(), [vec![2; 32], vec![3; 32]]);
    town.clock.turn(Span::hours(60));
    assert_eq!(hashes().len(), 2, "certificates of a new day");
}

#[test]
fn an_authority_or_a_blocked_card_of_another_process_counts_at_the_next_card() {
    let town = Town::open();
    let reads = || {
        let ada = at_the_reader(&town);
        let mut program = Program::opens(&town, &ada.browser, "erika");
        program.reads();
        program.ended.take().unwrap()
    };
    assert_eq!(reads(), PaosResult::Ok);
    let app = town.house().appliance;
    let lab = lab_secret::ensure(&app).unwrap();
    let pseudonym =
        card_keys(&lab, "erika", 0).unwrap().revocation_pseudonym(&lab.sector().unwrap()).unwrap();
    assert!(trust_list::change(&app, |list| list.block(&pseudonym)).unwrap().unwrap());
    assert!(!trust_list::change(&app, |list| list.block(&pseudonym)).unwrap().unwrap(), "twice is once");
    assert!(trust_list::change(&app, |list| list.block(&[1; 31])).unwrap().is_err());
    assert!(trust_list::change(&app, |list| list.trust(&[0x30, 0])).unwrap().is_err());
    assert_eq!(reads(), PaosResult::error("al/common#noPermission"));
    assert_eq!(trust_list::load(&app).unwrap().counts(), (0, 1));
}
