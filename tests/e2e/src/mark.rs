//! What a delivered picture says of itself.

/// What stands in a picture that a model made (IPTC, "Digital Source Type").
const MADE_BY_A_MODEL: &[u8] = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// Whether a file says, once, that a model made it.
pub fn is_marked(file: &[u8]) -> bool {
    file.windows(MADE_BY_A_MODEL.len()).filter(|window| *window == MADE_BY_A_MODEL).count() == 1
}
