-- The counter: a clerk finds a person by full name and birth date, as keyed hash; the row shows neither.
CREATE TABLE person_name (
  person BLOB PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  hash BLOB NOT NULL -- empty: not to be found
) STRICT;
CREATE INDEX person_name_by_hash ON person_name (hash);

-- Whom a clerk has found in this session, and when: nobody is opened by an address alone.
CREATE TABLE counter_visit (
  session BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  opened_at INTEGER NOT NULL,
  PRIMARY KEY (session, person)
) STRICT;
CREATE INDEX counter_visit_by_person ON counter_visit (person);
