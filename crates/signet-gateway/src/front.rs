//! What every request passes through, whatever it asks: ids, origin, media types, bodies, answers.

pub(crate) mod accept;
pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod cors;
pub(crate) mod ids;
pub(crate) mod origin;
pub(crate) mod range;
pub(crate) mod telemetry;
pub(crate) mod unread;
