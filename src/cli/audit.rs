//! `torhaus audit verify`: checks chain and checkpoints, also while a server runs.

use super::ca::{Failure, Outcome, read_pem, utc};
use crate::ca::{Report, Trust, verify_audit};
use crate::domain::time::Timestamp;
use crate::seal::SharedKeys;
use crate::store::Store;
use std::path::PathBuf;

/// Options of `torhaus audit verify`.
#[derive(Clone, Debug, Default)]
pub struct Verify {
    /// A root certificate kept elsewhere; without it the appliance key vouches for the one in the store.
    pub root: Option<PathBuf>,
    /// Write JSON.
    pub json: bool,
}

/// Checks the audit; a break is an [`Outcome`] that is not ok.
///
/// # Errors
/// The store, the authority, a file.
pub fn verify(
    options: &Verify,
    store: &Store,
    keys: &SharedKeys,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let root = options.root.as_deref().map(read_pem).transpose()?;
    let trust = root.as_deref().map_or(Trust::Appliance(keys), Trust::Root);
    let report = verify_audit(store, &trust, now)?;
    let text = if options.json { as_json(&report) } else { as_text(&report) };
    let trouble = report
        .broken
        .as_ref()
        .map(|broken| format!("the audit is broken at row {}: {broken}. {}", broken.row(), broken.remedy()));
    Ok(Outcome { text, ok: report.broken.is_none(), trouble: trouble.unwrap_or_default() })
}

fn as_text(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(broken) = &report.broken {
        lines.push(format!("The audit is broken at row {}: {broken}.", broken.row()));
        lines.push(broken.remedy().to_owned());
        lines.push(format!("Before that, {} rows and {} checkpoints hold.", report.rows, report.checkpoints));
    } else {
        lines.push(format!("The audit holds: {} rows, {} checkpoints.", report.rows, report.checkpoints));
        match report.oldest_uncovered {
            Some(since) => lines.push(format!(
                "Rows after {} are not covered by a checkpoint yet; the oldest is of {}.",
                report.covered,
                utc(since)
            )),
            None if report.rows == 0 => {
                lines.push("It is empty, which no house that was set up is.".to_owned());
            }
            None => {}
        }
    }
    if let Some((row, hash)) = &report.last {
        lines.push(format!("Last row that holds: {row}, hash {}", hex(hash)));
    }
    lines.join("\n") + "\n"
}

fn as_json(report: &Report) -> String {
    let broken = report.broken.as_ref().map(|broken| {
        serde_json::json!({
            "row": broken.row(),
            "kind": broken.name(),
            "message": broken.to_string(),
            "remedy": broken.remedy(),
        })
    });
    let json = serde_json::json!({
        "ok": report.broken.is_none(),
        "rows": report.rows,
        "last_row": report.last.map(|(row, _)| row),
        "last_hash": report.last.map(|(_, hash)| hex(&hash)),
        "checkpoints": report.checkpoints,
        "covered": report.covered,
        "oldest_uncovered": report.oldest_uncovered.map(utc),
        "broken": broken,
    });
    format!("{json:#}\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::tests::{House, NOW};

    #[test]
    fn the_command_names_row_and_remedy() {
        let house = House::with_rows(5);
        house.checkpoint(NOW);
        let run = |json| verify(&Verify { root: None, json }, &house.store, &house.keys, NOW).unwrap();
        let fine = run(false);
        assert!(fine.ok && fine.text.contains("5 rows, 1 checkpoints"), "{}", fine.text);
        house.tamper(&["DELETE FROM audit WHERE number = 3"]);
        let broken = run(false);
        assert!(!broken.ok && broken.text.contains("row 3 was removed") && broken.text.contains("backup"));
        let json: serde_json::Value = serde_json::from_str(&run(true).text).unwrap();
        assert_eq!(json["ok"], false);
        assert_eq!((&json["broken"]["row"], &json["broken"]["kind"]), (&3.into(), &"removed".into()));
        assert_eq!(json["rows"], 2);
    }
}
