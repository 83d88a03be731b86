//! Usage rights: a set of bits here, a list of numbers on the wire, each the bit plus one.

use signet_domain::rights::UsageRights;

use super::{ConversionError, Converted, list_with};
use crate::proto::common::UsageRight;

/// The members of a set, in ascending order.
pub(crate) fn from_rights(rights: UsageRights) -> Vec<i32> {
    (0..u32::BITS)
        .filter(|bit| rights.bits() & (1 << bit) != 0)
        .filter_map(|bit| i32::try_from(bit + 1).ok())
        .collect()
}

/// The set of some members.
pub(crate) fn rights(members: Vec<i32>, field: &str) -> Converted<UsageRights> {
    let members = list_with(members, field, |member| match UsageRight::try_from(member) {
        Ok(UsageRight::Unspecified) => Err(ConversionError::new("is missing")),
        Ok(right) => Ok(UsageRights::from_bits_truncate(1 << (i32::from(right) - 1))),
        Err(_) => Err(ConversionError::new(format!("is {member}, which is no usage right"))),
    })?;
    Ok(members.into_iter().fold(UsageRights::NONE, UsageRights::union))
}
