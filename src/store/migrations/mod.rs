//! The migrations: numbered SQL texts, compiled in, applied by `Store::open`.
//!
//! An applied text never changes again: its SHA-256 lies in the table `schema_migration` and is compared at
//! every start. What must change is a new number at the end. All pending ones are applied in one transaction,
//! so a failed upgrade leaves the file as the older program knows it.
//!
//! Absent on purpose: steps back (the way back is the backup), deferred foreign keys (they would break at
//! COMMIT, where a whole group of writes would pay for one), `PRAGMA` and transaction words in the texts.

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3 … without a gap, in the order of `MIGRATIONS`.
    pub number: u32,
    /// What it brings, in snake case; the file is `{number:04}_{name}.sql`.
    pub name: &'static str,
    /// The text for SQLite. A second engine adds a second field, so a step cannot exist for one alone.
    pub sqlite: &'static str,
}

/// All steps, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "start", sqlite: include_str!("0001_start.sql") },
    Migration { number: 2, name: "eid", sqlite: include_str!("0002_eid.sql") },
    Migration { number: 3, name: "person_over_card", sqlite: include_str!("0003_person_over_card.sql") },
    Migration { number: 4, name: "eid_customer", sqlite: include_str!("0004_eid_customer.sql") },
    Migration { number: 5, name: "organisation", sqlite: include_str!("0005_organisation.sql") },
    Migration { number: 6, name: "trial", sqlite: include_str!("0006_trial.sql") },
    Migration { number: 7, name: "service_version", sqlite: include_str!("0007_service_version.sql") },
    Migration { number: 8, name: "service_use", sqlite: include_str!("0008_service_use.sql") },
    Migration { number: 9, name: "counter", sqlite: include_str!("0009_counter.sql") },
    Migration { number: 10, name: "desk", sqlite: include_str!("0010_desk.sql") },
    Migration { number: 11, name: "api_token", sqlite: include_str!("0011_api_token.sql") },
    Migration { number: 12, name: "webhook", sqlite: include_str!("0012_webhook.sql") },
    Migration { number: 13, name: "foreign_keys", sqlite: include_str!("0013_foreign_keys.sql") },
    Migration { number: 14, name: "card_link", sqlite: include_str!("0014_card_link.sql") },
];

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;
    use crate::store::Store;

    #[test]
    fn what_a_row_points_at_finds_the_row() {
        // Otherwise removing one person reads all rows of a million others.
        let sql = "SELECT m.name || '.' || f.\"from\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
                   WHERE m.type = 'table'
                     AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
                                     WHERE c.seqno = 0 AND c.name = f.\"from\")
                     AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) t WHERE t.pk = 1 AND t.name = f.\"from\")";
        let store = Store::temporary().unwrap();
        let missing = store.read(|db| db.all(sql, &[], |row| row.get_text(0))).unwrap();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn numbers_have_no_gap_and_texts_keep_the_rules() {
        for (migration, number) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(migration.number, number, "{}", migration.name);
            let code: String =
                migration.sqlite.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
            let code = code.to_ascii_uppercase();
            for word in ["DEFERRABLE", "PRAGMA", "COMMIT", "ROLLBACK", "ATTACH"] {
                assert!(!code.contains(word), "migration {number} contains {word}");
            }
            assert_eq!(
                code.matches("CREATE TABLE").count(),
                code.matches("STRICT").count(),
                "migration {number}: every table is STRICT"
            );
        }
    }
}
