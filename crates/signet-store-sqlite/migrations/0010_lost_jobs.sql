-- `lost`: how often a lease ended without the job being given back: its worker died or hung. Being tried again, which
-- `attempts` counts as well, is no fault of the job.

ALTER TABLE jobs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
