//! The studio as the files that it is made of, in `www/`: a page, its style and its scripts, as they are sent. Nothing builds them.
//!
//! The page calls the API of the deployment that it comes from, with the key that somebody pastes into it, and nobody else.

/// A file of the studio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: &'static str,
    /// Its media type, as `Content-Type` has it.
    pub media_type: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! files {
    ($($name:literal $media_type:expr;)+) => {
        [$(File { name: $name, media_type: $media_type, text: include_str!(concat!("../www/", $name)) }),+]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The page, at `/studio`.
pub const PAGE: File = File { name: "index.html", media_type: HTML, text: include_str!("../www/index.html") };

/// What the page asks for, at `/studio/<name>`.
pub const FILES: &[File] = &files! {
    "api.js" SCRIPT;
    "app.js" SCRIPT;
    "balance.js" SCRIPT;
    "character.js" SCRIPT;
    "characters.js" SCRIPT;
    "compare.js" SCRIPT;
    "composer.js" SCRIPT;
    "consent.js" SCRIPT;
    "create.js" SCRIPT;
    "deliveries.js" SCRIPT;
    "dom.js" SCRIPT;
    "draft.js" SCRIPT;
    "form.js" SCRIPT;
    "icon.svg" SVG;
    "ledger.js" SCRIPT;
    "maker.js" SCRIPT;
    "media.js" SCRIPT;
    "models.js" SCRIPT;
    "notice.js" SCRIPT;
    "operator.js" SCRIPT;
    "orders.js" SCRIPT;
    "paged.js" SCRIPT;
    "photolist.js" SCRIPT;
    "photos.js" SCRIPT;
    "pictures.js" SCRIPT;
    "price.js" SCRIPT;
    "session.js" SCRIPT;
    "signin.js" SCRIPT;
    "studio.css" CSS;
    "tasks.js" SCRIPT;
    "text.js" SCRIPT;
    "train.js" SCRIPT;
    "trainer.js" SCRIPT;
    "training.js" SCRIPT;
    "upload.js" SCRIPT;
};

/// The file of this name that the page asks for.
pub fn named(name: &str) -> Option<File> {
    FILES.iter().find(|file| file.name == name).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Most bytes that the studio takes before its pictures.
    const BYTES_MAX: usize = 150_000;

    #[test]
    fn every_file_of_the_folder_is_served_and_no_other() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the folder")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        let served: BTreeSet<String> = FILES.iter().chain([&PAGE]).map(|file| file.name.to_owned()).collect();
        assert_eq!(served, there);
    }

    #[test]
    fn it_is_small() {
        let bytes: usize = FILES.iter().chain([&PAGE]).map(|file| file.text.len()).sum();
        assert!(bytes <= BYTES_MAX, "{bytes} bytes");
    }

    #[test]
    fn nothing_in_it_comes_from_elsewhere_or_runs_from_within_the_page() {
        for file in FILES.iter().chain([&PAGE]) {
            for outside in ["src=\"http", "href=\"http", "url(http", "from \"http", "@import", "innerHTML", "eval("] {
                assert!(!file.text.contains(outside), "{} has {outside}", file.name);
            }
        }
        assert!(!PAGE.text.contains("style=\"") && !PAGE.text.contains("<style"));
        assert_eq!(
            PAGE.text.matches("<script").count(),
            PAGE.text.matches("<script type=\"module\" src=\"/studio/").count()
        );
    }
}
