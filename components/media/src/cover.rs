//! Covers for songs whose provider draws none: circles whose places follow from the task, with the title below. They say what they are, too:
//! drawn by a program, without a model.

use std::fmt::Write;

use domain::Digest;

use crate::mark::DRAWN_ELEMENT;

/// Side of a cover, in pixels.
const SIDE: u32 = 1_024;
/// Longest line of text, in characters.
const LINE_CHARS_MAX: usize = 28;

/// Draws the cover of a task's `n`th song as SVG: the same every time.
pub fn draw(title: &str, tags: &str, task: &str, n: usize) -> String {
    let digest = Digest::of_lines([task, &n.to_string()]).to_string();
    // Two digits of it at a time, as a number below 256.
    let mut numbers = digest.as_bytes().chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).unwrap_or("0");
        u32::from_str_radix(text, 16).unwrap_or_default()
    });
    let mut next = || numbers.next().unwrap_or_default();
    let hue = next().saturating_mul(360) / 256;
    let mut circles = String::new();
    for _ in 0..7 {
        let (x, y) = (next().saturating_mul(4), next().saturating_mul(3));
        let (radius, turn) = (next().saturating_add(60), next() / 4);
        let tone = hue.saturating_add(turn) % 360;
        // Writing to a string cannot fail.
        _ = write!(circles, r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="hsl({tone} 70% 60% / 0.55)"/>"#);
    }
    let (title, tags) = (line(title), line(tags));
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{s}" height="{s}" viewBox="0 0 {s} {s}">"#,
            "<metadata>{m}</metadata>",
            r#"<rect width="{s}" height="{s}" fill="hsl({h} 45% 18%)"/>{c}"#,
            r#"<g font-family="Helvetica, Arial, sans-serif" fill="white">"#,
            r#"<text x="64" y="900" font-size="64" font-weight="700">{t}</text>"#,
            r#"<text x="64" y="960" font-size="34" opacity="0.8">{g}</text></g></svg>"#
        ),
        s = SIDE,
        m = DRAWN_ELEMENT,
        h = hue,
        c = circles,
        t = title,
        g = tags
    )
}

/// A line of text, short enough and with nothing in it that means anything in SVG.
fn line(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX).collect();
    let dots = if text.chars().count() > LINE_CHARS_MAX { "\u{2026}" } else { "" };
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;") + dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_is_the_same_every_time_and_another_for_every_song() {
        assert_eq!(draw("Rain", "slow", "task_1", 0), draw("Rain", "slow", "task_1", 0));
        assert_ne!(draw("Rain", "slow", "task_1", 0), draw("Rain", "slow", "task_1", 1));
    }

    #[test]
    fn a_cover_says_that_a_program_drew_it() {
        let cover = draw("Rain", "slow", "task_1", 0);
        assert!(
            cover.contains("<metadata><x:xmpmeta") && cover.contains("/digitalsourcetype/algorithmicMedia\""),
            "{cover}"
        );
    }

    #[test]
    fn a_title_cannot_become_a_script() {
        let cover = draw("<script>alert(1)</script>", "\"&'", "task_1", 0);
        assert!(!cover.contains("<script"), "{cover}");
        assert!(cover.contains("&lt;script&gt;alert(1)"), "{cover}");
    }
}
