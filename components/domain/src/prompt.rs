//! Prompts: the trigger word has to be in there, once.

use crate::TriggerWord;

/// Returns the prompt as the provider gets it: with the trigger word in front, unless the caller wrote it already.
pub fn with_trigger_word(prompt: &str, word: &TriggerWord) -> String {
    let written =
        prompt.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|part| part.eq_ignore_ascii_case(word.as_str()));
    if written { prompt.to_owned() } else { format!("{}, {prompt}", word.as_str()) }
}

/// Who is meant where a model goes by photos: it knows no trigger word.
const PERSON: &str = "the person in the reference pictures";

/// Returns the prompt for a model that gets photos of the person: the trigger word is replaced by who is meant, who stands in front where it is
/// not there.
pub fn with_references(prompt: &str, word: &TriggerWord) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut told = String::new();
    let mut rest = prompt;
    let mut named = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        let is_word = part.eq_ignore_ascii_case(word.as_str());
        named |= is_word;
        told.push_str(if is_word { PERSON } else { part });
        let between = after.find(is_part).unwrap_or(after.len());
        let (between, next) = after.split_at(between);
        told.push_str(between);
        rest = next;
    }
    if named { told } else { format!("{PERSON}: {prompt}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_put_in_front_once() {
        let word = TriggerWord::parse("CHAR1N2K3M4").unwrap();
        let cases = [
            ("a portrait", "CHAR1N2K3M4, a portrait"),
            ("CHAR1N2K3M4 on a beach", "CHAR1N2K3M4 on a beach"),
            ("portrait of char1n2k3m4, smiling", "portrait of char1n2k3m4, smiling"),
            ("CHAR1N2K3M45 is another word", "CHAR1N2K3M4, CHAR1N2K3M45 is another word"),
            ("_CHAR1N2K3M4", "CHAR1N2K3M4, _CHAR1N2K3M4"),
            ("(CHAR1N2K3M4)", "(CHAR1N2K3M4)"),
        ];
        for (prompt, expected) in cases {
            let once = with_trigger_word(prompt, &word);
            assert_eq!(once, expected);
            assert_eq!(with_trigger_word(&once, &word), once);
        }
    }

    #[test]
    fn a_model_that_goes_by_photos_is_told_who_is_meant() {
        let word = TriggerWord::parse("SARAH").unwrap();
        let cases = [
            ("a portrait", "the person in the reference pictures: a portrait"),
            ("SARAH on a beach", "the person in the reference pictures on a beach"),
            ("Portrait of sarah, smiling.", "Portrait of the person in the reference pictures, smiling."),
            ("SARAHS (\u{e9}t\u{e9})", "the person in the reference pictures: SARAHS (\u{e9}t\u{e9})"),
            (
                "(SARAH) \u{1f600} sarah",
                "(the person in the reference pictures) \u{1f600} the person in the reference pictures",
            ),
        ];
        for (prompt, expected) in cases {
            assert_eq!(with_references(prompt, &word), expected);
        }
    }
}
