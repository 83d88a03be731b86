//! The label catalogue service: tenants, revisions, views and the change stream.
