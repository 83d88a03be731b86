//! Pieces the bodies are made of.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::MAX_ITEMS;

/// A string, borrowed from the body where it has no escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text<'b>(pub(crate) Cow<'b, str>);

impl Text<'_> {
    /// The string.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The string on its own.
    pub(crate) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// A whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor;
        impl Visitor<'_> for WholeVisitor {
            type Value = Whole;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(i64::try_from(number).unwrap_or(i64::MAX)))
            }
            /// `7.0` is the same number as `7`, and some write it so.
            fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "beyond its ends it becomes the nearer one"
                )]
                let whole = number as i64;
                if number.fract() == 0.0 {
                    Ok(Whole(whole))
                } else {
                    Err(E::invalid_type(serde::de::Unexpected::Float(number), &self))
                }
            }
        }
        deserializer.deserialize_i64(WholeVisitor)
    }
}

/// A list of at most `MOST` entries; what is beyond them is only counted as too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List<T, const MOST: usize = MAX_ITEMS> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// There were more.
    pub(crate) too_many: bool,
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListVisitor<T, MOST> {
            type Value = List<T, MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<List<T, MOST>, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST {
                    match entries.next_element()? {
                        Some(item) => items.push(item),
                        None => return Ok(List { items, too_many: false }),
                    }
                }
                let too_many = entries.next_element::<IgnoredAny>()?.is_some();
                while entries.next_element::<IgnoredAny>()?.is_some() {}
                Ok(List { items, too_many })
            }
        }
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

/// An object whose members are all texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members<'b>(Vec<(Text<'b>, Text<'b>)>);

impl Members<'_> {
    /// The members on their own, in the order of the body.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
            .into_iter()
            .map(|(name, value)| (name.into_string(), value.into_string()))
            .collect()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key()? {
                    let value: Option<Text<'de>> = map.next_value()?;
                    members.extend(value.filter(|_| members.len() < MAX_ITEMS).map(|value| (name, value)));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Declares an object of a body: every member optional, the last of one name counts, others are ignored.
macro_rules! body_object {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $key:literal => $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<'b> {
            $($(#[$field_doc])* pub(crate) $field: Option<$type>,)+
        }

        impl<'b> serde::de::Deserialize<'b> for $name<'b> {
            fn deserialize<D: serde::de::Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'b> serde::de::Visitor<'b> for ObjectVisitor {
                    type Value = $name<'b>;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'b>>(self, mut map: A) -> Result<$name<'b>, A::Error> {
                        let mut object = $name::default();
                        while let Some(key) = map.next_key::<$crate::json::model::Text<'b>>()? {
                            match key.as_str() {
                                $($key => object.$field = map.next_value()?,)+
                                _ => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(object)
                    }
                }
                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}
pub(crate) use body_object;
