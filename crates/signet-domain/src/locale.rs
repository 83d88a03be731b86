//! Which language a caller wants.

/// Wanted BCP 47 tags, most wanted first; empty: the tenant's default. Source: labelling semantics H.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalePreference(pub Vec<String>);
