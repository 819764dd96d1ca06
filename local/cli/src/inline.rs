//! Pictures in the terminal, where that can show them: by kitty's graphics protocol, which Ghostty and Konsole have as well, or by iTerm2's, which
//! `WezTerm` and mintty have as well. Sources: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>, <https://iterm2.com/documentation-images.html>.

use std::io::{Cursor, IsTerminal, Write, stdout};
use std::path::Path;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;

/// Longer side of what is shown, in pixels: the file has the whole picture.
const SIDE_MAX: u32 = 640;
/// Height of a picture, in lines of the terminal.
const LINES: u32 = 16;
/// Most characters that kitty takes at once.
const CHUNK_CHARS: usize = 4_096;

/// How a terminal is given a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Kitty,
    Iterm,
}

/// What the terminal of this program can show; nothing where it is none, or can show no pictures.
pub(crate) fn protocol() -> Option<Protocol> {
    stdout().is_terminal().then(|| of(|name| std::env::var(name).ok())).flatten()
}

/// What a terminal can that sets these variables.
fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Protocol> {
    let is = |name: &str, values: &[&str]| variable(name).is_some_and(|value| values.contains(&value.as_str()));
    // A multiplexer draws the screen itself.
    if variable("TMUX").is_some() || variable("STY").is_some() {
        return None;
    }
    if variable("KITTY_WINDOW_ID").is_some()
        || variable("KONSOLE_VERSION").is_some()
        || is("TERM", &["xterm-kitty", "xterm-ghostty"])
    {
        return Some(Protocol::Kitty);
    }
    is("TERM_PROGRAM", &["iTerm.app", "WezTerm", "mintty"]).then_some(Protocol::Iterm)
}

/// Shows a picture from a file.
///
/// # Errors
/// It is no picture, or the terminal is gone.
pub(crate) fn show(protocol: Protocol, file: &Path) -> Result<()> {
    let mut png = Cursor::new(Vec::new());
    image::open(file)?.thumbnail(SIDE_MAX, SIDE_MAX).write_to(&mut png, ImageFormat::Png)?;
    let mut out = stdout().lock();
    out.write_all(sequence(protocol, png.get_ref()).as_bytes())?;
    Ok(writeln!(out)?)
}

/// What makes the terminal show a PNG.
fn sequence(protocol: Protocol, png: &[u8]) -> String {
    let text = STANDARD.encode(png);
    if protocol == Protocol::Iterm {
        return format!("\x1b]1337;File=inline=1;size={};height={LINES}:{text}\x07", png.len());
    }
    let mut rest = text.as_str();
    let mut sequence = String::new();
    let mut control = format!("a=T,f=100,r={LINES},");
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at_checked(CHUNK_CHARS).unwrap_or((rest, ""));
        let more = if after.is_empty() { "m=0" } else { "m=1" };
        sequence.extend(["\x1b_G", &control, more, ";", chunk, "\x1b\\"]);
        control.clear();
        rest = after;
    }
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<Protocol> {
        of(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_terminal_is_known_by_its_variables() {
        assert_eq!(with(&[("TERM", "xterm-kitty")]), Some(Protocol::Kitty));
        assert_eq!(with(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]), Some(Protocol::Kitty));
        assert_eq!(with(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), Some(Protocol::Iterm));
        assert_eq!(with(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")]), None);
        assert_eq!(with(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux,1,0")]), None);
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn kitty_gets_a_picture_in_chunks_the_last_of_which_says_so() {
        let png: Vec<u8> = (0..=255).cycle().take(7_000).collect();
        let sequence = sequence(Protocol::Kitty, &png);
        let chunks: Vec<&str> =
            sequence.split("\x1b_G").skip(1).map(|chunk| chunk.strip_suffix("\x1b\\").unwrap()).collect();
        let (controls, texts): (Vec<&str>, Vec<&str>) =
            chunks.iter().map(|chunk| chunk.split_once(';').unwrap()).unzip();
        assert_eq!(controls, ["a=T,f=100,r=16,m=1", "m=1", "m=0"]);
        assert!(texts.iter().all(|text| text.len() <= CHUNK_CHARS));
        assert_eq!(STANDARD.decode(texts.concat()).unwrap(), png);
    }

    #[test]
    fn iterm_gets_it_whole() {
        assert_eq!(sequence(Protocol::Iterm, b"png"), "\x1b]1337;File=inline=1;size=3;height=16:cG5n\x07");
    }
}
