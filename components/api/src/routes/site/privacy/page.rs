//! The statement as a page: no script, nothing from elsewhere.

use lifecycle::config::contact::Contact;

use super::statement::{AtProvider, Kept, Statement};
use crate::html::escaped;

/// Up to where the page is the same everywhere.
const HEAD: &str = include_str!("head.html");
const END: &str = "</main>\n</html>\n";

/// The page.
pub(super) fn render(statement: &Statement, contact: Option<&Contact>) -> String {
    let kept: String = statement.kept.iter().map(entry).collect();
    let providers: String = statement.providers.iter().map(provider).collect();
    format!(
        "{HEAD}{}\n<h2>What is kept here</h2>\n{kept}<h2>What is kept where the work is done</h2>\n\
         <p>Models are trained and pictures are made by:</p>\n{providers}{END}",
        ask(contact)
    )
}

/// Where somebody asks who is in pictures.
fn ask(contact: Option<&Contact>) -> String {
    let Some(Contact { text, link }) = contact else {
        return "<p class=\"ask\">The operator of this service has named no contact. Ask whoever sent you the picture, or whoever runs this site.</p>".to_owned();
    };
    let (text, link) = (escaped(text), escaped(link));
    format!(
        "<p class=\"ask\">Ask here to have pictures of you removed: <a href=\"{link}\" rel=\"noreferrer\">{text}</a></p>"
    )
}

fn entry(kept: &Kept) -> String {
    let [what, why, how_long, removed] = [kept.what, kept.why, &kept.how_long, kept.removed].map(escaped);
    format!(
        "<section>\n<h3>{what}</h3>\n<p>{why}</p>\n<dl>\n<div><dt>How long</dt><dd><strong>{how_long}</strong></dd></div>\n\
         <div><dt>How it is removed</dt><dd>{removed}</dd></div>\n</dl>\n</section>\n"
    )
}

fn provider(at: &AtProvider) -> String {
    let [who, kept, removed] = [at.who, &at.kept, at.removed].map(escaped);
    format!("<section>\n<h3>{who}</h3>\n<p>{kept}</p>\n<p>{removed}</p>\n</section>\n")
}

#[cfg(test)]
mod tests;
