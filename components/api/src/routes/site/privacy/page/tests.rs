use lifecycle::Config;

use super::*;

fn config(variables: &[(&str, &str)]) -> Config {
    let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Config::from_variables(value).unwrap()
}

fn page(variables: &[(&str, &str)]) -> String {
    let config = config(variables);
    render(&Statement::of(&config), config.privacy_contact.as_ref())
}

#[test]
fn the_page_says_what_is_configured() {
    let variables =
        [("photos_kept_days", "3"), ("results_kept_days", "2"), ("tasks_kept_days", "12"), ("providers", "fal,cog")];
    let page = page(&variables);
    for said in ["3 days after the training", "12 days after the task ended", "2 days after they were made", "25 hours"]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("The files of a training: 30 days. The files of any other job: 1 day."));
    assert!(page.contains("fal.ai") && page.contains("Cog") && !page.contains("replicate.com"));
    assert!(page.contains("has named no contact") && !page.contains("Ask here"));
}

#[test]
fn photos_that_are_not_kept_are_told_as_such() {
    let page = page(&[("photos_kept_days", "0")]);
    assert!(page.contains("removed soon after the training") && !page.contains("0 hours"));
    assert!(page.contains("What a job was given and made: 1 hour. A trained model: until it is deleted."));
}

#[test]
fn a_contact_is_shown_and_is_no_html() {
    let page = page(&[("privacy_contact", "https://example.com/?a=\"><script>alert(1)</script>&b")]);
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;b</a>"), "{page}");
    assert!(page.contains("href=\"https://example.com/?a=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&amp;b\""), "{page}");
}

#[test]
fn the_page_is_whole() {
    let page = page(&[("privacy_contact", "privacy@example.com"), ("providers", "replicate,fal,cog")]);
    assert!(page.starts_with("<!doctype html>") && page.ends_with(END));
    assert!(page.contains("Ask here to have pictures of you removed: <a href=\"mailto:privacy@example.com\""));
    for tag in ["section", "dl", "div", "p", "h2", "h3", "main", "style"] {
        let of = |begin: &str| page.matches(begin).count();
        let opened = of(&format!("<{tag}>")) + of(&format!("<{tag} "));
        assert_eq!(opened, of(&format!("</{tag}>")), "{tag}");
    }
}
