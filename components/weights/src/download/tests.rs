//! Files as trainers make them, whole, in pieces and damaged.

use proptest::prelude::*;

use super::*;

/// A file of weights with this many bytes of tensors.
fn safetensors(bytes: usize) -> Vec<u8> {
    let data: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::U8, vec![bytes], &data).unwrap();
    safetensors::serialize([("lora.up", view)], None).unwrap()
}

/// A tar as the trainers upload them.
fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// The digest of what comes out when these bytes go in, so many at a time; it is also the one that was computed on the way.
fn through(bytes: &[u8], announced: Option<u64>, piece: usize) -> Result<(Option<u32>, Digest), Error> {
    let mut download = Download::new(announced);
    let mut weights = Vec::new();
    for piece in bytes.chunks(piece) {
        download.push(piece)?;
        while let Some(bytes) = download.take() {
            weights.extend_from_slice(&bytes);
        }
    }
    let size = download.size_bytes();
    assert_eq!(download.finish()?, digest(&weights));
    Ok((size, digest(&weights)))
}

fn digest(bytes: &[u8]) -> Digest {
    hex::encode(Sha256::digest(bytes)).parse().unwrap()
}

#[test]
fn weights_come_out_of_a_tar_wherever_they_stand() {
    let weights = safetensors(5_000);
    let captions = vec![b'x'; 700];
    let files: [(&str, &[u8]); 3] = [
        ("output/flux_train_replicate/captions/1.txt", &captions),
        ("output/flux_train_replicate/lora.safetensors", &weights),
        ("output/flux_train_replicate/config.yaml", b"rank: 16"),
    ];
    let long = format!("{}/not.safetensors.txt", "d".repeat(150));
    let with_long: [(&str, &[u8]); 2] = [(&long, b"x"), ("flux-lora/flux-lora.safetensors", &weights)];
    for tar in [tar_of(&files), tar_of(&with_long)] {
        for piece in [1, 7, 512, 100_000] {
            let size = u32::try_from(weights.len()).ok();
            assert_eq!(through(&tar, None, piece), Ok((size, digest(&weights))), "{piece}");
        }
    }
}

#[test]
fn weights_alone_need_to_say_how_large_they_are() {
    for bytes in [1, 3_000] {
        let weights = safetensors(bytes);
        let size = weights.len() as u64;
        let expected = (u32::try_from(size).ok(), digest(&weights));
        assert_eq!(through(&weights, Some(size), 100), Ok(expected));
        let wrong = through(&weights, Some(size + 1), 100);
        assert!(matches!(wrong, Err(Error::WrongLength | Error::BrokenOff)), "{wrong:?}");
    }
    assert_eq!(through(&safetensors(3_000), None, 100), Err(Error::UnknownSize));
}

#[test]
fn what_is_damaged_is_refused() {
    let weights = safetensors(5_000);
    let tar = tar_of(&[("a/lora.safetensors", &weights)]);
    assert_eq!(through(&tar[..3_000], None, 512), Err(Error::BrokenOff));
    assert_eq!(through(&tar_of(&[("a/lora.txt", &weights)]), None, 512), Err(Error::NoWeights));
    assert_eq!(through(&tar_of(&[("a/x.safetensors", &weights[..4_000])]), None, 512), Err(Error::WrongLength));
    assert_eq!(through(&tar_of(&[("a/x.safetensors", b"{}")]), None, 512), Err(Error::BadHeader));
    let huge = [&u64::MAX.to_le_bytes()[..], &[b'x'; 600]].concat();
    assert_eq!(through(&huge, Some(608), 512), Err(Error::BadHeader));
    assert_eq!(through(&huge, Some(WEIGHTS_BYTES_MAX + 1), 512), Err(Error::TooLarge));
    let page = b"<html>the file has expired</html>".repeat(30);
    assert_eq!(through(&page, Some(page.len() as u64), 512), Err(Error::BadHeader));
    assert_eq!(through(b"", Some(0), 512), Err(Error::BrokenOff));
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(bytes in any::<Vec<u8>>(), piece in 1_usize..700, told in any::<bool>()) {
        let announced = told.then_some(bytes.len() as u64);
        drop(through(&bytes, announced, piece));
        let tar = tar_of(&[("a/x.safetensors", &bytes)]);
        prop_assert!(through(&tar, announced, piece).is_err());
    }

    #[test]
    fn pieces_make_no_difference(bytes in 1_usize..3_000, piece in 1_usize..4_000) {
        let weights = safetensors(bytes);
        let out = through(&tar_of(&[("x.safetensors", &weights)]), None, piece).unwrap();
        prop_assert_eq!(out.1, digest(&weights));
    }
}
