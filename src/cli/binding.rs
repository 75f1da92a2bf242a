//! `torhaus binding verify`: checks a person binding without a line to the house.

use super::ca::{Failure, Outcome, read_bounded, read_pem, utc};
use crate::ca::binding::{MAX_BINDING, Verified, verify};
use crate::ca::{MAX_REVOCATIONS, Refused, Revocations};
use crate::domain::time::Timestamp;
use std::path::PathBuf;

/// Options of `torhaus binding verify`.
#[derive(Clone, Debug)]
pub struct Verify {
    /// The binding's JSON document.
    pub file: PathBuf,
    /// The town's root certificate.
    pub root: PathBuf,
    /// The town's list of revoked bindings.
    pub revocations: Option<PathBuf>,
    /// Write JSON.
    pub json: bool,
}

/// Checks a binding; a refusal is an [`Outcome`] that is not ok.
///
/// # Errors
/// A file that cannot be read.
pub fn verify_file(options: &Verify, now: Timestamp) -> Result<Outcome, Failure> {
    let document = read_bounded(&options.file, MAX_BINDING)?;
    let root = read_pem(&options.root)?;
    let list = options.revocations.as_ref().map(|path| read_bounded(path, MAX_REVOCATIONS)).transpose()?;
    let checked = check(&document, &root, list.as_deref(), now);
    let ok = checked.is_ok();
    let trouble = match &checked {
        Ok(_) => String::new(),
        Err(refused) => format!("{}: the binding is not valid: {refused}", options.file.display()),
    };
    let text = match (checked, options.json) {
        (Ok(verified), true) => as_json(&verified),
        (Ok(verified), false) => as_text(&verified),
        (Err(refused), true) => {
            format!("{:#}\n", serde_json::json!({ "valid": false, "reason": refused.to_string() }))
        }
        (Err(refused), false) => format!("Not valid: {refused}.\n"),
    };
    Ok(Outcome { text, ok, trouble })
}

fn check(document: &[u8], root: &str, list: Option<&[u8]>, now: Timestamp) -> Result<Verified, Refused> {
    let list = list.map(|list| Revocations::read(list, root, now)).transpose()?;
    verify(document, root, list.as_ref(), now)
}

fn as_text(verified: &Verified) -> String {
    let mut lines = vec![
        "This binding is valid.".to_owned(),
        format!("  binding      {}", verified.id),
        format!("  issued by    {:?}", verified.issuer),
        format!("  issued       {}", utc(verified.issued)),
        format!("  identity     checked by {} at {}", verified.method.name(), utc(verified.checked)),
        format!("  provider     {:?}", verified.provider),
        format!("  level        {}", verified.level.name()),
        format!("  key          {} (RFC 7638)", verified.key.thumbprint()),
        format!("  credential   {:?} (SHA-256)", verified.credential_id_sha256),
    ];
    if let Some(end) = verified.document_expires {
        lines.push(format!("  document     valid until {}", utc(end)));
    }
    if verified.demo {
        lines.push("It is from a demo: the person is made up.".to_owned());
    }
    lines.push(
        match verified.revocation_checked {
            true => "It is not on the list of revoked bindings.",
            false => "Whether it was revoked was not checked; give the town's list with --revocations FILE.",
        }
        .to_owned(),
    );
    lines.push("It proves something only together with a proof that its bearer holds the key.".to_owned());
    lines.join("\n") + "\n"
}

fn as_json(verified: &Verified) -> String {
    let json = serde_json::json!({
        "valid": true,
        "id": verified.id,
        "issuer": verified.issuer,
        "issued": utc(verified.issued),
        "method": verified.method,
        "level": verified.level,
        "checked": utc(verified.checked),
        "document_expires": verified.document_expires.map(utc),
        "provider": verified.provider,
        "jwk": verified.key,
        "credential_id_sha256": verified.credential_id_sha256,
        "demo": verified.demo,
        "revocation_checked": verified.revocation_checked,
    });
    format!("{json:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::revocations;
    use crate::ca::tests::{House, NOW, ORIGIN, a_binding};
    use serde_json::{Value, json};

    #[test]
    fn the_command_tells_people_and_programs() {
        let house = House::new();
        let signer = house.signer(NOW);
        let (id, document) = a_binding(&signer);
        let file = |name: &str, text: &str| {
            let path = house.folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let mut options = Verify {
            file: file("binding.json", &document),
            root: file("root.pem", &house.root_pem()),
            revocations: None,
            json: false,
        };
        let outcome = verify_file(&options, NOW).unwrap();
        assert!(outcome.ok && outcome.text.contains("german-eid") && outcome.text.contains("--revocations"));
        assert!(outcome.text.contains("2026-11-22T00:00:00Z") && outcome.text.contains("made up"));
        options.revocations =
            Some(file("revoked.json", &revocations(ORIGIN, &[(id, NOW)], &signer, NOW).unwrap()));
        let outcome = verify_file(&options, NOW).unwrap();
        assert!(!outcome.ok && outcome.text.contains("revoked"));
        options.json = true;
        let json: Value = serde_json::from_str(&verify_file(&options, NOW).unwrap().text).unwrap();
        assert_eq!(json["valid"], json!(false));
        options.revocations = None;
        let json: Value = serde_json::from_str(&verify_file(&options, NOW).unwrap().text).unwrap();
        assert_eq!((&json["valid"], &json["level"]), (&json!(true), &json!("high")));
        options.file = house.folder.join("missing.json");
        assert!(verify_file(&options, NOW).unwrap_err().to_string().contains("missing.json"));
    }
}
