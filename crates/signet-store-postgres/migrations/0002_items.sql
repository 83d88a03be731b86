-- Drive items: the ids given to them, and what extraction found in them.

CREATE TABLE item_ids (
    tenant_id  uuid NOT NULL,
    drive_id   text NOT NULL COLLATE "C",
    item_id    text NOT NULL COLLATE "C",
    source_key text NOT NULL COLLATE "C",
    path       text NOT NULL,
    PRIMARY KEY (tenant_id, drive_id, item_id),
    CONSTRAINT item_ids_one_per_source_key UNIQUE (tenant_id, drive_id, source_key)
);

-- Either labels, or the reason of a refusal with its message.
-- `observed_ns`: nanoseconds since 1970.
CREATE TABLE item_labels (
    tenant_id         uuid   NOT NULL,
    drive_id          text   NOT NULL COLLATE "C",
    item_id           text   NOT NULL COLLATE "C",
    content_tag       text   NOT NULL COLLATE "C",
    extension         text   NOT NULL COLLATE "C",
    extractor_version bigint NOT NULL,
    observed_ns       bigint NOT NULL,
    kind              text   NOT NULL,
    protection        text   NOT NULL,
    labels            text,
    refusal_reason    text,
    refusal_message   text,
    PRIMARY KEY (tenant_id, drive_id, item_id, content_tag, extension, extractor_version),
    CHECK ((labels IS NULL) <> (refusal_reason IS NULL)),
    CHECK ((refusal_reason IS NULL) = (refusal_message IS NULL))
);
