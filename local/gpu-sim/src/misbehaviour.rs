//! What can go wrong on demand: for every job by [`crate::Options`], for one by a word in its prompt, trigger word or destination.
//!
//! Each protocol has its own way to say what happened. Where it has no way, a word has no effect: fal tells of no start that could come late.
//!
//! `sim:fail` in a prompt, or `sim_fail` where only letters, digits and `_` are allowed; case does not matter.

use std::str::FromStr;

use anyhow::bail;

macro_rules! misbehaviours {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)+) => {
        /// One way to misbehave.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Misbehaviour {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Misbehaviour {
            /// Every one, with its word and what it does.
            pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
                $((Self::$name, $word, concat!($($doc),+)),)+
            ];
        }
    };
}

misbehaviours! {
    /// The job fails.
    Fail = "fail",
    /// What runs the job breaks: the job fails; at fal its result is a 500 that says no more than a text.
    Crash = "crash",
    /// The safety filter withholds every picture: the job fails; at fal all pictures are black and flagged.
    Nsfw = "nsfw",
    /// The safety filter withholds one picture: it is missing; at fal it is black and flagged.
    NsfwOne = "nsfw1",
    /// The job ends as aborted; at fal with `client_cancelled`, at Cog as canceled.
    Abort = "abort",
    /// The job takes ten times as long.
    Slow = "slow",
    /// The job never ends.
    Hang = "hang",
    /// No callback is ever sent.
    Lose = "lose",
    /// The terminal callback is sent three times.
    Repeat = "repeat",
    /// The terminal callback comes 5 s late.
    Delay = "delay",
    /// The terminal callback comes first, the one about the start after it.
    Reorder = "reorder",
    /// A callback says failed, the next one succeeded.
    Contradict = "contradict",
    /// A callback with a wrong signature (at Cog, a wrong token), saying failed, comes first.
    Forge = "forge",
    /// The submission is throttled with 429; at Cog with 409, since all slots are busy.
    Throttle = "throttle",
    /// The submission is answered with 402: the account has no credit; at fal with 403, at Cog with 503, since it is not set up.
    Broke = "broke",
    /// The submission is answered with 422: the input is not accepted.
    Refuse = "refuse",
    /// The submission is answered with 500 and not accepted.
    Error = "error",
    /// The submission is accepted and its connection dropped without an answer.
    Drop = "drop",
    /// The pictures' URLs point to a host that is not the provider's.
    BadOutput = "badoutput",
    /// A trained version is not there before 3 s after its training's end: predictions with it are refused (Replicate); elsewhere no effect.
    Unpushed = "unpushed",
    /// Films play ten times as long as they should.
    Long = "long",
    /// The callback says that it succeeded and has no payload (fal: `payload_error`); elsewhere no effect.
    Null = "null",
}

impl Misbehaviour {
    /// Everything a text asks for.
    pub(crate) fn asked_for_in(text: &str) -> Vec<Self> {
        let text = text.to_ascii_lowercase();
        let starts = text.match_indices("sim").filter_map(|(at, _)| text.get(at + 3..)?.strip_prefix([':', '_']));
        starts.filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?.parse().ok()).collect()
    }
}

impl FromStr for Misbehaviour {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> anyhow::Result<Self> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == word);
        match found {
            Some((misbehaviour, _, _)) => Ok(*misbehaviour),
            None => bail!(
                "{word:?} is none of {}",
                Self::ALL.iter().map(|(_, word, _)| *word).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        let cases: [(&str, &[Misbehaviour]); 6] = [
            ("a portrait, sim:fail", &[Misbehaviour::Fail]),
            ("SIM_NSFW1", &[Misbehaviour::NsfwOne]),
            ("sim_hang_42 and sim:lose, please", &[Misbehaviour::Hang, Misbehaviour::Lose]),
            ("simple sim fail", &[]),
            ("sim:unknown", &[]),
            ("sim:", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(Misbehaviour::asked_for_in(text), expected, "{text}");
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for (misbehaviour, word, description) in Misbehaviour::ALL {
            assert_eq!(word.parse::<Misbehaviour>().unwrap(), *misbehaviour);
            assert!(description.ends_with('.'));
        }
    }
}
