use super::*;

const HEAD: &str = "
    spin_manifest_version = 2
    [application]
    name = \"tested\"
    [[trigger.http]]
    route = \"/a/:id\"
    component = \"a\"
    [component.a]
    source = \"a.wasm\"
";

fn parse(text: &str) -> Result<Manifest> {
    Manifest::parse(text, Path::new("/app"))
}

fn with(lines: &str) -> String {
    format!("{HEAD}{lines}\n")
}

/// The refusal's text, with these words in it.
fn refused(text: &str, words: &[&str]) {
    let error = format!("{:#}", parse(text).expect_err("this should be refused"));
    for word in words {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn everything_supported_is_read() {
    let manifest = parse(
        r#"
        spin_manifest_version = 2
        [application]
        name = "full"
        version = "1.0.0"
        description = "All of it"
        authors = ["Somebody"]
        [application.trigger.http]
        [application.tool.some]
        anything = { goes = true }
        [variables]
        base_url = { default = "https://a.example", description = "Where to" }
        token = { required = true, secret = true }
        [[trigger.http]]
        id = "first"
        route = "/a/:id/..."
        component = "a"
        executor = { type = "http" }
        [component.a]
        source = "target/a.wasm"
        description = "The first"
        key_value_stores = ["default"]
        allowed_outbound_hosts = ["{{ base_url }}", "https://*.example"]
        environment = { RUST_BACKTRACE = "1" }
        exclude_files = ["*.txt"]
        files = []
        [component.a.variables]
        authorization = "Bearer {{ token }}"
        [component.a.build]
        command = "cargo build"
        watch = ["src"]
        [component.a.tool.spin-test]
        anything = 1
        "#,
    );
    let manifest = manifest.unwrap();
    assert_eq!(manifest.name, "full");
    assert_eq!(manifest.triggers, [("/a/:id/...".to_owned(), "a".to_owned())]);
    let component = &manifest.components["a"];
    assert_eq!(component.source, Path::new("/app/target/a.wasm"));
    assert_eq!(component.variables["authorization"].to_string(), "Bearer {{ token }}");
    assert_eq!(component.stores, ["default"]);
    assert_eq!(component.allowed_outbound_hosts.len(), 2);
    assert_eq!(component.environment["RUST_BACKTRACE"], "1");
    assert!(manifest.variables["token"].secret && manifest.variables["token"].default.is_none());
    assert_eq!(manifest.variables["base_url"].default.as_deref(), Some("https://a.example"));
}

#[test]
fn other_versions_are_refused() {
    for version in ["1", "3", "\"2\""] {
        refused(&HEAD.replace("version = 2", &format!("version = {version}")), &["spin_manifest_version = 2"]);
    }
    refused("[application]\nname = \"none\"", &["spin_manifest_version = 2"]);
}

#[test]
fn unknown_key_is_refused_with_its_name_and_place() {
    refused(&with("alowed_outbound_hosts = []"), &["alowed_outbound_hosts", "line 10"]);
    refused(&with("[[trigger.http]]\nroute = \"/b\"\ncomponent = \"a\"\nexcutor = 1"), &["excutor"]);
    refused(&with("[variables]\ntoken = { default = \"x\", secrt = true }"), &["secrt"]);
    refused(&with("[applicaton]"), &["applicaton"]);
    refused(&with("[trigger.cron]\nx = 1"), &["cron"]);
}

#[test]
fn what_can_not_be_served_is_refused_by_name() {
    for (lines, name) in [
        ("files = [\"a.txt\"]", "files"),
        ("sqlite_databases = [\"default\"]", "sqlite_databases"),
        ("ai_models = [\"llama\"]", "ai_models"),
        ("[component.a.dependencies]\n\"x:y\" = \"1.0.0\"", "dependencies"),
        ("allowed_http_hosts = [\"a.example\"]", "allowed_outbound_hosts"),
    ] {
        refused(&with(lines), &["component a", name, "can't be served here"]);
    }
    refused(&with("[[trigger.redis]]\nchannel = \"x\"\ncomponent = \"a\""), &["trigger.redis"]);
}

#[test]
fn source_to_be_downloaded_is_refused_by_name() {
    let text = HEAD.replace("\"a.wasm\"", "{ url = \"https://a.example/a.wasm\", digest = \"sha256:0\" }");
    refused(&text, &["component a", "a source to be downloaded can't be served here"]);
}

#[test]
fn triggers_that_are_not_a_route_to_a_component_are_refused() {
    refused(&HEAD.replace("\"/a/:id\"", "{ private = true }"), &["component a", "private"]);
    refused(&HEAD.replace("component = \"a\"", "component = \"b\""), &["/a/:id", "[component.b]"]);
    refused(&HEAD.replace("component = \"a\"", "component = { source = \"a.wasm\" }"), &["/a/:id", "inline"]);
    refused(&HEAD.replace("component = \"a\"", "executor = { type = \"wagi\" }\ncomponent = \"a\""), &["wagi"]);
    refused(&HEAD.replace("component = \"a\"", "static_response = { body = \"x\" }"), &["static_response"]);
    refused(&HEAD.replace("component = \"a\"\n", ""), &["/a/:id", "component = \"ID\""]);
}

#[test]
fn application_without_a_route_is_refused() {
    let text = "spin_manifest_version = 2\n[application]\nname = \"x\"\n[trigger]\n";
    refused(text, &["[[trigger.http]]"]);
}

#[test]
fn variable_needs_a_default_or_to_be_required() {
    refused(&with("[variables]\ntoken = { secret = true }"), &["token", "default", "required"]);
    refused(&with("[variables]\ntoken = { default = \"x\", required = true }"), &["token", "leave one out"]);
}

#[test]
fn names_of_variables_are_as_spin_wants_them() {
    for name in ["Token", "to-ken", "_token", "token_", "to__ken", "1token", ""] {
        refused(&with(&format!("[variables]\n\"{name}\" = {{ default = \"x\" }}")), &["lower-case"]);
    }
    for name in ["t", "token", "to_ken_2"] {
        assert!(check_name(name).is_ok(), "{name}");
    }
}

#[test]
fn template_over_an_unknown_variable_is_refused_with_its_place() {
    refused(&with("variables = { auth = \"{{ tokn }}\" }"), &["component a", "variable auth", "tokn"]);
    refused(&with("allowed_outbound_hosts = [\"{{ base }}\"]"), &["component a", "allowed_outbound_hosts", "base"]);
    refused(&with("variables = { auth = \"{{ tokn\" }"), &["component a", "not closed"]);
}
