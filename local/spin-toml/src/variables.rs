//! The operator's table of variables.

use domain::Setting;
use domain::setting::UNSET_URL;
use lifecycle::config::settings;

const HEAD: &str = "# Configuration

Application variables of `spin.toml`; on Spin and on the runner `SPIN_VARIABLE_<NAME>` sets one. One that is set to nothing, or to `https://unset.invalid`, counts as not set: that is what stands for a host where there is none, as Spin up to 4.0.2 takes no empty one.

| variable | default | what it is |
|---|---|---|
";

/// The whole page.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    for setting in settings::ALL {
        page.push_str(&line(&setting));
    }
    page
}

fn line(setting: &Setting) -> String {
    let default = match setting.default {
        None => "required".to_owned(),
        Some("") => "none".to_owned(),
        Some(UNSET_URL) => format!("none, which is `{UNSET_URL}`"),
        Some(default) => format!("`{default}`"),
    };
    let secret = if setting.secret { "; secret" } else { "" };
    format!("| `{}` | {default}{secret} | {} |\n", setting.name, setting.says)
}
