//! The training zip: stored, flat, its every byte but the photos' own known before one of them is read.
//!
//! Sizes and checksums stand in front of each entry (PKWARE APPNOTE 6.3.10, 4.4.4: no data descriptors), so that a reader
//! may take the archive as a stream. The writers of `rawzip` and `zip` want the data at hand or put descriptors behind it, so
//! the three records of fixed shape are written here.

use domain::Format;

use crate::photo::PHOTO_BYTES_MAX;

/// The most entries of an archive.
pub const ENTRIES_MAX: usize = 30;

/// The most letters of an entry's name.
pub const NAME_BYTES_MAX: usize = 64;

/// A photo of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its file name: ASCII letters, digits, `-`, `_` and a dot before the extension.
    pub name: String,
    /// Its size.
    pub size_bytes: u32,
    /// Its CRC-32.
    pub crc32: u32,
}

impl Entry {
    /// The name of the `number`th photo: `photo-01.jpg`.
    pub fn photo_name(number: usize, format: Format) -> String {
        format!("photo-{number:02}.{}", format.extension())
    }
}

/// An archive that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    entries: Vec<Placed>,
    directory_offset: u32,
}

/// A stretch of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The bytes of the photo whose entry has this index.
    Entry(usize),
}

/// Why entries make no archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There are more than [`ENTRIES_MAX`].
    #[error("{0} entries; the limit is {ENTRIES_MAX}")]
    TooManyEntries(usize),
    /// One is larger than a photo may be.
    #[error("the entry {0} is larger than a photo may be")]
    EntryTooLarge(String),
    /// A name is empty, too long, or not of a file in the archive's only folder.
    #[error("{0:?} cannot be the name of an entry")]
    BadName(String),
    /// Two names differ in nothing, or in their extension only: a trainer tells photos apart by the rest.
    #[error("two entries are called {0}")]
    RepeatedStem(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Placed {
    entry: Entry,
    name_bytes: u16,
    offset: u32,
}

impl Archive {
    /// Lays out an archive of `entries` in their order.
    ///
    /// # Errors
    /// When there are too many, one is too large, or the names are not those of different files.
    pub fn new(entries: Vec<Entry>) -> Result<Self, Error> {
        if entries.len() > ENTRIES_MAX {
            return Err(Error::TooManyEntries(entries.len()));
        }
        let mut stems = Vec::with_capacity(entries.len());
        let mut placed = Vec::with_capacity(entries.len());
        // 30 entries of 10 MB and a few short records stay far below the 4 GiB of a `u32`.
        let mut offset = 0;
        for entry in entries {
            let (Some(stem), Ok(name_bytes)) = (stem(&entry.name), u16::try_from(entry.name.len())) else {
                return Err(Error::BadName(entry.name));
            };
            let folded = stem.to_ascii_lowercase();
            if stems.contains(&folded) {
                return Err(Error::RepeatedStem(stem.to_owned()));
            }
            stems.push(folded);
            if entry.size_bytes > PHOTO_BYTES_MAX {
                return Err(Error::EntryTooLarge(entry.name));
            }
            let next = offset + LOCAL_HEADER_BYTES + u32::from(name_bytes) + entry.size_bytes;
            placed.push(Placed { entry, name_bytes, offset });
            offset = next;
        }
        Ok(Self { entries: placed, directory_offset: offset })
    }

    /// The exact size of the whole archive.
    pub fn size_bytes(&self) -> u64 {
        u64::from(self.directory_offset) + u64::from(self.directory_bytes()) + u64::from(END_BYTES)
    }

    /// The archive from its first byte to its last.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::with_capacity(2 * self.entries.len() + 1);
        let mut trailer = Vec::new();
        for (index, placed) in self.entries.iter().enumerate() {
            parts.push(Part::Bytes(placed.local_header()));
            parts.push(Part::Entry(index));
            placed.write_directory_header(&mut trailer);
        }
        self.write_end(&mut trailer);
        parts.push(Part::Bytes(trailer));
        parts
    }

    fn directory_bytes(&self) -> u32 {
        self.entries.iter().map(|placed| DIRECTORY_HEADER_BYTES + u32::from(placed.name_bytes)).sum()
    }

    /// End of central directory record (4.3.16).
    fn write_end(&self, out: &mut Vec<u8>) {
        let count = self.entries.iter().fold(0_u16, |count, _| count + 1);
        let no_disks = [0; 4];
        out.extend(b"PK\x05\x06");
        out.extend(no_disks);
        out.extend(count.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(self.directory_bytes().to_le_bytes());
        out.extend(self.directory_offset.to_le_bytes());
        out.extend(NO_COMMENT);
    }
}

impl Placed {
    /// Local file header (4.3.7).
    fn local_header(&self) -> Vec<u8> {
        let mut out = b"PK\x03\x04".to_vec();
        self.write_shared_fields(&mut out);
        out.extend(self.entry.name.as_bytes());
        out
    }

    /// Central directory header (4.3.12).
    fn write_directory_header(&self, out: &mut Vec<u8>) {
        let disk_and_attributes = [0; 8];
        out.extend(b"PK\x01\x02");
        out.extend(VERSION);
        self.write_shared_fields(out);
        out.extend(NO_COMMENT);
        out.extend(disk_and_attributes);
        out.extend(self.offset.to_le_bytes());
        out.extend(self.entry.name.as_bytes());
    }

    /// What both headers have, from "version needed to extract" to "extra field length".
    fn write_shared_fields(&self, out: &mut Vec<u8>) {
        let (no_flags, no_extra_field) = ([0; 2], [0; 2]);
        out.extend(VERSION);
        out.extend(no_flags);
        out.extend(STORED);
        out.extend(MODIFIED);
        out.extend(self.entry.crc32.to_le_bytes());
        out.extend(self.entry.size_bytes.to_le_bytes());
        out.extend(self.entry.size_bytes.to_le_bytes());
        out.extend(self.name_bytes.to_le_bytes());
        out.extend(no_extra_field);
    }
}

const LOCAL_HEADER_BYTES: u32 = 30;
const DIRECTORY_HEADER_BYTES: u32 = 46;
const END_BYTES: u32 = 22;

/// Version 1.0 (4.4.3): plain files, stored.
const VERSION: [u8; 2] = [10, 0];
/// No compression (4.4.5): photos have their own.
const STORED: [u8; 2] = [0, 0];
/// Midnight of 1 January 1980, the first there is (4.4.6): the same photos make the same bytes.
const MODIFIED: [u8; 4] = [0, 0, 0x21, 0];
const NO_COMMENT: [u8; 2] = [0, 0];

/// The part of a file name before the extension's dot; `None` when it is not such a name.
fn stem(name: &str) -> Option<&str> {
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let (stem, extension) = name.split_once('.')?;
    (name.len() <= NAME_BYTES_MAX && plain(stem) && plain(extension)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn entry(name: &str, bytes: &[u8]) -> Entry {
        let size_bytes = u32::try_from(bytes.len()).unwrap();
        Entry { name: name.to_owned(), size_bytes, crc32: crc32fast::hash(bytes) }
    }

    fn assemble(photos: &[(String, Vec<u8>)]) -> Vec<u8> {
        let archive = Archive::new(photos.iter().map(|(name, bytes)| entry(name, bytes)).collect()).unwrap();
        let bytes: Vec<u8> = archive
            .parts()
            .into_iter()
            .flat_map(|part| match part {
                Part::Bytes(bytes) => bytes,
                Part::Entry(index) => photos[index].1.clone(),
            })
            .collect();
        assert_eq!(bytes.len() as u64, archive.size_bytes());
        bytes
    }

    fn fixtures() -> Vec<(String, Vec<u8>)> {
        let folder = format!("{}/../../tests/fixtures/photos", env!("CARGO_MANIFEST_DIR"));
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
        paths.sort();
        let photo = |(index, path): (usize, &std::path::PathBuf)| {
            let bytes = std::fs::read(path).unwrap();
            (Entry::photo_name(index + 1, crate::recognize(&bytes).unwrap().format().unwrap()), bytes)
        };
        paths.iter().enumerate().map(photo).collect()
    }

    #[test]
    fn another_implementation_reads_every_photo_back() {
        let photos = fixtures();
        assert!(photos.len() >= 10);
        let mut archive = ::zip::ZipArchive::new(Cursor::new(assemble(&photos))).unwrap();
        assert_eq!(archive.len(), photos.len());
        for (index, (name, bytes)) in photos.iter().enumerate() {
            let mut file = archive.by_index(index).unwrap();
            assert_eq!(file.name().unwrap(), *name);
            assert_eq!(file.compression(), ::zip::CompressionMethod::Stored);
            let mut read = Vec::new();
            file.read_to_end(&mut read).unwrap();
            assert!(&read == bytes, "{name} came back different");
        }
    }

    #[test]
    fn another_implementation_reads_it_as_a_stream() {
        let photos = fixtures();
        let mut stream = Cursor::new(assemble(&photos));
        for (name, bytes) in &photos {
            let mut file = ::zip::read::read_zipfile_from_stream(&mut stream).unwrap().unwrap();
            assert_eq!(file.name().unwrap(), *name);
            let mut read = Vec::new();
            file.read_to_end(&mut read).unwrap();
            assert!(&read == bytes, "{name} came back different");
        }
        assert!(::zip::read::read_zipfile_from_stream(&mut stream).unwrap().is_none());
    }

    #[test]
    fn a_small_archive_is_these_bytes() {
        let bytes = assemble(&[("a.png".to_owned(), b"hello".to_vec())]);
        let expected = [
            b"PK\x03\x04\x0a\0\0\0\0\0\0\0\x21\0\x86\xa6\x10\x36\x05\0\0\0\x05\0\0\0\x05\0\0\0a.pnghello".as_slice(),
            b"PK\x01\x02\x0a\0\x0a\0\0\0\0\0\0\0\x21\0\x86\xa6\x10\x36\x05\0\0\0\x05\0\0\0\x05\0\0\0",
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0a.png",
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\x28\0\0\0\0\0",
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn the_largest_archive_is_laid_out_exactly() {
        let largest =
            |number| Entry { name: Entry::photo_name(number, Format::Webp), size_bytes: PHOTO_BYTES_MAX, crc32: 0 };
        let archive = Archive::new((1..=ENTRIES_MAX).map(largest).collect()).unwrap();
        assert_eq!(archive.size_bytes(), 30 * (30 + 13 + 10_485_760 + 46 + 13) + 22);
        assert_eq!(archive.parts().len(), 61);
    }

    #[test]
    fn what_no_archive_can_hold_is_refused() {
        let numbered = |count: usize| (0..count).map(|n| entry(&Entry::photo_name(n, Format::Jpeg), b"x")).collect();
        assert_eq!(Archive::new(numbered(31)), Err(Error::TooManyEntries(31)));
        assert!(Archive::new(numbered(30)).is_ok());

        let large = Entry { name: "a.png".to_owned(), size_bytes: PHOTO_BYTES_MAX + 1, crc32: 0 };
        assert_eq!(Archive::new(vec![large]), Err(Error::EntryTooLarge("a.png".to_owned())));

        let same = vec![entry("a.png", b"1"), entry("A.jpg", b"2")];
        assert_eq!(Archive::new(same), Err(Error::RepeatedStem("A".to_owned())));

        for name in
            ["", "a", ".png", "a.", "../a.png", "a/b.png", "a.b.png", "\u{e9}.png", &format!("{}.png", "a".repeat(61))]
        {
            assert_eq!(Archive::new(vec![entry(name, b"x")]), Err(Error::BadName(name.to_owned())));
        }
    }
}
