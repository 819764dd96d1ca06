//! The variables that are nobody else's: the links', the deadlines and limits of tasks, the callers'. A provider's are its own, and so are the
//! store's and the bucket's.

use domain::Setting;
use domain::setting::{concat, count};
use provider::registry;
pub use provider::registry::{
    CALLBACK_SETTINGS as OF_CALLBACKS, SETTINGS as OF_PROVIDERS, TRAINER_SETTINGS as TRAINERS,
};
use store::s3;

/// Where the public reaches the application.
pub const PUBLIC_URL: Setting = Setting::new(
    "public_url",
    "http://127.0.0.1:3000",
    "where the public reaches the application; the base of every link it hands out",
);
/// Where a component reaches the others.
pub const COMPONENTS_HOST: Setting = Setting::new(
    "components_host",
    "http://*.spin.internal",
    "where a component reaches another one without the network, on hosts that chain services: `mcp` all of them, and what creates characters or delivers pictures `pictures`; elsewhere they go by `public_url`",
);
/// Key of the links' MACs.
pub const SIGNING_SECRET: Setting = Setting::required(
    "signing_secret",
    "key of the MACs in links handed to providers, at least 16 bytes; how to change it: docs/operations/secrets.md",
)
.secret();
/// The key before it.
pub const SIGNING_SECRET_PREVIOUS: Setting = Setting::new(
    "signing_secret_previous",
    "",
    "the `signing_secret` before: links made with it count, and none are made; for two days after a change, with `webhook_signing_secret`",
)
.secret();
/// What callers' webhook secrets are made from.
pub const WEBHOOK_SIGNING_SECRET: Setting = Setting::new(
    "webhook_signing_secret",
    "",
    "what callers' webhook secrets are made from, at least 16 bytes; without it `signing_secret`",
)
.secret();
/// Public keys of secrets before.
pub const RETIRED_PROOF_KEYS: Setting = Setting::new(
    "retired_proof_keys",
    "",
    "public keys of each `signing_secret` before, with commas between them, at most 16: what those signed verifies as long as they are here; docs/proofs.md says where they are read",
);
/// All that links and messages are signed with: who has one of them has the others, so that what they say together can be checked.
pub const SECRETS: [Setting; 3] = [SIGNING_SECRET, SIGNING_SECRET_PREVIOUS, WEBHOOK_SIGNING_SECRET];
/// Opens the admin API.
pub const ADMIN_TOKEN: Setting =
    Setting::new("admin_token", "", "opens the admin API, at least 16 bytes; it is off without one").secret();
/// Who is asked.
pub const PROVIDERS: Setting = Setting::new(
    "providers",
    "replicate",
    "who is asked, the first one first: some of `replicate`, `fal`, `cog`, with commas between them",
);
/// How long a caller waits.
pub const GENERATION_WAIT: Setting = Setting::new(
    "generation_wait_seconds",
    "120",
    "how long a generation waits for its pictures, 1 to 600; below the request limit of the platform",
);
/// How long a training may take.
pub const TRAINING_DEADLINE: Setting = Setting::new(
    "training_deadline_minutes",
    "60",
    "after this long a training is given up and its credits are given back, 1 to 1,440",
);
/// How long a generation may take.
pub const GENERATION_DEADLINE: Setting =
    Setting::new("generation_deadline_minutes", "10", "the same for a generation that nobody waits for, 1 to 1,440");
/// Most open tasks.
pub const OPEN_TASKS_MAX: Setting = Setting::new("open_tasks_max", "10", "most open tasks of an account, 1 to 100");
/// Over how many pages what is due is spread.
pub const DUE_PAGES: Setting = Setting::new(
    "due_pages",
    "64",
    "over how many documents it is spread when which account is to be looked at: more let more accounts begin work at once, and a round of the sweep reads all of them; 1 to 1,024; another value counts for accounts that hold credits for the first time",
);
/// How long photos are kept.
pub const PHOTOS_KEPT: Setting = Setting::new(
    "photos_kept_days",
    "30",
    "how long photos are kept after their training, so that it can be done again elsewhere; 0 removes them with the next sweep; up to 3,650",
);
/// How long results are kept.
pub const RESULTS_KEPT: Setting = Setting::new(
    "results_kept_days",
    "7",
    "how long pictures, songs and videos can be fetched after they were made, 1 to 7; those that are there already as well; then the sweep removes them",
);
/// How long tasks are kept with what they were asked.
pub const TASKS_KEPT: Setting = Setting::new(
    "tasks_kept_days",
    "365",
    "how long it is kept what a task was asked (prompt, parameters, `webhook_url`), from when it was settled; what it cost stays; 8 to 3,650: longer than its files and its messages",
);
/// How often an account may ask in a day.
pub const REQUESTS_PER_DAY: Setting = Setting::new(
    "requests_per_day",
    "10000",
    "most requests of an account in a day that are to change something; reads are not counted; 1 to 1,000,000,000",
);
/// How often an account may ask in a minute.
pub const REQUESTS_PER_MINUTE: Setting =
    Setting::new("requests_per_minute", "120", "the same in a minute, 1 to 1,000,000,000");
/// Most bytes of an account's uploads.
pub const UPLOAD_BYTES: Setting = Setting::new(
    "upload_bytes_per_account",
    "2000000000",
    "most bytes of its own that an account may have here at once, each for a day; 1,000,000 to 4,000,000,000",
);
/// Most uploads of an account.
pub const UPLOAD_FILES: Setting =
    Setting::new("upload_files_per_account", "500", "the same in files, 1 to 1,000: each is a part of one document");
/// Most gigabytes of all accounts' uploads.
pub const UPLOAD_GIGABYTES: Setting = Setting::new(
    "upload_gigabytes_per_day",
    "200",
    "most gigabytes that all accounts together may upload in a day (UTC), each for a day: with room for twice as much, uploads never fill what the rest is kept on; 1 to 100,000",
);
/// Whether addresses of this machine are asked.
pub const ALLOW_LOOPBACK: Setting = Setting::new(
    "allow_loopback",
    "false",
    "lets URLs of photos, files and `webhook_url` point to this machine, for local use",
);

/// What is asked of who creates a character.
pub const CONSENT_POLICY: Setting = Setting::new(
    "consent_policy",
    "off",
    "what is asked of who creates a character: `off`, nothing; `attested`, to say in `consent` how the person on the photos agreed; `confirmed`, that the person agrees behind a link before anything begins",
);

/// What stands in every picture.
pub const WATERMARK: Setting = Setting::new(
    "watermark",
    "",
    "a text of 1 to 24 printable ASCII characters that stands in the lower right corner of every picture that is delivered (docs/privacy.md); none without",
);

/// Whose pages may ask.
pub const CORS_ORIGINS: Setting = Setting::new(
    "cors_origins",
    "",
    "whose pages may call the API from a browser: origins such as `https://app.example.com` with commas between them, or `*` for all; none without",
);

/// The header in which Spin tells where a request comes from: address and port.
pub const SPIN_CLIENT_ADDR: &str = "spin-client-addr";
/// What tells where a request comes from.
pub const CLIENT_ADDRESS_HEADER: Setting = Setting::new(
    "client_address_header",
    SPIN_CLIENT_ADDR,
    "the header whose last address is where a request comes from, for keys that are limited to networks: Spin's own, or behind a proxy one that the proxy writes anew on every request, such as `x-real-ip`; with one that it passes on as it came, whoever asks says where they are (docs/operations/platforms.md)",
);

/// Where people who are pictured ask.
pub const PRIVACY_CONTACT: Setting = Setting::new(
    "privacy_contact",
    "",
    "where people ask to have pictures of them removed: an e-mail address or an https URL of at most 200 characters, shown at `/privacy`",
);

/// All variables, in the order in which they are shown.
pub const ALL: [Setting; count(GROUPS)] = concat(GROUPS);

const GROUPS: &[&[Setting]] = &[
    &[PUBLIC_URL, COMPONENTS_HOST],
    store::redis::SETTINGS,
    s3::SETTINGS,
    &[s3::REDIRECT],
    &SECRETS,
    &[RETIRED_PROOF_KEYS],
    c2pa::SETTINGS,
    &[ADMIN_TOKEN, PROVIDERS],
    &registry::ALL_SETTINGS,
    LIMITS,
];

const LIMITS: &[Setting] = &[
    GENERATION_WAIT,
    TRAINING_DEADLINE,
    GENERATION_DEADLINE,
    OPEN_TASKS_MAX,
    DUE_PAGES,
    PHOTOS_KEPT,
    RESULTS_KEPT,
    TASKS_KEPT,
    REQUESTS_PER_DAY,
    REQUESTS_PER_MINUTE,
    UPLOAD_BYTES,
    UPLOAD_FILES,
    UPLOAD_GIGABYTES,
    CONSENT_POLICY,
    WATERMARK,
    ALLOW_LOOPBACK,
    CORS_ORIGINS,
    CLIENT_ADDRESS_HEADER,
    PRIVACY_CONTACT,
];
