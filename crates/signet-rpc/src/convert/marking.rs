//! Headers, footers and watermarks of a label.

use signet_domain::label::{Alignment, Marking, Watermark, WatermarkLayout};

use super::{ConversionError, enumeration, number, value};
use crate::proto::common as pb;

enumeration!(pb::Alignment, Alignment, {
    Left = Left,
    Right = Right,
    Center = Center,
});

enumeration!(pb::WatermarkLayout, WatermarkLayout, {
    Horizontal = Horizontal,
    Diagonal = Diagonal,
});

impl From<Marking> for pb::Marking {
    fn from(marking: Marking) -> Self {
        Self {
            text: marking.text,
            font_name: marking.font_name,
            font_size: marking.font_size,
            font_color: marking.font_color,
            alignment: number::<pb::Alignment, _>(marking.alignment),
            margin: marking.margin,
        }
    }
}

impl TryFrom<pb::Marking> for Marking {
    type Error = ConversionError;

    fn try_from(message: pb::Marking) -> Result<Self, Self::Error> {
        Ok(Self {
            text: message.text,
            font_name: message.font_name,
            font_size: message.font_size,
            font_color: message.font_color,
            alignment: value::<pb::Alignment, _>(message.alignment, "alignment")?,
            margin: message.margin,
        })
    }
}

impl From<Watermark> for pb::Watermark {
    fn from(watermark: Watermark) -> Self {
        Self {
            text: watermark.text,
            font_name: watermark.font_name,
            font_size: watermark.font_size,
            font_color: watermark.font_color,
            layout: number::<pb::WatermarkLayout, _>(watermark.layout),
        }
    }
}

impl TryFrom<pb::Watermark> for Watermark {
    type Error = ConversionError;

    fn try_from(message: pb::Watermark) -> Result<Self, Self::Error> {
        Ok(Self {
            text: message.text,
            font_name: message.font_name,
            font_size: message.font_size,
            font_color: message.font_color,
            layout: value::<pb::WatermarkLayout, _>(message.layout, "layout")?,
        })
    }
}
