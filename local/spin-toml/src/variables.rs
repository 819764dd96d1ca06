//! The operator's table of variables.

use domain::Setting;
use lifecycle::config::settings;

const HEAD: &str = "# Configuration

Application variables of `spin.toml`; on Spin and on the runner `SPIN_VARIABLE_<NAME>` sets one. One that is set to nothing counts as not set.

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
        Some(default) => format!("`{default}`"),
    };
    let secret = if setting.secret { "; secret" } else { "" };
    format!("| `{}` | {default}{secret} | {} |\n", setting.name, setting.says)
}
