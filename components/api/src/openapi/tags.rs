//! The groups of operations.

/// A group of operations.
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    /// How the paths of its operations begin.
    paths: &'static [&'static str],
}

/// The group of messages to owners.
pub(super) const WEBHOOKS: &str = "Webhooks";

/// The groups of operations, in the order in which they are shown. The last one takes what is left.
pub(super) const TAGS: [Tag; 9] = [
    Tag {
        name: "Characters",
        says: "A person, trained from 10 to 30 photos, and pictures of that person.",
        paths: &["/api/v1/characters", "/api/v1/photos"],
    },
    Tag {
        name: "Models and tools",
        says: "Pictures, music and lip-sync, by models that know no character.",
        paths: &["/api/v1/generate", "/api/v1/estimate", "/api/v1/models", "/api/v1/tools"],
    },
    Tag { name: "Uploads", says: "Files that are nowhere on the web.", paths: &["/api/v1/upload", "/uploads"] },
    Tag { name: "Tasks", says: "What is under way, and what became of it.", paths: &["/api/v1/tasks"] },
    Tag { name: "Credits", says: "What can be spent, and what became of the rest.", paths: &["/api/v1/credits"] },
    Tag {
        name: WEBHOOKS,
        says: "Being told instead of asking.",
        paths: &["/api/v1/deliveries", "/api/v1/webhook-secret"],
    },
    Tag {
        name: "Proofs",
        says: "How a result was made, signed: anybody can verify it.",
        paths: &["/api/v1/results", "/api/v1/verify", "/.well-known"],
    },
    Tag {
        name: "Admin",
        says: "Accounts, keys and credits: the operator's, behind the admin token.",
        paths: &["/api/v1/admin"],
    },
    Tag {
        name: "Files and providers",
        says: "What was made, and what providers fetch and report. Their links are made here and need no key.",
        paths: &["/"],
    },
];

/// The group that a path belongs to.
pub(super) fn of(path: &str) -> &'static str {
    let has = |tag: &&Tag| tag.paths.iter().any(|start| path.starts_with(start));
    TAGS.iter().find(has).map_or(WEBHOOKS, |tag| tag.name)
}
