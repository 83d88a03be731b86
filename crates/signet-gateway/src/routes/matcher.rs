//! A tree of segments made from the table, and the walk through it.

use std::borrow::Cow;

use signet_contract::Subject;
use signet_contract::extraction::{DriveAddress, ItemReference};
use signet_domain::ids::parse_guid;

use super::item::{self, ItemPath, split_key};
use super::path::{self, Segment, UnreadablePath};
use super::table::{Api, GROUPS, Leaf, Prefix, Verb, Whose};

/// A placeholder SDKs put for the signed-in person. Source: rest-api 1.6.
const ME_PLACEHOLDER: &str = "me-token-to-replace";

/// Values of the keys of a path, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keys<'p> {
    /// A user's id or address.
    pub(crate) user: Option<Cow<'p, str>>,
    /// A label's id.
    pub(crate) label: Option<Cow<'p, str>>,
    /// A sublabel's id.
    pub(crate) sublabel: Option<Cow<'p, str>>,
    /// A drive's id.
    pub(crate) drive: Option<Cow<'p, str>>,
    /// A group's id.
    pub(crate) group: Option<Cow<'p, str>>,
    /// A site's name.
    pub(crate) site: Option<Cow<'p, str>>,
    /// A ticket.
    pub(crate) ticket: Option<Cow<'p, str>>,
    /// The address of an item.
    pub(crate) item: Option<ItemPath>,
    /// A function with its arguments, as sent.
    pub(crate) function: Option<&'p str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    User,
    /// A user's id or address without a literal in front: matches nothing else.
    Principal,
    Label,
    Sublabel,
    Drive,
    Group,
    Site,
    Ticket,
}

impl Key {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "user" => Self::User,
            "principal" => Self::Principal,
            "label" => Self::Label,
            "sublabel" => Self::Sublabel,
            "drive" => Self::Drive,
            "group" => Self::Group,
            "site" => Self::Site,
            "ticket" => Self::Ticket,
            _ => return None,
        })
    }

    /// `security` after `users` is never a user. Source: rest-api 1.2, routing note.
    fn accepts(self, text: &str) -> bool {
        match self {
            Self::User => !text.eq_ignore_ascii_case("security"),
            Self::Principal => text.contains('@') || parse_guid(text).is_ok(),
            _ => true,
        }
    }

    fn slot<'k, 'p>(self, keys: &'k mut Keys<'p>) -> &'k mut Option<Cow<'p, str>> {
        match self {
            Self::User | Self::Principal => &mut keys.user,
            Self::Label => &mut keys.label,
            Self::Sublabel => &mut keys.sublabel,
            Self::Drive => &mut keys.drive,
            Self::Group => &mut keys.group,
            Self::Site => &mut keys.site,
            Self::Ticket => &mut keys.ticket,
        }
    }
}

/// A route found.
#[derive(Debug, Clone)]
pub(crate) struct Matched<'p> {
    /// Version asked for.
    pub(crate) api: Api,
    /// Where the route hangs.
    pub(crate) prefix: &'static Prefix,
    /// The route.
    pub(crate) leaf: &'static Leaf,
    /// Values of its keys.
    pub(crate) keys: Keys<'p>,
}

impl Matched<'_> {
    /// Whom the route is about.
    pub(crate) fn subject(&self) -> Subject {
        match (self.prefix.whose, &self.keys.user) {
            (Whose::Me, _) => Subject::Me,
            (Whose::User, Some(user)) if is_me(user) => Subject::Me,
            (Whose::User, Some(user)) => Subject::User(user.as_ref().to_owned()),
            (Whose::User | Whose::Organisation, _) => Subject::Organisation,
        }
    }

    /// The drive the route is about.
    pub(crate) fn drive(&self) -> DriveAddress {
        let owner = match (self.prefix.whose, &self.keys.group, &self.keys.site) {
            (Whose::Me, ..) => Some(DriveAddress::Me),
            (Whose::User, ..) => self.keys.user.as_deref().map(user_drive),
            (_, Some(group), _) => Some(DriveAddress::Group(group.as_ref().to_owned())),
            (_, _, Some(site)) => Some(DriveAddress::Site(site.as_ref().to_owned())),
            _ => None,
        };
        match (owner, &self.keys.drive) {
            (Some(owner), Some(drive)) => DriveAddress::Owned {
                owner: Box::new(owner),
                drive: drive.as_ref().to_owned(),
            },
            (Some(owner), None) => owner,
            (None, Some(drive)) => DriveAddress::Id(drive.as_ref().to_owned()),
            (None, None) => DriveAddress::Default,
        }
    }

    /// The item the route is about.
    ///
    /// # Errors
    /// What is wrong with its path.
    pub(crate) fn item(&self) -> Result<ItemReference, String> {
        let item = self
            .keys
            .item
            .clone()
            .unwrap_or(Ok(signet_contract::extraction::ItemAddress::Root))?;
        Ok(ItemReference {
            drive: self.drive(),
            item,
        })
    }
}

fn is_me(user: &str) -> bool {
    user.eq_ignore_ascii_case("me") || user.eq_ignore_ascii_case(ME_PLACEHOLDER)
}

fn user_drive(user: &str) -> DriveAddress {
    if is_me(user) {
        return DriveAddress::Me;
    }
    DriveAddress::User(user.to_owned())
}

/// Why no route was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// Nothing goes on with this segment.
    UnknownSegment(String),
    /// The path is known, but not with this method.
    MethodNotAllowed {
        /// The methods it has.
        allowed: Vec<Verb>,
        /// None of them needs a token.
        anonymous: bool,
    },
    /// The path cannot be read.
    Unreadable(&'static str),
}

impl From<UnreadablePath> for Mismatch {
    fn from(UnreadablePath(why): UnreadablePath) -> Self {
        Self::Unreadable(why)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Literal {
    Plain,
    Function,
}

#[derive(Debug, Clone)]
struct Route {
    verb: Verb,
    api: Api,
    prefix: &'static Prefix,
    leaf: &'static Leaf,
}

#[derive(Debug, Default)]
struct Node {
    literals: Vec<(String, Literal, usize)>,
    key: Option<(Key, usize)>,
    item: Option<usize>,
    routes: Vec<Route>,
}

impl Node {
    fn literal(&self, text: &str) -> Option<(Literal, usize)> {
        self.literals
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(text))
            .map(|(_, kind, node)| (*kind, *node))
    }
}

/// The matcher.
#[derive(Debug)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
}

impl Routes {
    /// Makes the matcher from the table, with or without the old spellings.
    pub(crate) fn new(with_legacy: bool) -> Self {
        let mut routes = Self {
            nodes: vec![Node::default()],
        };
        for group in GROUPS {
            for prefix in group.prefixes.iter().filter(|prefix| with_legacy || !prefix.legacy) {
                for api in prefix.apis {
                    for leaf in group.leaves {
                        routes.insert(*api, prefix, leaf);
                    }
                }
            }
        }
        routes
    }

    fn insert(&mut self, api: Api, prefix: &'static Prefix, leaf: &'static Leaf) {
        let pattern = [api.root(), prefix.path, leaf.path].join("/");
        let mut ends = vec![0];
        for token in pattern.split('/').filter(|token| !token.is_empty()) {
            ends = ends.into_iter().flat_map(|node| self.extend(node, token)).collect();
        }
        for end in ends {
            if let Some(node) = self.nodes.get_mut(end) {
                node.routes.push(Route {
                    verb: leaf.verb,
                    api,
                    prefix,
                    leaf,
                });
            }
        }
    }

    /// The nodes one token of a pattern leads to.
    fn extend(&mut self, node: usize, token: &str) -> Vec<usize> {
        if token == "{item}" {
            return vec![self.child(node, |node| node.item, |node, new| node.item = Some(new))];
        }
        if let Some(key) = token
            .strip_prefix('{')
            .and_then(|token| token.strip_suffix('}'))
            .and_then(Key::named)
        {
            return vec![self.child(
                node,
                |node| node.key.map(|(_, next)| next),
                |node, new| node.key = Some((key, new)),
            )];
        }
        let (kind, names) = match token.split_once(':') {
            Some(("fn", name)) => (
                Literal::Function,
                vec![name.to_owned(), format!("microsoft.graph.{name}")],
            ),
            Some(("ns", name)) => (Literal::Plain, vec![name.to_owned(), format!("microsoft.graph.{name}")]),
            Some(("sec", name)) => (
                Literal::Plain,
                vec![name.to_owned(), format!("microsoft.graph.security.{name}")],
            ),
            _ => (Literal::Plain, vec![token.to_owned()]),
        };
        names
            .into_iter()
            .map(|name| {
                self.child(
                    node,
                    |node| node.literal(&name).map(|(_, next)| next),
                    |node, new| node.literals.push((name.clone(), kind, new)),
                )
            })
            .collect()
    }

    fn child(&mut self, node: usize, find: impl Fn(&Node) -> Option<usize>, add: impl Fn(&mut Node, usize)) -> usize {
        if let Some(found) = self.nodes.get(node).and_then(find) {
            return found;
        }
        let new = self.nodes.len();
        self.nodes.push(Node::default());
        if let Some(node) = self.nodes.get_mut(node) {
            add(node, new);
        }
        new
    }

    /// The route of a path and method.
    pub(crate) fn find<'p>(&self, path: &'p str, method: &http::Method) -> Result<Matched<'p>, Mismatch> {
        let segments = path::split(path)?;
        let verb = Verb::of(method);
        let (node, keys) = self.walk(&segments, verb)?;
        if node.routes.is_empty() {
            let last = segments.last().map(|segment| clip(&segment.text)).unwrap_or_default();
            return Err(Mismatch::UnknownSegment(last));
        }
        let route = node.routes.iter().find(|route| Some(route.verb) == verb);
        let Some(Route { api, prefix, leaf, .. }) = route else {
            let mut allowed: Vec<Verb> = node.routes.iter().map(|route| route.verb).collect();
            allowed.sort_unstable();
            allowed.dedup();
            let anonymous = node.routes.iter().all(|route| route.leaf.endpoint.is_anonymous());
            return Err(Mismatch::MethodNotAllowed { allowed, anonymous });
        };
        Ok(Matched {
            api: *api,
            prefix,
            leaf,
            keys,
        })
    }

    fn walk<'p>(&self, segments: &[Segment<'p>], verb: Option<Verb>) -> Result<(&Node, Keys<'p>), Mismatch> {
        let mut keys = Keys::default();
        let mut at = 0;
        let mut node = self.node(0)?;
        while let Some(segment) = segments.get(at) {
            let (next, taken) = self
                .step(node, segments.get(at..).unwrap_or_default(), verb, &mut keys)
                .ok_or_else(|| Mismatch::UnknownSegment(clip(&segment.text)))?;
            node = self.node(next)?;
            at += taken.max(1);
        }
        Ok((node, keys))
    }

    /// The next node and the number of segments it takes. A literal wins over a key.
    fn step<'p>(
        &self,
        node: &Node,
        segments: &[Segment<'p>],
        verb: Option<Verb>,
        keys: &mut Keys<'p>,
    ) -> Option<(usize, usize)> {
        let segment = segments.first()?;
        if let Some((kind, next)) = node.literal(&segment.text) {
            if kind == Literal::Function {
                keys.function = Some(segment.raw);
            }
            return Some((next, 1));
        }
        if let Some(next) = node.item
            && let Some((address, taken)) = item::read(segments, |name| self.is_action(next, name, verb))
        {
            keys.item = Some(address);
            return Some((next, taken));
        }
        if let Some(next) = self.step_parenthesised(node, segment, keys) {
            return Some((next, 1));
        }
        let (key, next) = node.key?;
        if !key.accepts(&segment.text) {
            return None;
        }
        *key.slot(keys) = Some(segment.text.clone());
        Some((next, 1))
    }

    /// `name(arguments)`: a function with its arguments, or a collection with a key.
    fn step_parenthesised<'p>(&self, node: &Node, segment: &Segment<'p>, keys: &mut Keys<'p>) -> Option<usize> {
        let (name, rest) = segment.text.split_once('(')?;
        let (kind, next) = node.literal(name)?;
        if kind == Literal::Function {
            rest.strip_suffix(')')?;
            keys.function = Some(segment.raw);
            return Some(next);
        }
        let (_, value) = split_key(&segment.text)?;
        let (key, next) = self.nodes.get(next)?.key?;
        *key.slot(keys) = Some(Cow::Owned(value.into_owned()));
        Some(next)
    }

    /// The node has an action of this name, for a request that posts.
    fn is_action(&self, node: usize, name: &str, verb: Option<Verb>) -> bool {
        verb == Some(Verb::Post)
            && self
                .nodes
                .get(node)
                .and_then(|node| node.literal(name))
                .and_then(|(_, next)| self.nodes.get(next))
                .is_some_and(|node| node.routes.iter().any(|route| route.verb == Verb::Post))
    }

    fn node(&self, at: usize) -> Result<&Node, Mismatch> {
        self.nodes
            .get(at)
            .ok_or(Mismatch::Unreadable("the path cannot be matched"))
    }
}

fn clip(text: &str) -> String {
    text.chars().take(120).collect()
}
