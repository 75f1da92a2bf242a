-- How much services are used, by the hour: never a person.
CREATE TABLE service_use (
  service BLOB NOT NULL REFERENCES service (id) ON DELETE CASCADE,
  hour INTEGER NOT NULL, -- since 1970
  outcome TEXT NOT NULL, level TEXT NOT NULL, kind TEXT NOT NULL, lifted INTEGER NOT NULL,
  took INTEGER NOT NULL, -- class of durations; -1: none
  uses INTEGER NOT NULL, last_at INTEGER NOT NULL,
  UNIQUE (service, hour, outcome, level, kind, lifted, took)
) STRICT;
CREATE INDEX service_use_by_hour ON service_use (hour);

-- When it was opened: how long people need is counted.
ALTER TABLE sign_in ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;
