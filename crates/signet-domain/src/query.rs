//! Which labels a caller wants to see, in which order, and the page of them.

mod filter;
mod list;
#[cfg(test)]
pub(crate) mod work;

use crate::content::ContentFormat;
use crate::ids::{LabelId, UserId};
use crate::locale::LocalePreference;
use crate::view::LabelView;

pub(crate) use self::list::not_found;
pub use self::list::{get_label, list_labels};

/// On whose behalf something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A user of the tenant.
    User(UserId),
    /// No user: an application for the whole organisation. All labels; settings of enabled policies with
    /// `includeAll`. Source: labelling semantics A8.
    Organisation,
}

/// The labels a caller may see at all. Source: rest-api 4.1, 4.2 and table I.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibility {
    /// Whose default label counts, and whose policies publish.
    pub actor: Actor,
    /// Only labels published to the actor, with the parents of published sublabels. False: every label of the tenant.
    pub published_only: bool,
    /// Only enabled (true) or only disabled (false) labels; absent: both.
    pub enabled: Option<bool>,
}

/// A property of a label a condition or an order can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelField {
    /// `id`
    Id,
    /// `name`
    Name,
    /// `displayName`, localised
    DisplayName,
    /// `description`
    Description,
    /// `tooltip` / `toolTip`, localised
    Tooltip,
    /// `autoTooltip`, localised
    AutoTooltip,
    /// `color`; null when none
    Color,
    /// `sensitivity`
    Sensitivity,
    /// `priority`
    Priority,
    /// `isEnabled` / `isActive`
    IsEnabled,
    /// `isAppliable`
    IsAppliable,
    /// `hasProtection`
    HasProtection,
    /// `isDefault`
    IsDefault,
    /// `isScopedToUser` as a property of the label
    IsScopedToUser,
    /// `isEndpointProtectionEnabled`
    IsEndpointProtectionEnabled,
    /// `isSmimeSignEnabled`
    IsSmimeSignEnabled,
    /// `isSmimeEncryptEnabled`
    IsSmimeEncryptEnabled,
    /// `locale` of the localisation used
    Locale,
    /// `actionSource`: `none` for a parent, else as applicationMode
    ActionSource,
    /// `applicationMode`: `manual`, `automatic` or `recommended`
    ApplicationMode,
}

/// A literal a property is compared with. Ids, locale tags and the words of enumerations compare without case;
/// other texts compare with case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// Nothing.
    Null,
}

/// How a property is compared. A comparison of different types, or with null by order, is false; null equals null
/// and differs from everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// The text begins with the literal, without case.
    StartsWith,
    /// The text contains the literal, without case.
    Contains,
}

/// A condition on labels, already checked against the rules of the surface it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelFilter {
    /// All hold; an empty list holds.
    And(Vec<LabelFilter>),
    /// One holds; an empty list does not.
    Or(Vec<LabelFilter>),
    /// Does not hold.
    Not(Box<LabelFilter>),
    /// A property compares with a literal.
    Compare {
        /// Property.
        field: LabelField,
        /// How.
        comparison: Comparison,
        /// With what.
        literal: Literal,
    },
    /// A property is one of some literals.
    In {
        /// Property.
        field: LabelField,
        /// Accepted values.
        literals: Vec<Literal>,
    },
    /// The label applies to one of some formats.
    AppliesToAny(Vec<ContentFormat>),
    /// The label is one of these. Resolved by index, never by walking the tenant.
    IdIn(Vec<LabelId>),
}

/// A term of `$search`: a case-insensitive substring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerm {
    /// Only in this property; absent: name, display name and description.
    pub field: Option<LabelField>,
    /// What to look for.
    pub text: String,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderKey {
    /// Property.
    pub field: LabelField,
    /// Greatest first.
    pub descending: bool,
}

/// Which labels, in which order, how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelQuery {
    /// What may be seen at all.
    pub visibility: Visibility,
    /// Only sublabels of this label, as the collection itself. Unknown or invisible parent: `LabelNotFound`.
    pub parent: Option<LabelId>,
    /// Sublabels are nested under their parent and are not entries of their own unless an id condition of the filter
    /// names them or their parent is not visible. False: a flat list, in which each label carries its parent only.
    pub nested: bool,
    /// Conditions.
    pub filter: Option<LabelFilter>,
    /// Full-text terms; all must be found.
    pub search: Vec<SearchTerm>,
    /// Order; empty: sensitivity ascending (least sensitive first). Ties by id.
    pub order: Vec<OrderKey>,
    /// Entries to leave out at the start.
    pub skip: u32,
    /// Entries to return at most, 0..=999.
    pub top: u32,
    /// Continue after this label, which was the last of the page before. It stays good when the tenant changes:
    /// the page starts at the first label that sorts after the key, whether the label still exists or not.
    pub after: Option<PageKey>,
    /// Count all entries before paging.
    pub count: bool,
    /// Language.
    pub locale: LocalePreference,
}

/// The order values and id of the last label of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageKey {
    /// Values of the order keys (of sensitivity when there are none), in order.
    pub values: Vec<Literal>,
    /// Id.
    pub id: LabelId,
}

/// A page of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPage {
    /// The labels.
    pub labels: Vec<LabelView>,
    /// Entries in all, when asked for.
    pub total: Option<u64>,
    /// Where the next page starts; absent on the last one.
    pub next: Option<PageKey>,
}
