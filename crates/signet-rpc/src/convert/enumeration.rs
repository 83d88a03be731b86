//! Enumerations: on the wire a number, whose zero and unknown values denote nothing.

use super::{ConversionError, Converted, list_with};

/// Pairs the values of a generated enumeration with those of a domain one, both ways and completely.
macro_rules! enumeration {
    ($proto:ty, $domain:ty, { $($message:ident = $value:ident),+ $(,)? }) => {
        impl From<$domain> for $proto {
            fn from(value: $domain) -> Self {
                match value {
                    $(<$domain>::$value => Self::$message,)+
                }
            }
        }

        impl TryFrom<$proto> for $domain {
            type Error = $crate::convert::ConversionError;

            fn try_from(message: $proto) -> Result<Self, Self::Error> {
                match message {
                    <$proto>::Unspecified => Err($crate::convert::ConversionError::new("is missing")),
                    $(<$proto>::$message => Ok(Self::$value),)+
                }
            }
        }
    };
}
pub(crate) use enumeration;

/// The number of a value on the wire.
pub(crate) fn number<P: From<D> + Into<i32>, D>(value: D) -> i32 {
    P::from(value).into()
}

/// A value that must be there.
pub(crate) fn value<P, D>(number: i32, field: &str) -> Converted<D>
where
    P: TryFrom<i32>,
    D: TryFrom<P, Error = ConversionError>,
{
    known::<P, D>(number).map_err(|error| error.within(field))
}

/// A value that may be left unspecified.
pub(crate) fn optional_value<P, D>(number: i32, field: &str) -> Converted<Option<D>>
where
    P: TryFrom<i32>,
    D: TryFrom<P, Error = ConversionError>,
{
    if number == 0 {
        return Ok(None);
    }
    value::<P, D>(number, field).map(Some)
}

/// Several values.
pub(crate) fn values<P, D>(numbers: Vec<i32>, field: &str) -> Converted<Vec<D>>
where
    P: TryFrom<i32>,
    D: TryFrom<P, Error = ConversionError>,
{
    list_with(numbers, field, known::<P, D>)
}

fn known<P, D>(number: i32) -> Converted<D>
where
    P: TryFrom<i32>,
    D: TryFrom<P, Error = ConversionError>,
{
    let message = P::try_from(number)
        .map_err(|_| ConversionError::new(format!("is {number}, which is no value of this enumeration")))?;
    D::try_from(message)
}
