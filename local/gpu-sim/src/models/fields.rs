//! The fields that each model's input has, as its page or its client has them. What is not among them is passed over, as both
//! providers do: a field that is written wrong has no effect, and nobody is told.

/// Replicate's models: the fields of their schemas; docs/api/models.md says which of them were checked against what.
pub(super) fn of_replicate(model: &str) -> Option<&'static [&'static str]> {
    Some(match model {
        "black-forest-labs/flux-2-pro" => &FLUX_2[..10],
        "black-forest-labs/flux-2-flex" => &FLUX_2,
        "google/nano-banana-pro" => {
            &["prompt", "image_input", "aspect_ratio", "resolution", "output_format", "safety_filter_level"]
        }
        "google/gemini-2.5-flash" => &[
            "prompt",
            "images",
            "videos",
            "system_instruction",
            "temperature",
            "top_p",
            "max_output_tokens",
            "thinking_budget",
            "dynamic_thinking",
        ],
        "topazlabs/image-upscale" => &[
            "image",
            "enhance_model",
            "upscale_factor",
            "output_format",
            "subject_detection",
            "face_enhancement",
            "face_enhancement_creativity",
            "face_enhancement_strength",
        ],
        "topazlabs/video-upscale" => &["video", "target_resolution", "target_fps"],
        "sync/lipsync-2" => &["video", "audio", "sync_mode", "temperature", "active_speaker"],
        "minimax/music-2.6" => {
            &["prompt", "lyrics", "is_instrumental", "lyrics_optimizer", "sample_rate", "bitrate", "audio_format"]
        }
        _ => return None,
    })
}

const FLUX_2: [&str; 12] = [
    "prompt",
    "input_images",
    "aspect_ratio",
    "resolution",
    "width",
    "height",
    "safety_tolerance",
    "seed",
    "output_format",
    "output_quality",
    "steps",
    "guidance",
];

/// fal's apps: the types of fal's own client, of August 2026.
pub(super) fn of_fal(app: &str) -> Option<&'static [&'static str]> {
    Some(match app {
        "fal-ai/flux-2-pro" => &FAL_FLUX_2[..7],
        "fal-ai/flux-2-pro/edit" => &FAL_FLUX_2[..8],
        "fal-ai/flux-2-flex" | "fal-ai/flux-2-flex/edit" => &FAL_FLUX_2,
        "fal-ai/nano-banana-pro" => &FAL_NANO_BANANA[..8],
        "fal-ai/nano-banana-pro/edit" => &FAL_NANO_BANANA,
        "fal-ai/flux-pro/kontext/max/multi" => &FAL_KONTEXT,
        "fal-ai/topaz/upscale/image" => {
            &["image_url", "model", "upscale_factor", "output_format", "crop_to_fill", "subject_detection"]
        }
        "fal-ai/topaz/upscale/video" => &["video_url", "upscale_factor", "H264_output", "model", "target_fps"],
        "fal-ai/sync-lipsync/v2" => &["video_url", "audio_url", "sync_mode", "model"],
        "fal-ai/minimax-music/v2.6" => &["prompt", "lyrics", "is_instrumental", "lyrics_optimizer", "audio_setting"],
        _ => return None,
    })
}

const FAL_FLUX_2: [&str; 10] = [
    "prompt",
    "image_size",
    "seed",
    "output_format",
    "safety_tolerance",
    "enable_safety_checker",
    "sync_mode",
    "image_urls",
    "guidance_scale",
    "num_inference_steps",
];

const FAL_KONTEXT: [&str; 10] = [
    "prompt",
    "image_urls",
    "aspect_ratio",
    "num_images",
    "seed",
    "output_format",
    "guidance_scale",
    "safety_tolerance",
    "sync_mode",
    "enhance_prompt",
];

const FAL_NANO_BANANA: [&str; 9] = [
    "prompt",
    "aspect_ratio",
    "resolution",
    "num_images",
    "seed",
    "output_format",
    "safety_tolerance",
    "sync_mode",
    "image_urls",
];
