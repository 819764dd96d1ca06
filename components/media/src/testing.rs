//! Files of every type, as small as they can be, made as their formats say.
#![expect(clippy::cast_possible_truncation, reason = "the numbers here are small")]

use domain::Media;

fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), name.as_slice(), content].concat()
}

fn mvhd(millis: u32) -> Vec<u8> {
    let mut content = vec![0; 100];
    content[12..16].copy_from_slice(&600_u32.to_be_bytes());
    content[16..20].copy_from_slice(&(millis * 600 / 1_000).to_be_bytes());
    boxed(*b"mvhd", &content)
}

/// A track whose table has this many frames of so many milliseconds each.
pub(crate) fn trak(entries: &[(u32, u32)]) -> Vec<u8> {
    let mut mdhd = vec![0; 24];
    mdhd[12..16].copy_from_slice(&1_000_u32.to_be_bytes());
    let table = entries.iter().flat_map(|(count, each)| [count.to_be_bytes(), each.to_be_bytes()].concat());
    let stts = [&[0; 4][..], &(entries.len() as u32).to_be_bytes(), &table.collect::<Vec<_>>()].concat();
    let stbl =
        boxed(*b"stbl", &[boxed(*b"stsd", &[0; 90]), boxed(*b"stts", &stts), boxed(*b"stsz", &[0; 5_000])].concat());
    let minf = boxed(*b"minf", &[boxed(*b"vmhd", &[0; 12]), stbl].concat());
    boxed(*b"trak", &[boxed(*b"tkhd", &[0; 84]), boxed(*b"mdia", &[boxed(*b"mdhd", &mdhd), minf].concat())].concat())
}

/// A film with this in its header, behind what that claims.
pub(crate) fn film(claimed: u32, rest: &[&[u8]]) -> Vec<u8> {
    let moov = boxed(*b"moov", &[mvhd(claimed), rest.concat()].concat());
    [boxed(*b"ftyp", b"isom\0\0\x02\0isomiso2"), moov, boxed(*b"mdat", &[7; 300])].concat()
}

/// An edit list that shows so many milliseconds each time.
pub(crate) fn edits(shown: &[u32]) -> Vec<u8> {
    let entries = shown.iter().flat_map(|millis| [(millis * 600 / 1_000).to_be_bytes(), [0; 4], [0, 1, 0, 0]].concat());
    let count = (shown.len() as u32).to_be_bytes();
    boxed(*b"edts", &boxed(*b"elst", &[&[0; 4][..], &count, &entries.collect::<Vec<_>>()].concat()))
}

pub(crate) fn boxed_as(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    boxed(name, content)
}

fn mp4(moov_last: bool) -> Vec<u8> {
    let kind = boxed(*b"ftyp", b"isom\0\0\x02\0isomiso2");
    let moov = boxed(*b"moov", &[mvhd(12_500), trak(&[(125, 100)]), trak(&[(1, 20), (1_247, 10)])].concat());
    let data = boxed(*b"mdat", &vec![7; 200_000]);
    if moov_last { [kind, boxed(*b"free", &[]), data, moov].concat() } else { [kind, moov, data].concat() }
}

/// A film whose frames are in a box with a size of eight bytes.
fn mov() -> Vec<u8> {
    let mut wide = 1_u32.to_be_bytes().to_vec();
    wide.extend_from_slice(b"mdat");
    wide.extend_from_slice(&100_016_u64.to_be_bytes());
    wide.resize(100_016, 9);
    [boxed(*b"ftyp", b"qt  \0\0\0\0"), wide, boxed(*b"moov", &[mvhd(3_000), trak(&[(30, 100)])].concat())].concat()
}

fn wav() -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend_from_slice(&8_000_u32.to_le_bytes());
    file.extend_from_slice(&16_000_u32.to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0LIST\x03\0\0\0abc\0data");
    file.extend_from_slice(&32_000_u32.to_le_bytes());
    file.resize(file.len() + 32_000, 0);
    file
}

/// 128 kbit/s, 44.1 kHz, behind a tag with a large picture.
fn mp3(tag: usize) -> Vec<u8> {
    let mut file = Vec::new();
    if tag > 0 {
        let size = [tag >> 21, tag >> 14, tag >> 7, tag].map(|part| (part & 0x7f) as u8);
        file = [b"ID3\x04\0\0".as_slice(), &size, &vec![1; tag]].concat();
    }
    file.extend_from_slice(b"\xff\xfb\x90\x00");
    file.resize(file.len() + 31_996, 0);
    file
}

fn flac() -> Vec<u8> {
    let packed = (44_100_u64 << 44) + 88_200;
    [b"fLaC\0\0\0\x22".as_slice(), &[0; 10], &packed.to_be_bytes(), &[0; 16]].concat()
}

/// A page of an Ogg file.
fn page(end: u64, packet: &[u8]) -> Vec<u8> {
    let head = [b"OggS\0\x02".as_slice(), &end.to_le_bytes(), b"serial\0\0\0\0\0\0", &[1, packet.len() as u8]].concat();
    [head, packet.to_vec()].concat()
}

/// Vorbis that plays so many seconds.
pub(crate) fn ogg(seconds: u64) -> Vec<u8> {
    let head = [b"\x01vorbis\0\0\0\0\x01".as_slice(), &8_000_u32.to_le_bytes(), &[0; 14]].concat();
    [page(0, &head), vec![b'O'; 100_000], page(8_000 * seconds, &[5; 200]), page(u64::MAX, &[5; 200])].concat()
}

/// So many frames of AAC at 8 kHz, 100 bytes and 128 ms each.
pub(crate) fn aac(frames: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xf1, 0x6c, 0x40, 0x0c, 0x9f, 0xfc];
    frame.resize(100, 3);
    frame.repeat(frames)
}

fn webm() -> Vec<u8> {
    let info = [b"\x2a\xd7\xb1\x83\x0f\x42\x40".as_slice(), b"\x44\x89\x88", &2_345.0_f64.to_be_bytes()].concat();
    let info = [b"\x15\x49\xa9\x66".as_slice(), &[0x80 | info.len() as u8], &info].concat();
    [b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01".as_slice(), b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", &info]
        .concat()
}

/// The beginning of a PNG file.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend_from_slice(&width.to_be_bytes());
    file.extend_from_slice(&height.to_be_bytes());
    file.resize(64, 8);
    file
}

/// Name, bytes, type and length in milliseconds.
pub(crate) fn files() -> Vec<(&'static str, Vec<u8>, Media, Option<u64>)> {
    vec![
        ("mp4", mp4(false), Media::Mp4, Some(12_500)),
        ("mp4, header last", mp4(true), Media::Mp4, Some(12_500)),
        ("mov", mov(), Media::Mov, Some(3_000)),
        ("wav", wav(), Media::Wav, Some(2_000)),
        ("mp3", mp3(0), Media::Mp3, Some(2_000)),
        ("mp3 with a picture", mp3(100_000), Media::Mp3, Some(2_000)),
        ("flac", flac(), Media::Flac, Some(2_000)),
        ("webm", webm(), Media::Webm, Some(2_345)),
        ("ogg", ogg(9), Media::Ogg, Some(9_000)),
        ("ogg of something else", page(0, b"Speex   "), Media::Ogg, None),
        ("aac", aac(2_000), Media::Aac, Some(256_000)),
    ]
}
