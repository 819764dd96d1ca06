//! Which way up a picture is, as its Exif data say (CIPA DC-008, 4.6.5).

/// How a stored picture has to be turned to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Orientation {
    Upright,
    Mirrored,
    UpsideDown,
    MirroredUpsideDown,
    /// Rows become columns.
    Transposed,
    /// To the right, by a quarter.
    Right,
    /// Rows become columns, from the other corner.
    Transverse,
    /// To the left, by a quarter.
    Left,
}

impl Orientation {
    /// The one with this number; what is none of 2 to 8 is upright.
    pub(crate) const fn new(value: u8) -> Self {
        match value {
            2 => Self::Mirrored,
            3 => Self::UpsideDown,
            4 => Self::MirroredUpsideDown,
            5 => Self::Transposed,
            6 => Self::Right,
            7 => Self::Transverse,
            8 => Self::Left,
            _ => Self::Upright,
        }
    }

    /// Width and height as shown, of a picture that is stored with these.
    pub(crate) const fn turned(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Upright | Self::Mirrored | Self::UpsideDown | Self::MirroredUpsideDown => (width, height),
            Self::Transposed | Self::Right | Self::Transverse | Self::Left => (height, width),
        }
    }

    /// Where the pixel is stored that is shown there, in a picture that is stored with this width and height.
    pub(crate) fn stored(self, width: u32, height: u32, x: u32, y: u32) -> (u32, u32) {
        let across = |at: u32| width.saturating_sub(1).saturating_sub(at);
        let down = |at: u32| height.saturating_sub(1).saturating_sub(at);
        match self {
            Self::Upright => (x, y),
            Self::Mirrored => (across(x), y),
            Self::UpsideDown => (across(x), down(y)),
            Self::MirroredUpsideDown => (x, down(y)),
            Self::Transposed => (y, x),
            Self::Right => (y, down(x)),
            Self::Transverse => (across(y), down(x)),
            Self::Left => (across(y), x),
        }
    }
}
