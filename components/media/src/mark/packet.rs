//! What is written: XMP (ISO 16684-1) with one property, `DigitalSourceType` of IPTC's photo metadata standard.

/// What a picture is that a model made (IPTC, "Digital Source Type").
pub const MADE_BY_A_MODEL: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
/// What a picture is that a program drew by rules, without a model.
pub const DRAWN: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia";

/// The element of XMP for a word of IPTC's vocabulary.
macro_rules! element {
    ($word:literal) => {
        concat!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">"#,
            r#"<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/""#,
            r#" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/"#,
            $word,
            r#""/></rdf:RDF></x:xmpmeta>"#
        )
    };
}

/// The element of XMP that says [`DRAWN`], for an SVG's `metadata`.
pub const DRAWN_ELEMENT: &str = element!("algorithmicMedia");

/// The whole of it, for a picture that a model made. It is not to be changed in place: there is no room for that.
pub(super) const PACKET: &str = concat!(
    "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>",
    element!("trainedAlgorithmicMedia"),
    "<?xpacket end=\"r\"?>"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_says_that_a_model_made_it() {
        assert!(PACKET.contains(&format!("DigitalSourceType=\"{MADE_BY_A_MODEL}\"")), "{PACKET}");
        assert!(DRAWN_ELEMENT.contains(&format!("DigitalSourceType=\"{DRAWN}\"")), "{DRAWN_ELEMENT}");
        assert!(PACKET.len() < 600, "{} bytes in every picture", PACKET.len());
    }
}
