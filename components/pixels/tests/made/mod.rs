//! Photos made for tests.
#![allow(dead_code, reason = "each test takes what it needs of it")]

use image::DynamicImage;

const PHOTOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos");

/// A real photo.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{PHOTOS}/{name}")).unwrap()
}

/// All real photos, by name.
pub(crate) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let names = std::fs::read_dir(PHOTOS).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut photos = names
        .filter(|name| name.starts_with("portrait"))
        .map(|name| (name.clone(), fixture(&name)))
        .collect::<Vec<_>>();
    photos.sort();
    photos
}

pub(crate) fn jpeg(photo: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&photo.to_rgb8()).unwrap();
    bytes
}

/// A grey JPEG of any size, in colours at half the resolution, whose blocks take one or two bits.
pub(crate) fn grey_jpeg(width: u16, height: u16, is_progressive: bool) -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        [&[0xff, marker][..], &u16::try_from(content.len() + 2).unwrap().to_be_bytes(), content].concat()
    };
    let table = |class: u8| [&[class, 1][..], &[0; 15], &[0]].concat();
    let frame =
        [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]].concat();
    let blocks = usize::from(width).div_ceil(16) * usize::from(height).div_ceil(16) * 6;
    let all = [3, 1, 0, 2, 0, 3, 0];
    let scan = |head: &[u8], bytes: usize| [segment(0xda, head), vec![0; bytes]].concat();
    let scans = if is_progressive {
        let single = |name: u8| scan(&[1, name, 0, 1, 63, 0], blocks / 8 + 64);
        [scan(&[&all[..], &[0, 0, 0]].concat(), blocks / 8 + 64), single(1), single(2), single(3)].concat()
    } else {
        scan(&[&all[..], &[0, 63, 0]].concat(), blocks / 4 + 64)
    };
    [
        b"\xff\xd8".to_vec(),
        segment(0xdb, &[&[0][..], &[1; 64]].concat()),
        segment(if is_progressive { 0xc2 } else { 0xc0 }, &frame),
        segment(0xc4, &[table(0), table(0x10)].concat()),
        scans,
        b"\xff\xd9".to_vec(),
    ]
    .concat()
}

/// A chunk of a PNG.
pub(crate) fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name, content].concat();
    [&u32::try_from(content.len()).unwrap().to_be_bytes(), &named[..], &crc32fast::hash(&named).to_be_bytes()].concat()
}

/// An interlaced PNG of red-green-blue pixels, not compressed.
pub(crate) fn interlaced(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    const PASSES: [(usize, usize, usize, usize); 7] =
        [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];
    let mut rows = Vec::new();
    for (first, step, begin, apart) in PASSES {
        for row in pixels.chunks_exact(width as usize * 3).skip(begin).step_by(apart) {
            let pixels = row.chunks_exact(3).skip(first).step_by(step).flatten().copied().collect::<Vec<_>>();
            if !pixels.is_empty() {
                rows.push(0);
                rows.extend(pixels);
            }
        }
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &rows {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut data = vec![0x78, 0x01];
    for part in rows.chunks(65_535) {
        let length = u16::try_from(part.len()).unwrap();
        data.extend([&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), part].concat());
    }
    data.extend([&[1, 0, 0, 0xff, 0xff][..], &(b << 16 | a).to_be_bytes()].concat());
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 1]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(*b"IHDR", &head), chunk(*b"IDAT", &data), chunk(*b"IEND", &[])].concat()
}

/// A photo, and Exif data that say which way up it is, put in where its format has them.
pub(crate) fn turned(mut bytes: Vec<u8>, orientation: u8) -> Vec<u8> {
    let exif = [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], &[0; 6]].concat();
    let size = |bytes: usize| u32::try_from(bytes).unwrap();
    if bytes.starts_with(b"\xff\xd8") {
        let length = u16::try_from(exif.len() + 8).unwrap().to_be_bytes();
        bytes.splice(2..2, [b"\xff\xe1", &length[..], b"Exif\0\0", &exif].concat());
    } else if bytes.starts_with(b"\x89PNG") && bytes.len() > 33 {
        bytes.splice(33..33, chunk(*b"eXIf", &exif));
    } else if bytes.starts_with(b"RIFF") && bytes.len() > 12 {
        bytes.extend([b"EXIF", &size(exif.len()).to_le_bytes()[..], &exif].concat());
        let total = size(bytes.len() - 8).to_le_bytes();
        bytes.splice(4..8, total);
    }
    bytes
}
