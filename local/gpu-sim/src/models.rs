//! Models that know no character: what they take and what they make. The pictures, songs and films are simulated, and say so.

mod fields;
mod music;
mod words;

use image::{Rgb, RgbImage};
use serde_json::{Map, Value, json};

use crate::field::{self, BadField};
use crate::picture::{self, Format, Order};
use crate::protocol::File;

/// The film that every lip-sync and every upscaled one comes to: a test card that says what it is.
const FILM: &[u8] = include_bytes!("simulated.mp4");
/// The longest side of a picture that is made, in pixels: what is simulated need not be large.
const SIDE_MAX: u32 = 2_048;

/// What a model is asked to make.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    makes: Makes,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Makes {
    Picture(Order),
    Song {
        seed: u64,
    },
    Film,
    /// Words, which are no file.
    Words(Vec<String>),
}

/// How the provider writes the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Replicate: the URL itself.
    Url,
    /// fal: a list of pictures.
    Images,
    /// fal: one picture.
    Image,
    /// fal: a song.
    Audio,
    /// fal: a film.
    Video,
}

/// Replicate's models.
pub(crate) fn of_replicate(model: &str, input: &Map<String, Value>) -> Option<Result<Run, BadField>> {
    let (shape, input) = (Shape::Url, &known(fields::of_replicate(model)?, input));
    Some(match model {
        "black-forest-labs/flux-2-pro" | "black-forest-labs/flux-2-flex" => {
            let size = size_of(input, &[("0.5 MP", 512), ("1 MP", 1_024), ("2 MP", 1_448), ("4 MP", 2_048)]);
            picture(input, size, shape)
        }
        "google/nano-banana-pro" => {
            picture(input, size_of(input, &[("1K", 1_024), ("2K", 2_048), ("4K", 2_048)]), shape)
        }
        "google/gemini-2.5-flash" => words(input, shape),
        "topazlabs/image-upscale" => upscaled(input, "image", shape),
        "topazlabs/video-upscale" => resized(input),
        "minimax/music-2.6" => song(input, shape),
        "sync/lipsync-2" => film(input, ["video", "audio"], shape),
        _ => return None,
    })
}

/// fal's apps, with their paths.
pub(crate) fn of_fal(app: &str, input: &Map<String, Value>) -> Option<Result<Run, BadField>> {
    let input = &known(fields::of_fal(app)?, input);
    Some(match app {
        "fal-ai/flux-2-pro" | "fal-ai/flux-2-flex" => picture(input, sides(input), Shape::Images),
        "fal-ai/flux-2-pro/edit" | "fal-ai/flux-2-flex/edit" => edited(input, sides(input)),
        "fal-ai/nano-banana-pro" => picture(input, size_of(input, &RESOLUTIONS), Shape::Images),
        "fal-ai/nano-banana-pro/edit" => edited(input, size_of(input, &RESOLUTIONS)),
        "fal-ai/flux-pro/kontext/max/multi" => edited(input, size_of(input, &[])),
        "fal-ai/topaz/upscale/image" => upscaled(input, "image_url", Shape::Image),
        "fal-ai/topaz/upscale/video" => film_upscaled(input),
        "fal-ai/sync-lipsync/v2" => film(input, ["video_url", "audio_url"], Shape::Video),
        "fal-ai/minimax-music/v2.6" => required(input, "prompt").and_then(|_| song(input, Shape::Audio)),
        _ => return None,
    })
}

/// Whether fal has an app of this owner and alias, with whatever path.
pub(crate) fn is_of_fal(app: &str) -> bool {
    let known = ["flux-2-pro", "flux-2-flex", "flux-pro", "nano-banana-pro", "topaz", "sync-lipsync", "minimax-music"];
    app.strip_prefix("fal-ai/").is_some_and(|alias| known.contains(&alias))
}

const RESOLUTIONS: [(&str, u32); 3] = [("1K", 1_024), ("2K", 2_048), ("4K", 2_048)];

/// What a model sees of an input: the fields it has.
fn known(fields: &[&str], input: &Map<String, Value>) -> Map<String, Value> {
    let seen = input.iter().filter(|(name, _)| fields.contains(&name.as_str()));
    seen.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn text<'a>(input: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}

fn required(input: &Map<String, Value>, name: &'static str) -> Result<String, BadField> {
    text(input, name).map(str::to_owned).ok_or(BadField { name, why: None })
}

fn bad(name: &'static str, why: &'static str) -> BadField {
    BadField { name, why: Some(why) }
}

/// Width and height of a ratio, at one of the named resolutions.
fn size_of(input: &Map<String, Value>, sides: &[(&str, u32)]) -> Result<(u32, u32), BadField> {
    let ratio = text(input, "aspect_ratio").unwrap_or("1:1");
    let ratio = if matches!(ratio, "auto" | "match_input_image") { "1:1" } else { ratio };
    let (width, height) = picture::size_of(ratio).ok_or(bad("aspect_ratio", "is not one of the ratios"))?;
    let side = match text(input, "resolution") {
        None => 1_024,
        Some(wanted) => {
            let found = sides.iter().find(|(name, _)| *name == wanted).map(|(_, side)| *side);
            found.ok_or(bad("resolution", "is not one of the resolutions"))?
        }
    };
    let scale = |length: u32| (length.saturating_mul(side) / 1_024).clamp(64, SIDE_MAX);
    Ok((scale(width), scale(height)))
}

/// Width and height, as fal's FLUX has them.
fn sides(input: &Map<String, Value>) -> Result<(u32, u32), BadField> {
    let side = |name: &str| {
        let side = input.get("image_size").and_then(|size| size.get(name)).and_then(Value::as_u64);
        side.and_then(|side| u32::try_from(side).ok()).filter(|side| (64..=SIDE_MAX).contains(side))
    };
    match input.get("image_size") {
        None | Some(Value::String(_)) => Ok((1_024, 1_024)),
        Some(_) => side("width").zip(side("height")).ok_or(bad("image_size", "has to have a width and a height")),
    }
}

fn picture(input: &Map<String, Value>, size: Result<(u32, u32), BadField>, shape: Shape) -> Result<Run, BadField> {
    let (width, height) = size?;
    let prompt = required(input, "prompt")?;
    let name = text(input, "output_format").unwrap_or("png");
    let format = Format::parse(if name == "jpeg" { "jpg" } else { name });
    let format = format.ok_or(bad("output_format", "has to be png, jpeg or webp"))?;
    let order = Order { prompt, width, height, seed: field::seed(input), format };
    Ok(Run { makes: Makes::Picture(order), shape })
}

fn edited(input: &Map<String, Value>, size: Result<(u32, u32), BadField>) -> Result<Run, BadField> {
    let urls = input.get("image_urls").and_then(Value::as_array).filter(|urls| !urls.is_empty());
    urls.ok_or(BadField { name: "image_urls", why: None })?;
    picture(input, size, Shape::Images)
}

fn upscaled(input: &Map<String, Value>, name: &'static str, shape: Shape) -> Result<Run, BadField> {
    let prompt = format!("upscaled {}", required(input, name)?);
    let order = Order { prompt, width: SIDE_MAX, height: SIDE_MAX, seed: 0, format: Format::Png };
    Ok(Run { makes: Makes::Picture(order), shape })
}

fn film(input: &Map<String, Value>, [video, audio]: [&'static str; 2], shape: Shape) -> Result<Run, BadField> {
    required(input, video)?;
    required(input, audio)?;
    let modes = ["cut_off", "loop", "bounce", "silence", "remap"];
    if text(input, "sync_mode").is_some_and(|mode| !modes.contains(&mode)) {
        return Err(bad("sync_mode", "is not one of the modes"));
    }
    Ok(Run { makes: Makes::Film, shape })
}

fn film_upscaled(input: &Map<String, Value>) -> Result<Run, BadField> {
    required(input, "video_url")?;
    let factor = input.get("upscale_factor").map_or(Some(2.0), Value::as_f64);
    factor.filter(|factor| (1.0..=8.0).contains(factor)).ok_or(bad("upscale_factor", "has to be from 1 to 8"))?;
    Ok(Run { makes: Makes::Film, shape: Shape::Video })
}

/// A film at one of the sizes that Replicate's model makes.
fn resized(input: &Map<String, Value>) -> Result<Run, BadField> {
    required(input, "video")?;
    if text(input, "target_resolution").is_some_and(|size| !["720p", "1080p", "4k"].contains(&size)) {
        return Err(bad("target_resolution", "has to be 720p, 1080p or 4k"));
    }
    let fps = input.get("target_fps").map_or(Some(30), Value::as_u64);
    fps.filter(|fps| (15..=60).contains(fps)).ok_or(bad("target_fps", "has to be from 15 to 60"))?;
    Ok(Run { makes: Makes::Film, shape: Shape::Url })
}

fn words(input: &Map<String, Value>, shape: Shape) -> Result<Run, BadField> {
    required(input, "prompt")?;
    let images = input.get("images").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if images.len() > words::IMAGES_MAX {
        return Err(bad("images", "has to be at most 10 images"));
    }
    let urls: Vec<&str> = images.iter().filter_map(Value::as_str).collect();
    Ok(Run { makes: Makes::Words(words::about(&urls)), shape })
}

fn song(input: &Map<String, Value>, shape: Shape) -> Result<Run, BadField> {
    music::seed(input).map(|seed| Run { makes: Makes::Song { seed }, shape })
}

impl Run {
    /// The files; films that are too long, if so.
    ///
    /// # Errors
    /// When a picture cannot be encoded.
    pub(crate) fn make(&self, is_long: bool) -> anyhow::Result<Vec<File>> {
        Ok(match &self.makes {
            Makes::Picture(order) => {
                let bytes = picture::make(&[sky(order.seed)], order)?;
                vec![File { extension: order.format.extension(), media_type: order.format.media_type(), bytes }]
            }
            Makes::Song { seed } => vec![music::make(*seed)],
            Makes::Words(_) => Vec::new(),
            Makes::Film => {
                let bytes = if is_long { slowed(FILM) } else { FILM.to_vec() };
                vec![File { extension: "mp4", media_type: "video/mp4", bytes }]
            }
        })
    }

    /// The output as the provider writes it, with the files at these URLs.
    pub(crate) fn output(&self, urls: &[String]) -> Value {
        if let Makes::Words(words) = &self.makes {
            return json!(words);
        }
        let files: Vec<Value> = urls.iter().map(|url| json!({ "url": url })).collect();
        match self.shape {
            Shape::Url => json!(urls.first()),
            Shape::Images => json!({ "images": files, "seed": 1, "description": "SIMULATED" }),
            Shape::Image => json!({ "image": files.first() }),
            Shape::Video => json!({ "video": files.first() }),
            Shape::Audio => json!({ "audio": files.first() }),
        }
    }
}

/// A film that plays ten times as long: its headers say that there are so many fewer units of time in a second.
fn slowed(film: &[u8]) -> Vec<u8> {
    const UNITS_AT: usize = 16;
    let mut slow = film.to_vec();
    for at in 0..film.len() {
        let Some(header) = slow.get_mut(at..).filter(|rest| rest.starts_with(b"mvhd") || rest.starts_with(b"mdhd"))
        else {
            continue;
        };
        if let Some(units) = header.get_mut(UNITS_AT..).and_then(|rest| rest.first_chunk_mut::<4>()) {
            *units = (u32::from_be_bytes(*units) / 10).to_be_bytes();
        }
    }
    slow
}

/// What pictures without a person show: a sky at some hour.
fn sky(seed: u64) -> RgbImage {
    let hour = u32::try_from(seed % 200).unwrap_or(0);
    let shade = |value: u32| u8::try_from(value.min(255)).unwrap_or(255);
    RgbImage::from_fn(64, 64, |x, y| {
        Rgb([shade(40 + hour + x), shade(70 + y * 2), shade(230_u32.saturating_sub(y * 2))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_song_is_told_as_each_provider_tells_it() {
        let wanted = input(&json!({ "prompt": "rain", "is_instrumental": true }));
        let at_fal = of_fal("fal-ai/minimax-music/v2.6", &wanted).unwrap().map_err(|field| field.name).unwrap();
        assert_eq!(at_fal.output(&["a".to_owned()]), json!({ "audio": { "url": "a" } }));
        let elsewhere = of_replicate("minimax/music-2.6", &wanted).unwrap().map_err(|field| field.name).unwrap();
        assert_eq!((elsewhere.output(&["a".to_owned()]), elsewhere.make(false).unwrap().len()), (json!("a"), 1));
        let nothing = of_fal("fal-ai/minimax-music/v2.6", &Map::new()).unwrap().unwrap_err();
        assert_eq!((nothing.name, nothing.why), ("prompt", None));
    }

    #[test]
    fn a_field_that_a_model_does_not_have_is_passed_over() {
        let wrong = json!({ "video_url": "v", "target_resolution": "4k" });
        let refused = of_replicate("topazlabs/video-upscale", &input(&wrong)).unwrap().unwrap_err();
        assert_eq!((refused.name, refused.why), ("video", None));
        let wrong = json!({ "video": "v", "target_resolution": "2x" });
        let refused = of_replicate("topazlabs/video-upscale", &input(&wrong)).unwrap().unwrap_err();
        assert_eq!(refused.name, "target_resolution");
    }

    /// A field with a wrong name would have no effect at the real one, and nobody would be told.
    #[test]
    fn every_field_of_our_catalogue_is_one_that_its_model_has() {
        let models: Value =
            serde_json::from_str(include_str!("../../../components/catalogue/src/models.json")).unwrap();
        for model in models["models"].as_array().unwrap() {
            for (provider, offer) in model["providers"].as_object().unwrap() {
                let name = offer["model"].as_str().unwrap();
                let fields = if provider == "fal" { fields::of_fal(name) } else { fields::of_replicate(name) };
                let fields = fields.unwrap_or_else(|| panic!("{name} is not simulated"));
                for field in offer["fields"].as_array().unwrap() {
                    let to = field.get("to").or_else(|| field.get("from")).and_then(Value::as_str).unwrap();
                    assert!(fields.contains(&to), "{name} has no {to}");
                }
            }
        }
    }

    #[test]
    fn inputs_are_checked_as_the_models_do() {
        let refused = |model: &str, value| match of_replicate(model, &input(&value)) {
            Some(Err(field)) => Some(field.name),
            _ => None,
        };
        assert_eq!(refused("google/nano-banana-pro", json!({})), Some("prompt"));
        assert_eq!(refused("google/nano-banana-pro", json!({ "prompt": "x", "resolution": "9K" })), Some("resolution"));
        assert_eq!(refused("sync/lipsync-2", json!({ "video": "v" })), Some("audio"));
        assert!(of_replicate("acme/unknown", &Map::new()).is_none());
    }

    #[test]
    fn the_film_is_an_mpeg_4_file() {
        assert_eq!(&FILM[4..8], b"ftyp");
    }
}
