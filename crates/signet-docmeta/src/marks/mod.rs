//! The marks themselves: elements of a label list, pairs named `MSIP_Label_<guid>_<attribute>`, and which of them count.

mod date;
mod label_list;
mod pairs;
mod resolve;

pub(crate) use date::parse_date;
pub(crate) use label_list::{LABEL_NAMESPACE, LabelElement, parse_label_list};
pub(crate) use pairs::{PairCollector, PairGroup, VALUE, is_label_name, label_of_name};
pub(crate) use resolve::{resolve, without_tenants_of};

#[cfg(test)]
mod tests;
