-- +goose Up

-- Times are integer milliseconds since 1970, UTC. JSON carries NaN and the
-- infinities as the strings "NaN", "Infinity" and "-Infinity"; in a REAL column
-- NULL stands for NaN and for "not known".

-- Ids are never used twice: what was kept in memory of a deleted study must not
-- meet another one.
CREATE TABLE studies (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  name           TEXT NOT NULL UNIQUE, -- '~import/ID' and '~deleted/ID' while hidden
  hidden         INTEGER NOT NULL CHECK (hidden IN (0, 1, 2)), -- 1 under import, 2 being deleted
  state          TEXT NOT NULL CHECK (state IN ('ACTIVE', 'STOPPED')),
  spec           TEXT NOT NULL CHECK (json_valid(spec)),
  version        INTEGER NOT NULL,
  pruner_version INTEGER NOT NULL,
  next_number    INTEGER NOT NULL,
  handed         INTEGER NOT NULL,
  created_ms     INTEGER NOT NULL,
  first_ask_ms   INTEGER,
  counts         TEXT NOT NULL CHECK (json_valid(counts)),
  spent          TEXT NOT NULL CHECK (json_valid(spent))
) STRICT;

-- id is study_id * 2^32 + number: the trials of a study lie together, by
-- number, and no id is ever looked up.
CREATE TABLE trials (
  id            INTEGER PRIMARY KEY,
  study_id      INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  number        INTEGER NOT NULL CHECK (number >= 0 AND id = study_id * 4294967296 + number),
  state         TEXT NOT NULL CHECK (state IN ('WAITING', 'RUNNING', 'COMPLETE', 'PRUNED', 'FAIL')),
  params        TEXT CHECK (json_valid(params)),
  distributions TEXT CHECK (json_valid(distributions)),
  fixed         TEXT CHECK (json_valid(fixed)),
  objectives    TEXT CHECK (json_valid(objectives)), -- the values, in the order of the objectives
  value         REAL,                                -- the first of them
  last_values   TEXT CHECK (json_valid(last_values)),
  metrics       TEXT CHECK (json_valid(metrics)),
  constraints   TEXT CHECK (json_valid(constraints)),
  feasible      INTEGER,
  violation     REAL,
  attempt       INTEGER NOT NULL,
  retry_of      INTEGER,
  decision      TEXT CHECK (json_valid(decision)),
  sampled_by    TEXT NOT NULL,
  user_attrs    TEXT CHECK (json_valid(user_attrs)),
  worker        TEXT NOT NULL,
  reason        TEXT NOT NULL,
  error         TEXT NOT NULL,
  created_ms    INTEGER NOT NULL,
  start_ms      INTEGER,
  complete_ms   INTEGER,
  lease_ms      INTEGER,
  lease_seconds INTEGER NOT NULL,
  handed        INTEGER NOT NULL,
  ended_seq     INTEGER NOT NULL,
  reports       INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  cpu_seconds   REAL,
  gpu_seconds   REAL,
  energy_joules REAL,
  cost          REAL
) STRICT;

-- SQLite ends each of these with the id, which is the order by number.
CREATE INDEX trials_by_state ON trials (study_id, state);
CREATE INDEX trials_by_value ON trials (study_id, value);
CREATE INDEX trials_by_completion ON trials (study_id, complete_ms);

CREATE TABLE names (
  study_id INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  id       INTEGER NOT NULL,
  name     TEXT NOT NULL,
  PRIMARY KEY (study_id, id),
  UNIQUE (study_id, name)
) STRICT, WITHOUT ROWID;

-- Hot: a row a report, of trials that have not ended. For the body see body.go.
CREATE TABLE reports (
  trial_id INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,
  seq      INTEGER NOT NULL,
  step     INTEGER, -- NULL: a sample in time, not a point of a curve
  at_ms    INTEGER NOT NULL,
  decision INTEGER NOT NULL, -- 0, or 1 + decisions.idx
  body     BLOB NOT NULL,
  PRIMARY KEY (trial_id, seq)
) STRICT, WITHOUT ROWID;

-- Cold: all reports of a trial that ended, up to last_seq. For the body see
-- curve.go. It has a rowid since the blobs are large.
CREATE TABLE curves (
  trial_id INTEGER PRIMARY KEY REFERENCES trials (id) ON DELETE CASCADE,
  n        INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;

CREATE TABLE decisions (
  trial_id INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,
  idx      INTEGER NOT NULL,
  at_ms    INTEGER NOT NULL,
  decision TEXT NOT NULL CHECK (json_valid(decision)),
  PRIMARY KEY (trial_id, idx)
) STRICT, WITHOUT ROWID;

-- Answers to requests with an Idempotency-Key.
CREATE TABLE answers (
  scope      TEXT NOT NULL,
  key        TEXT NOT NULL,
  hash       TEXT NOT NULL,
  status     INTEGER NOT NULL,
  body       TEXT CHECK (json_valid(body)),
  header     TEXT CHECK (json_valid(header)),
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT;

CREATE INDEX answers_by_age ON answers (created_ms);

-- Written to after a failure, to see whether writes succeed again.
CREATE TABLE probe (
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
