//! Real photos, hand-made headers, and bytes that are neither.

use proptest::prelude::*;

use super::*;

fn inspect(bytes: &[u8], chunk_bytes: usize) -> Result<Metadata, Error> {
    let mut inspection = Inspection::new();
    for chunk in bytes.chunks(chunk_bytes) {
        inspection.push(chunk)?;
    }
    inspection.finish()
}

/// Asserts the same outcome however the bytes are cut, and returns it.
fn measure(bytes: &[u8]) -> Result<(Format, u32, u32), Error> {
    let measured =
        |chunk_bytes| inspect(bytes, chunk_bytes).map(|metadata| (metadata.format, metadata.width, metadata.height));
    let whole = measured(bytes.len().max(1));
    for chunk_bytes in [1, 2, 3, 7, 4096] {
        assert_eq!(measured(chunk_bytes), whole, "in chunks of {chunk_bytes} bytes");
    }
    whole
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

/// A frame header, of `marker`'s kind of compression.
fn frame(marker: u8, width: u16, height: u16) -> Vec<u8> {
    let ([w1, w0], [h1, h0]) = (width.to_be_bytes(), height.to_be_bytes());
    segment(marker, &[8, h1, h0, w1, w0, 1, 1, 0x11, 0])
}

fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    [vec![0xff, 0xd8], segments.concat(), vec![0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]].concat()
}

fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

fn png_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name[..], content].concat();
    let size = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&size[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    png_chunk(*b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat())
}

fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(&[png_header(width, height), png_chunk(*b"IDAT", &[7; 99]), png_chunk(*b"IEND", &[])])
}

fn webp_of(chunks: &[([u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"WEBP".to_vec();
    for (name, content) in chunks {
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        file.extend([&name[..], &size, content, &[0; 1][..content.len() % 2]].concat());
    }
    [&b"RIFF"[..], &u32::try_from(file.len()).unwrap().to_le_bytes(), &file].concat()
}

fn webp(chunk: [u8; 4], content: &[u8]) -> Vec<u8> {
    webp_of(&[(chunk, content), (*b"VP8 ", &[0; 16])])
}

#[test]
fn real_photos_of_every_format_are_measured() {
    let photos = [
        ("portrait-01.jpg", Format::Jpeg, 640, 640),
        ("portrait-11.jpg", Format::Jpeg, 768, 1024),
        ("portrait-04.png", Format::Png, 576, 576),
        ("portrait-10.webp", Format::Webp, 1024, 768),
    ];
    for (name, format, width, height) in photos {
        assert_eq!(measure(&fixture(name)), Ok((format, width, height)), "{name}");
    }
}

#[test]
fn the_size_is_of_the_whole_photo() {
    let bytes = fixture("portrait-01.jpg");
    let metadata = inspect(&bytes, 1000).unwrap();
    assert_eq!(metadata.size_bytes as usize, bytes.len());
    assert_eq!(metadata, inspect(&bytes, bytes.len()).unwrap());
}

#[test]
fn the_short_side_is_the_smaller_one() {
    assert_eq!(inspect(&fixture("portrait-10.webp"), 999).unwrap().short_side(), 768);
    assert_eq!(inspect(&fixture("portrait-11.jpg"), 999).unwrap().short_side(), 768);
}

#[test]
fn every_kind_of_jpeg_frame_is_measured() {
    for marker in [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xcf] {
        let tables = segment(0xc4, &[0; 40]);
        assert_eq!(measure(&jpeg(&[tables, frame(marker, 800, 600)])), Ok((Format::Jpeg, 800, 600)), "{marker:x}");
    }
}

#[test]
fn megabytes_of_metadata_before_a_jpegs_frame_are_passed_over() {
    let mut segments = vec![segment(0xe1, &vec![0xff; 65_533]); 30];
    segments.extend(vec![segment(0xfe, &vec![0xc0; 60_000]); 2]);
    segments.push(segment(0xdb, &[1; 130]));
    segments.push(frame(0xc2, 3024, 4032));
    assert_eq!(measure(&jpeg(&segments)), Ok((Format::Jpeg, 3024, 4032)));
}

#[test]
fn fill_bytes_and_empty_segments_before_a_jpegs_frame_are_passed_over() {
    let segments = [vec![0xff, 0xff, 0xff], segment(0xe0, &[]), vec![0xff], frame(0xc0, 640, 480)];
    assert_eq!(measure(&jpeg(&segments)), Ok((Format::Jpeg, 640, 480)));
}

#[test]
fn every_kind_of_webp_is_measured() {
    let lossy = webp(*b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x20, 0x03, 0x58, 0x02]);
    assert_eq!(measure(&lossy), Ok((Format::Webp, 800, 600)));
    let lossless = (0x0257_u32 << 14 | 0x031f).to_le_bytes();
    assert_eq!(measure(&webp(*b"VP8L", &[&[0x2f], &lossless[..]].concat())), Ok((Format::Webp, 800, 600)));
    let extended = webp(*b"VP8X", &[0x10, 0, 0, 0, 0x1f, 0x03, 0, 0x57, 0x02, 0]);
    assert_eq!(measure(&extended), Ok((Format::Webp, 800, 600)));
}

#[test]
fn other_files_are_refused_at_their_first_bytes() {
    for bytes in [
        &b"II*\0\x08\0\0\0\x01\x02\x03\x04"[..],
        b"<!doctype html>",
        b"RIFF\x24\x00\x00\x00WAVE",
        b"\0\0\0\x18ftypisom",
    ] {
        let mut inspection = Inspection::new();
        assert_eq!(inspection.push(bytes), Err(Error::UnknownFormat));
        assert_eq!(measure(bytes), Err(Error::UnknownFormat));
    }
    assert_eq!(measure(b"BM"), Err(Error::UnknownFormat));
}

#[test]
fn nothing_is_empty() {
    assert_eq!(Inspection::new().finish(), Err(Error::Empty));
    let mut inspection = Inspection::new();
    inspection.push(b"").unwrap();
    assert_eq!(inspection.finish(), Err(Error::Empty));
}

#[test]
fn a_header_cut_short_or_damaged_cannot_be_read() {
    let damaged = [
        b"\xff\xd8\xff".to_vec(),
        jpeg(&[segment(0xe0, b"JFIF\0")]),
        jpeg(&[segment(0xdb, &[1; 4]), vec![0, 1, 2, 3], frame(0xc0, 640, 480)]),
        jpeg(&[frame(0xc0, 640, 480)])[..8].to_vec(),
        jpeg(&[segment(0xe1, &[0; 500])])[..300].to_vec(),
        png(640, 480)[..20].to_vec(),
        [&png(640, 480)[..12], b"IDAT", &png(640, 480)[16..]].concat(),
        webp(*b"VP8 ", &[])[..22].to_vec(),
        webp(*b"ALPH", &[0; 20]),
        webp(*b"FOOL", &[0; 20]),
    ];
    for bytes in damaged {
        assert_eq!(measure(&bytes), Err(Error::UnreadableHeader), "{:x?}", &bytes[..bytes.len().min(24)]);
    }
}

#[test]
fn a_picture_without_pixels_is_refused() {
    for bytes in [jpeg(&[frame(0xc0, 0, 480)]), jpeg(&[frame(0xc0, 640, 0)]), png(0, 480), png(640, 0)] {
        assert_eq!(measure(&bytes), Err(Error::UnreadableHeader));
    }
}

#[test]
fn a_header_that_claims_an_absurd_picture_is_refused() {
    assert_eq!(measure(&png(10_000, 10_000)), Ok((Format::Png, 10_000, 10_000)));
    for (width, height) in [(10_000, 10_001), (60_000, 60_000), (1, 1 << 31), (u32::MAX, u32::MAX)] {
        assert_eq!(measure(&png(width, height)), Err(Error::TooManyPixels { width, height }));
    }
}

#[test]
fn ten_megabytes_are_taken_and_not_a_byte_more() {
    let mut photo = png(640, 480);
    photo.resize(PHOTO_BYTES_MAX as usize, 0);
    assert_eq!(inspect(&photo, 65_536).unwrap().size_bytes, PHOTO_BYTES_MAX);

    let mut inspection = Inspection::new();
    inspection.push(&photo).unwrap();
    assert_eq!(inspection.push(&[0]), Err(Error::Endless));
    assert_eq!(inspection.finish(), Err(Error::Endless));

    assert_eq!(check_size(u64::from(PHOTO_BYTES_MAX)), Ok(()));
    let size_bytes = u64::from(PHOTO_BYTES_MAX) + 1;
    assert_eq!(check_size(size_bytes), Err(Error::TooLarge { size_bytes }));
}

#[test]
fn tables_before_a_jpegs_frame_are_passed_over_too() {
    let mut segments = vec![segment(0xdb, &vec![1; 60_000]); 3];
    segments.push(frame(0xc0, 640, 480));
    assert_eq!(measure(&jpeg(&segments)), Ok((Format::Jpeg, 640, 480)));
}

#[test]
fn real_photos_that_are_cut_anywhere_are_refused() {
    for name in ["portrait-01.jpg", "portrait-04.png", "portrait-10.webp"] {
        let whole = fixture(name);
        for end in [whole.len() - 1, whole.len() - 2, whole.len() - 12, whole.len() * 9 / 10, whole.len() / 2, 2_000] {
            assert_eq!(measure(&whole[..end]), Err(Error::CutOff), "{name} until {end}");
        }
        for padding in [1, 2, 5_000] {
            let padded = [whole.clone(), vec![0xff; padding]].concat();
            assert_eq!(measure(&padded), measure(&whole), "{name} and {padding}");
        }
    }
}

#[test]
fn a_header_alone_is_no_photo() {
    let jpeg_header = [&[0xff, 0xd8][..], &frame(0xc0, 640, 480)].concat();
    assert_eq!(measure(&jpeg_header), Err(Error::CutOff));
    assert_eq!(measure(&[&jpeg_header[..], &[0xff, 0xd9]].concat()), Err(Error::NoPicture));
    assert_eq!(measure(&png_of(&[png_header(640, 480)])), Err(Error::CutOff));
    assert_eq!(measure(&png_of(&[png_header(640, 480), png_chunk(*b"IEND", &[])])), Err(Error::NoPicture));
    let canvas = [0x10, 0, 0, 0, 0x1f, 0x03, 0, 0x57, 0x02, 0];
    assert_eq!(measure(&webp_of(&[(*b"VP8X", &canvas)])), Err(Error::NoPicture));
    assert_eq!(measure(&webp_of(&[(*b"VP8X", &canvas), (*b"ANMF", &[0; 7])])), Ok((Format::Webp, 800, 600)));
}

#[test]
fn a_scan_goes_on_over_stuffed_bytes_restarts_and_further_scans() {
    let scan =
        [&segment(0xda, &[1, 1, 0, 0, 63, 0])[..], &[1, 0xff, 0, 2, 0xff, 0xd3, 3, 0xff, 0xff, 0xd4, 4]].concat();
    let tables = segment(0xc4, &[0xff, 0xd9]);
    let jpeg = |parts: &[&[u8]]| [&[0xff, 0xd8][..], &frame(0xc2, 640, 480), &parts.concat()].concat();
    let measured = Ok((Format::Jpeg, 640, 480));
    assert_eq!(measure(&jpeg(&[&scan, &tables, &scan, &[0xff, 0xd9]])), measured);
    assert_eq!(measure(&jpeg(&[&scan, &tables, &scan])), Err(Error::CutOff));
    // A thumbnail's end is not the photo's.
    let thumbnail = segment(0xe1, &[0xff, 0xd8, 0xff, 0xd9]);
    assert_eq!(measure(&jpeg(&[&thumbnail, &scan, &thumbnail])), Err(Error::CutOff));
}

#[test]
fn a_checksum_or_a_size_that_is_wrong_is_damage() {
    let mut file = png(640, 480);
    let last = file.len() - 20;
    file[last] ^= 1;
    assert_eq!(measure(&file), Err(Error::Damaged));
    let mut file = webp(*b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x20, 0x03, 0x58, 0x02]);
    file[16] = 200;
    assert_eq!(measure(&file), Err(Error::Damaged));
}

proptest! {
    #[test]
    fn any_bytes_after_a_magic_are_refused_or_measured_alike_in_any_chunks(
        magic in prop_oneof![
            Just(b"\xff\xd8\xff".to_vec()), Just(b"\x89PNG\r\n\x1a\n".to_vec()), Just(b"RIFF\0\0\0\0WEBPVP8".to_vec()),
        ],
        noise in proptest::collection::vec(prop_oneof![Just(0xff_u8), Just(0xc0), Just(0), any::<u8>()], 0..200),
    ) {
        let measured = measure(&[magic, noise].concat());
        prop_assert!(!matches!(measured, Ok((_, 0, _) | (_, _, 0)) | Err(Error::Empty | Error::Endless)));
    }
}
