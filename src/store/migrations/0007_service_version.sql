-- Each state of a service, so that anybody who answers for it can read what was changed, when and by whom. Without the
-- hashes of secrets.
CREATE TABLE service_version (
  service BLOB NOT NULL REFERENCES service (id) ON DELETE CASCADE,
  version INTEGER NOT NULL, at INTEGER NOT NULL,
  actor TEXT NOT NULL, -- as in the audit
  state TEXT NOT NULL, -- JSON
  PRIMARY KEY (service, version)
) STRICT;

-- Its owner wants to hand it over to this organisation, which has not answered yet.
ALTER TABLE service ADD COLUMN offered_to BLOB REFERENCES organisation (id) ON DELETE SET NULL;
CREATE INDEX service_by_offer ON service (offered_to) WHERE offered_to IS NOT NULL;
