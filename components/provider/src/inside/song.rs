//! A song of the provider inside: a second of silence.

use super::picture::data_url;

/// Samples of its second, each one byte.
const SAMPLES: u32 = 8_000;
/// The sample between all others.
const SILENCE: u8 = 0x80;
/// The bytes of its head behind the first eight, up to the samples.
const REST_OF_HEAD_BYTES: u32 = 36;

/// The song, as an address that has all of it: a WAV file of one channel.
pub(super) fn url() -> String {
    let number = u32::to_le_bytes;
    let mut file = b"RIFF".to_vec();
    file.extend(number(SAMPLES.saturating_add(REST_OF_HEAD_BYTES)));
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend([number(SAMPLES), number(SAMPLES)].as_flattened());
    file.extend(b"\x01\0\x08\0data");
    file.extend(number(SAMPLES));
    file.resize(file.len().saturating_add(usize::try_from(SAMPLES).unwrap_or_default()), SILENCE);
    data_url("audio/wav", &file)
}
