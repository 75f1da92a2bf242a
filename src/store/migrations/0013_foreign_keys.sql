-- What a row points at finds the row: a person's bindings are read on every page of their account, and whatever is removed
-- looks for all that goes with it.
CREATE INDEX binding_by_person ON binding (person, issued_at);
CREATE INDEX consent_by_service ON consent (service, told_at);
CREATE INDEX sign_in_by_service ON sign_in (service);
CREATE INDEX invite_by_organisation ON invite (organisation);
