-- +goose Up
-- Why the sampler that suggested a trial did, in a sentence.
ALTER TABLE trials ADD COLUMN sampling_reason TEXT NOT NULL DEFAULT '';
