-- The account belongs to the person, a card only leads to it: cards get an id of their own and a life, checks say
-- with which card they were made and what they changed, and there are three ways from a new card to its person.

-- Until now a person had the one card of their account, so that its checks tell when it was read last.
CREATE TABLE card_with_life (
  id BLOB PRIMARY KEY, pseudonym_hash BLOB NOT NULL UNIQUE,
  person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  state TEXT NOT NULL, added_at INTEGER NOT NULL, last_read_at INTEGER NOT NULL, document_expires_at INTEGER
) STRICT;
INSERT INTO card_with_life (id, pseudonym_hash, person, state, added_at, last_read_at, document_expires_at)
  SELECT randomblob(16), pseudonym_hash, person, 'current', added_at,
    coalesce((SELECT max(r.at) FROM identity_record r WHERE r.person = card.person), added_at),
    (SELECT r.document_expires_at FROM identity_record r WHERE r.person = card.person ORDER BY r.at DESC LIMIT 1)
  FROM card;
DROP TABLE card;
ALTER TABLE card_with_life RENAME TO card;
CREATE INDEX card_by_person ON card (person);

-- A bare id: the check stays when the card is removed.
ALTER TABLE identity_record ADD COLUMN card BLOB;
-- Names of attributes with blanks between them.
ALTER TABLE identity_record ADD COLUMN changed TEXT NOT NULL DEFAULT '';
UPDATE identity_record SET card = (SELECT c.id FROM card c WHERE c.person = identity_record.person);

-- Name, birth date and birth place as keyed hash. Accounts of before get theirs at their next check.
CREATE TABLE person_match (
  person BLOB PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE, hash BLOB NOT NULL
) STRICT;
CREATE INDEX person_match_by_hash ON person_match (hash);

CREATE TABLE transfer_code (
  person BLOB PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  hash BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX transfer_code_by_end ON transfer_code (expires_at);

-- Whose is this new card? What it said is sealed by the key of the person whose account is asked about, and goes
-- with the decision.
CREATE TABLE card_review (
  id BLOB PRIMARY KEY, person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  pseudonym_hash BLOB NOT NULL, path TEXT NOT NULL, stage TEXT NOT NULL, sealed_identity BLOB,
  document_expires_at INTEGER, asked_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  decided_by BLOB, decided_at INTEGER, refused TEXT
) STRICT;
CREATE INDEX card_review_by_person ON card_review (person);
CREATE INDEX card_review_by_card ON card_review (pseudonym_hash, stage);
CREATE INDEX card_review_by_stage ON card_review (stage, asked_at);
CREATE INDEX card_review_by_end ON card_review (expires_at);
