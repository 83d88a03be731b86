-- Drive items: the ids given to them, and what extraction found in them.

CREATE TABLE item_ids (
    tenant_id  TEXT NOT NULL,
    drive_id   TEXT NOT NULL,
    item_id    TEXT NOT NULL,
    source_key TEXT NOT NULL,
    path       TEXT NOT NULL,
    PRIMARY KEY (tenant_id, drive_id, item_id),
    UNIQUE (tenant_id, drive_id, source_key)
) STRICT, WITHOUT ROWID;

-- Either labels, or the reason of a refusal with its message.
-- `observed_ns`: nanoseconds since 1970.
CREATE TABLE item_labels (
    tenant_id         TEXT    NOT NULL,
    drive_id          TEXT    NOT NULL,
    item_id           TEXT    NOT NULL,
    content_tag       TEXT    NOT NULL,
    extension         TEXT    NOT NULL,
    extractor_version INTEGER NOT NULL,
    observed_ns       INTEGER NOT NULL,
    kind              TEXT    NOT NULL,
    protection        TEXT    NOT NULL,
    labels            TEXT,
    refusal_reason    TEXT,
    refusal_message   TEXT,
    PRIMARY KEY (tenant_id, drive_id, item_id, content_tag, extension, extractor_version),
    CHECK ((labels IS NULL) <> (refusal_reason IS NULL)),
    CHECK ((refusal_reason IS NULL) = (refusal_message IS NULL))
) STRICT;
