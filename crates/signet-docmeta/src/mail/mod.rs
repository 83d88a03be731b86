//! Mail: the label header of an Internet message, and the property that carries it in an Outlook message.

mod encoded_word;
mod header;
mod message;
mod outlook;
mod parameters;
mod parts;

pub(crate) use message::read;
pub(crate) use outlook::read as read_outlook;

#[cfg(test)]
mod tests;
