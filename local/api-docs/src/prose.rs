//! Text, as the document has it.

use maud::{Markup, html};

/// Text in which what is between backticks is code.
pub(crate) fn prose(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
