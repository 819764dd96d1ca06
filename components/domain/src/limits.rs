//! Every limit of the domain, with its unit. Photo sizes stand in `media::photo`, wire sizes in `api`.

use std::time::Duration;

/// Fewest photos of a character.
pub const PHOTOS_MIN: usize = 10;
/// Most photos of a character.
pub const PHOTOS_MAX: usize = 30;
/// Fewest photos of a character without training.
pub const REFERENCES_MIN: usize = 1;
/// Most photos of a character without training.
pub const REFERENCES_MAX: usize = 10;
/// Longest photo URL, in bytes.
pub const PHOTO_URL_BYTES_MAX: usize = 2_048;
/// Longest name of a character or an account, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Longest prompt, in characters.
pub const PROMPT_CHARS_MAX: usize = 5_000;
/// Shortest trigger word, in characters.
pub const TRIGGER_WORD_CHARS_MIN: usize = 3;
/// Longest trigger word, in characters.
pub const TRIGGER_WORD_CHARS_MAX: usize = 32;
/// The most steps that any trainer is asked for.
pub const TRAINING_STEPS_MAX: u32 = 10_000;
/// The highest rank that any trainer is asked for.
pub const TRAINING_RANK_MAX: u32 = 256;
/// Longest caption of a training's photos, in characters.
pub const CAPTION_CHARS_MAX: usize = 500;
/// Longest text of how a person agreed, in characters.
pub const CONSENT_HOW_CHARS_MAX: usize = 500;
/// How far in the future it may be that a person agreed: the clocks of two computers differ.
pub const CONSENT_AHEAD_MAX: Duration = Duration::from_mins(5);
/// How long the person pictured has time to agree.
pub const CONSENT_WAIT_MAX: Duration = Duration::from_hours(14 * 24);
/// Most pictures of one request.
pub const PICTURES_MAX: u8 = 4;
/// The largest seed that is chosen here where a caller gave none: every model takes one of 31 bits.
pub const DRAWN_SEED_MAX: u32 = 0x7fff_ffff;
/// How long a request to take something down may stay undecided: the TAKE IT DOWN Act allows as long.
pub const TAKEDOWN_TIME_MAX: Duration = Duration::from_hours(48);
/// Longest text of why something is taken down, in characters.
pub const TAKEDOWN_REASON_CHARS_MAX: usize = 500;
/// Longest name that the operator gives a takedown, in characters.
pub const TAKEDOWN_REFERENCE_CHARS_MAX: usize = 200;
/// Longest time that results can be fetched.
pub const RESULT_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// Most keys that an account lists: those that open it, and those revoked lately.
pub const KEYS_MAX: usize = 50;
/// Most characters that a key can be limited to.
pub const KEY_CHARACTERS_MAX: usize = 50;
/// Most networks that a key can be limited to.
pub const KEY_NETWORKS_MAX: usize = 16;
/// How long a revoked key stays in its account's list. Where the list is full, it makes room at once.
pub const REVOKED_KEY_LISTED: Duration = Duration::from_hours(30 * 24);
/// After this long, a key that is listed and has no record was never made: its maker died in between.
pub const KEY_MADE_WITHIN: Duration = Duration::from_hours(1);
/// Most credits of one grant or adjustment, and of a price.
pub const GRANT_CREDITS_MAX: u64 = 1_000_000_000;
/// Credits of an account for tests, which it is opened with.
pub const TEST_CREDITS: u64 = 1_000_000;
/// Longest time for a task of an account for tests: whoever tries out what is lost does not want to wait for hours.
pub const TEST_TASK_TIME_MAX: Duration = Duration::from_mins(5);
/// Entries of one page of the ledger; whole pages leave the account's document.
pub const LEDGER_PAGE_ENTRIES: usize = 16;
/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_LIFETIME: Duration = Duration::from_hours(24);
/// How far the clocks of two hosts may be apart.
pub const CLOCKS_APART_MAX: Duration = Duration::from_mins(5);
/// Longest `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// What names and labels for people look like, as a regular expression: printable, and not blank.
pub const PRINTABLE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
