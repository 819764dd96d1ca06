//! Prompts: the trigger word has to be in there, once.

use crate::TriggerWord;

/// Returns the prompt as the provider gets it: with the trigger word in front, unless the caller wrote it already.
pub fn with_trigger_word(prompt: &str, word: &TriggerWord) -> String {
    let written =
        prompt.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|part| part.eq_ignore_ascii_case(word.as_str()));
    if written { prompt.to_owned() } else { format!("{}, {prompt}", word.as_str()) }
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
}
