//! Weights that are files: safetensors that hold the training's photos, small, so that a character trained here can make pictures at
//! another simulator.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, RgbImage};
use safetensors::SafeTensors;
use serde_json::{Map, Value, json};

use crate::dataset::{Download, Downloader};
use crate::fault::Fault;
use crate::state::Shared;
use crate::work::FLUX_1;

/// Largest file that is read, in bytes.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest side of a photo in the file, in pixels.
const PHOTO_SIDE_MAX: u32 = 256;
/// What the photos' tensors are called, with a number behind it.
const PHOTO: &str = "photo.";
/// Where Replicate's trainer puts the file into its tar.
const PATH_IN_TAR: &str = "output/flux_train_replicate/lora.safetensors";

/// What stands between a family and the rest of a version's id.
const AFTER_FAMILY: char = '.';

/// The id of a version: with its family in front, where that is not FLUX.1.
pub(crate) fn version(family: &str, id: &str) -> String {
    if family == FLUX_1 { id.to_owned() } else { format!("{family}{AFTER_FAMILY}{id}") }
}

/// Refuses weights of another family, which run on that only.
pub(crate) fn check_family(version: &str, family: &str) -> Result<(), Fault> {
    let id = version.rsplit(':').next().unwrap_or(version);
    let found = id.split_once(AFTER_FAMILY).map_or(FLUX_1, |(family, _)| family);
    if found == family {
        return Ok(());
    }
    Err(Fault::new("invalid_weights", format!("the weights were trained on {found}, and this is {family}")))
}

/// The safetensors file of a version. Written by hand, so that it is the same bytes every time: the crate's order of metadata is not.
pub(crate) fn file(version: &str, photos: &[RgbImage]) -> Result<Vec<u8>> {
    let mut header = Map::new();
    header.insert("__metadata__".to_owned(), json!({ "simulated": "true", "version": version }));
    let mut data = Vec::new();
    for (n, photo) in photos.iter().enumerate() {
        let begin = data.len();
        JpegEncoder::new_with_quality(&mut data, 85).encode_image(&small(photo)).context("a photo")?;
        let tensor = json!({ "dtype": "U8", "shape": [data.len() - begin], "data_offsets": [begin, data.len()] });
        header.insert(format!("{PHOTO}{n:02}"), tensor);
    }
    let mut header = Value::Object(header).to_string();
    // The data begin at a multiple of eight.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let mut file = u64::try_from(header.len())?.to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    Ok(file)
}

fn small(photo: &RgbImage) -> RgbImage {
    let photo = DynamicImage::ImageRgb8(photo.clone());
    photo.thumbnail(PHOTO_SIDE_MAX, PHOTO_SIDE_MAX).into_rgb8()
}

/// The photos that a file of weights holds: a version of our own, or a file from elsewhere.
pub(crate) async fn photos(
    shared: &Shared,
    url: &str,
    by: Downloader,
    family: &str,
) -> Result<Arc<Vec<RgbImage>>, Fault> {
    let own = url.strip_prefix(&format!("{}/weights/", shared.options.base_url));
    let own = own.and_then(|path| path.split('/').next());
    if let Some((version, photos)) = own.and_then(|version| Some((version, shared.photos(version)?))) {
        check_family(version, family)?;
        return Ok(photos);
    }
    let file = Download { what: "the weights", bytes_max: BYTES_MAX, by };
    let bytes = file.get(&shared.downloads, url).await.map_err(Fault::of("file_download_error"))?;
    let read = tokio::task::spawn_blocking(move || read(&bytes)).await.context("the weights could not be read")?;
    let (version, photos) = read.map_err(Fault::of("invalid_weights"))?;
    check_family(&version, family)?;
    Ok(Arc::new(photos))
}

/// The version that a file is of, and its photos.
fn read(bytes: &[u8]) -> Result<(String, Vec<RgbImage>)> {
    let (_, header) = SafeTensors::read_metadata(bytes).context("the weights are not a readable safetensors file")?;
    let version = header.metadata().as_ref().and_then(|metadata| metadata.get("version").cloned()).unwrap_or_default();
    let file = SafeTensors::deserialize(bytes).context("the weights are not a readable safetensors file")?;
    let mut tensors: Vec<_> = file.iter().filter(|(name, _)| name.starts_with(PHOTO)).collect();
    tensors.sort_by_key(|(name, _)| *name);
    ensure!(!tensors.is_empty(), "the weights were not trained by a simulator: they hold no photos");
    let photo = |(name, tensor): &(&str, safetensors::tensor::TensorView<'_>)| {
        let photo = image::load_from_memory(tensor.data());
        Ok(photo.with_context(|| format!("{name} in the weights cannot be decoded"))?.to_rgb8())
    };
    Ok((version, tensors.iter().map(photo).collect::<Result<_>>()?))
}

/// The file as Replicate's trainer and Cog's give it: in a tar (POSIX ustar).
pub(crate) fn tar_of(file: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put =
        |at: usize, text: &str| header.iter_mut().skip(at).zip(text.bytes()).for_each(|(byte, new)| *byte = new);
    put(0, PATH_IN_TAR);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", file.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let checksum = format!("{sum:06o}\0 ");
    header.iter_mut().skip(148).zip(checksum.bytes()).for_each(|(byte, new)| *byte = new);
    let mut tar = header.to_vec();
    tar.extend(file);
    tar.resize(tar.len().div_ceil(512) * 512 + 1_024, 0);
    tar
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use safetensors::Dtype;

    use super::*;

    #[test]
    fn a_file_is_readable_by_the_crate_and_always_the_same() {
        let photos =
            [RgbImage::from_pixel(600, 300, Rgb([200, 20, 20])), RgbImage::from_pixel(30, 40, Rgb([20, 20, 200]))];
        let bytes = file("abc", &photos).unwrap();
        assert_eq!(bytes, file("abc", &photos).unwrap());
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().clone().unwrap();
        assert_eq!((metadata["simulated"].as_str(), metadata["version"].as_str()), ("true", "abc"));
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(tensors.len(), 2);
        assert_eq!(tensors.tensor("photo.01").unwrap().dtype(), Dtype::U8);
        let (version, back) = read(&bytes).unwrap();
        assert_eq!(version, "abc");
        assert_eq!((back[0].dimensions(), back[1].dimensions()), ((256, 128), (192, 256)));
        let [red, _, blue] = back[0].get_pixel(50, 50).0;
        assert!(red > 150 && blue < 100, "the first photo is the red one");
    }

    #[test]
    fn what_is_no_file_of_ours_is_refused() {
        let foreign = file("abc", &[]).unwrap();
        for (bytes, words) in [(&b"<!doctype html>"[..], "not a readable safetensors"), (&foreign, "hold no photos")] {
            let error = format!("{:#}", read(bytes).unwrap_err());
            assert!(error.contains(words), "{error}");
        }
    }
}
