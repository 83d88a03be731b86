-- From here on a decision record leaves out what its audit record repeats of it. Nothing is rewritten: both forms are
-- read. An older program could not read the shorter one, and must not open the store.
SELECT 1;
