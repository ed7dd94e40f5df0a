-- +goose Up

-- Times are integer microseconds since 1970, UTC, from here on; sealed curves
-- of the version before keep theirs (see curve.go).
ALTER TABLE studies RENAME COLUMN created_ms TO created_us;
ALTER TABLE studies RENAME COLUMN first_ask_ms TO first_ask_us;
ALTER TABLE trials RENAME COLUMN created_ms TO created_us;
ALTER TABLE trials RENAME COLUMN start_ms TO start_us;
ALTER TABLE trials RENAME COLUMN complete_ms TO complete_us;
ALTER TABLE trials RENAME COLUMN lease_ms TO lease_us;
ALTER TABLE reports RENAME COLUMN at_ms TO at_us;
ALTER TABLE decisions RENAME COLUMN at_ms TO at_us;
ALTER TABLE answers RENAME COLUMN created_ms TO created_us;

UPDATE studies SET created_us = created_us * 1000, first_ask_us = first_ask_us * 1000;
UPDATE trials SET created_us = created_us * 1000, start_us = start_us * 1000,
  complete_us = complete_us * 1000, lease_us = lease_us * 1000;
UPDATE reports SET at_us = at_us * 1000;
UPDATE decisions SET at_us = at_us * 1000;
UPDATE answers SET created_us = created_us * 1000;

-- Points that a rule refused before they were tried, and why asks stopped.
ALTER TABLE studies ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE studies ADD COLUMN stop_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE trials ADD COLUMN max_steps INTEGER NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE trials ADD COLUMN holdout INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trials ADD COLUMN last_step INTEGER NOT NULL DEFAULT -1; -- the highest reported, -1: none, or not known

-- The versions of a study's pruner. In era, version and since are for the eye.
CREATE TABLE eras (
  study_id INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  version  INTEGER NOT NULL,
  since_us INTEGER NOT NULL,
  era      TEXT NOT NULL CHECK (json_valid(era)),
  PRIMARY KEY (study_id, version)
) STRICT, WITHOUT ROWID;

INSERT INTO eras (study_id, version, since_us, era)
SELECT id, pruner_version, created_us, json_object(
  'version', pruner_version,
  'since', strftime('%Y-%m-%dT%H:%M:%fZ', created_us / 1000000.0, 'unixepoch'),
  'pruner', spec -> '$.pruner')
FROM studies;
