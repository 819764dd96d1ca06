//! What the person is asked, as a page in plain words.

use lifecycle::Config;

use super::view::{State, View};
use crate::html::escaped;

/// Up to where the page is the same everywhere.
const HEAD: &str = include_str!("head.html");
const END: &str = "</main>\n</html>\n";

/// The page.
pub(super) fn render(config: &Config, view: &View) -> String {
    let (words, answers) = words(view);
    let [asked_by, deployment, character] =
        [&view.asked_by, &view.deployment, &view.character].map(|text| escaped(text));
    let who = format!(
        "<dl>\n<div><dt>Who asks</dt><dd>{asked_by}</dd></div>\n<div><dt>With the service at</dt><dd>{deployment}</dd></div>\n\
         <div><dt>They call you</dt><dd>{character}</dd></div>\n<div><dt>What for</dt><dd>{}</dd></div>\n</dl>\n",
        escaped(view.purpose)
    );
    let is_open = matches!(view.state, State::Awaiting | State::Confirmed);
    let who = if is_open { who.as_str() } else { "" };
    let photos: String = view.photos.iter().enumerate().map(|(n, link)| photo(n, relative(config, link))).collect();
    let photos = if photos.is_empty() {
        photos
    } else {
        format!("<h2>The photos</h2>\n<div class=\"photos\">\n{photos}</div>\n")
    };
    let buttons: String = answers.iter().map(|(answer, text)| button(answer, text)).collect();
    let form = if buttons.is_empty() { buttons } else { format!("<form method=\"post\">\n{buttons}</form>\n") };
    format!("{HEAD}{words}{who}{photos}{form}{END}")
}

/// What is said, and what can be answered.
fn words(view: &View) -> (String, &'static [(&'static str, &'static str)]) {
    let date = |text: &Option<String>| escaped(text.as_deref().and_then(|at| at.get(..10)).unwrap_or_default());
    match view.state {
        State::Awaiting => (
            format!(
                "<h1>May pictures of you be made?</h1>\n<p>Somebody wants a computer to make pictures of you, from the photos below. Nothing happens unless you agree. You can take it back \
                 later, on this page. You can agree until {}.</p>\n",
                date(&view.until)
            ),
            &[("agree", "I am on these photos, and I agree"), ("refuse", "No, I do not want this")],
        ),
        State::Confirmed => (
            format!(
                "<h1>You agreed</h1>\n<p>On {} you agreed that pictures of you are made. You can take that back: then no more are made, none is handed out here any more, and what there is here of you is \
                 deleted. Keep this address for that.</p>\n",
                date(&view.confirmed_at)
            ),
            &[("withdraw", "I take it back")],
        ),
        State::Refused => (
            "<h1>No pictures of you are made</h1>\n<p>You said no, or there was no answer in time. The photos were removed.</p>\n".to_owned(),
            &[],
        ),
        State::Withdrawn => (
            "<h1>You took it back</h1>\n<p>No more pictures of you are made here, and none is handed out. The photos, the model and the pictures are deleted. Pictures that somebody saved elsewhere \
             before are not in our hands.</p>\n"
                .to_owned(),
            &[],
        ),
        State::Deleted => (
            "<h1>It is deleted</h1>\n<p>Whoever asked you has deleted it, with the photos, the model and the pictures.</p>\n".to_owned(),
            &[],
        ),
        State::Suspended => (
            "<h1>This cannot be answered now</h1>\n<p>The operator of this service looks into it. Nothing is made of the photos meanwhile.</p>\n".to_owned(),
            &[],
        ),
    }
}

fn photo(n: usize, link: &str) -> String {
    format!("<img src=\"../{}\" alt=\"Photo {}\" loading=\"lazy\">\n", escaped(link), n.saturating_add(1))
}

fn button(answer: &str, text: &str) -> String {
    format!("<button name=\"answer\" value=\"{answer}\">{}</button>\n", escaped(text))
}

/// Links to photos as the page has them: of wherever the page itself is.
fn relative<'a>(config: &Config, link: &'a str) -> &'a str {
    link.strip_prefix(&config.public_url).map_or(link, |path| path.trim_start_matches('/'))
}
