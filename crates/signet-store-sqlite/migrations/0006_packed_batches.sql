-- Batches of some size are kept compressed: most of what writing a record cost was its bytes, which a batch repeats.
-- `packed`: the same text as one LZ4 block behind its length (four bytes, little endian). NULL: the text is in
-- `records`; otherwise `records` is empty.

ALTER TABLE decision_batches ADD COLUMN packed BLOB;
