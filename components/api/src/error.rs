//! Errors as callers see them: a stable code with its status, and a message that says what to change.

use std::time::Duration;

use domain::OverBudget;
use http::StatusCode;
use ledger::Rejection;
use lifecycle::{BadPhoto, Invalid, NotReady};
use schemars::JsonSchema;
use serde_json::json;

/// Every error code of the API. The code is for programs and never changes; its status follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// No `Authorization` header.
    MissingAuthHeader,
    /// The header is not `Bearer ...`.
    InvalidAuthFormat,
    /// The key does not begin with `sk-`.
    InvalidKeyFormat,
    /// No such key, or it was revoked.
    InvalidApiKey,
    /// Not the admin token, or the admin API is off.
    InvalidAdminToken,
    /// A callback not signed by the provider, or whose link was not made here.
    InvalidSignature,
    /// The body is not JSON.
    InvalidJson,
    /// A field has the wrong type or size, or is unknown; the message names it.
    InvalidRequest,
    /// Fewer than 10 image URLs.
    TooFewImages,
    /// More than 30 image URLs.
    TooManyImages,
    /// Not an HTTP(S) URL; the message has the numbers.
    InvalidImageUrl,
    /// Not a public HTTP(S) URL.
    InvalidWebhookUrl,
    /// Not 3 to 32 letters, digits or `_`.
    InvalidTriggerWord,
    /// No model.
    MissingModel,
    /// No such model, or none of this deployment's providers has it.
    InvalidModel,
    /// No prompt, or a blank one.
    MissingPrompt,
    /// None of the seven ratios.
    InvalidAspectRatio,
    /// Not 1 to 4 pictures.
    InvalidNumOutputs,
    /// The operator suspended the account: it can read, and begin nothing that costs.
    AccountSuspended,
    /// Only a suspended account is deleted.
    AccountNotSuspended,
    /// The person pictured took the consent back: nothing is made or handed out with the character any more.
    ConsentWithdrawn,
    /// The operator suspended the character: nothing is made or handed out with it for now.
    CharacterSuspended,
    /// The balance is smaller than the price.
    InsufficientCredits,
    /// The key may spend less now than the price: its budget of the day or the month does not reach.
    KeyBudgetExceeded,
    /// The key is limited to other things, to other characters, or to other networks.
    KeyScope,
    /// Not there, or another account's.
    NotFound,
    /// No such task, or another account's.
    TaskNotFound,
    /// The route does not take this method.
    MethodNotAllowed,
    /// The account has as many keys as it can have.
    KeyLimitReached,
    /// The upload was put there before, and stays as it is.
    UploadExists,
    /// The picture's days are over.
    ResultExpired,
    /// The body is over the route's limit.
    PayloadTooLarge,
    /// The `Range` begins behind the end of the file; `Content-Range` says how long it is.
    RangeNotSatisfiable,
    /// An `Idempotency-Key` that is none.
    InvalidIdempotencyKey,
    /// The first request with this `Idempotency-Key` is still under way.
    IdempotencyInProgress,
    /// The `Idempotency-Key`, or the name of a grant, was used for something else.
    IdempotencyMismatch,
    /// The account has as many open tasks as it may have.
    TooManyActiveTasks,
    /// The account asked for as much as it may in this day or minute, or has as many uploads as it may have.
    RateLimited,
    /// The task is over: it cannot be canceled, or it was while its caller waited.
    TaskEnded,
    /// The task is under way: it cannot be deleted, nor can another training of its character begin, before it has ended.
    TaskRunning,
    /// The takedown ended the other way: erased, or lifted.
    TakedownEnded,
    /// The character is trained already.
    CharacterTrained,
    /// The person pictured has not agreed yet, or the character is still training, or its training failed.
    CharacterNotReady,
    /// Photos that cannot be used; `details` lists them.
    ImageDownloadFailed,
    /// `strict` was set, and something about the photos is to be changed; `details` lists it.
    PhotosRefused,
    /// The deployment makes characters only with `consent`.
    ConsentRequired,
    /// The provider did not take the training.
    TrainingSubmitFailed,
    /// The generation failed or took too long.
    GenerationFailed,
    /// Nothing the caller can change.
    InternalError,
    /// The store is out of reach or too busy, or too much is being read at once.
    StoreUnavailable,
    /// The doctor found that the store would lose money.
    StoreUnsafe,
    /// The provider's pictures cannot be fetched yet.
    ProviderUnavailable,
}

impl Code {
    /// Whether the error is the last word on a task that was begun, and not a refusal to begin one.
    pub const fn ends_a_task(self) -> bool {
        matches!(self, Self::TrainingSubmitFailed | Self::GenerationFailed | Self::TaskEnded)
    }

    /// Whether it passes by itself, so that an answer with it can say when to try again.
    pub(crate) const fn is_over_soon(self) -> bool {
        matches!(
            self,
            Self::IdempotencyInProgress | Self::TooManyActiveTasks | Self::RateLimited | Self::StoreUnavailable
        )
    }

    /// The HTTP status and the code as it is written.
    pub const fn status_and_name(self) -> (StatusCode, &'static str) {
        match self {
            Self::MissingAuthHeader => (StatusCode::UNAUTHORIZED, "MISSING_AUTH_HEADER"),
            Self::InvalidAuthFormat => (StatusCode::UNAUTHORIZED, "INVALID_AUTH_FORMAT"),
            Self::InvalidKeyFormat => (StatusCode::UNAUTHORIZED, "INVALID_KEY_FORMAT"),
            Self::InvalidApiKey => (StatusCode::UNAUTHORIZED, "INVALID_API_KEY"),
            Self::InvalidAdminToken => (StatusCode::UNAUTHORIZED, "INVALID_ADMIN_TOKEN"),
            Self::InvalidSignature => (StatusCode::UNAUTHORIZED, "INVALID_SIGNATURE"),
            Self::InvalidJson => (StatusCode::BAD_REQUEST, "INVALID_JSON"),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
            Self::TooFewImages => (StatusCode::BAD_REQUEST, "TOO_FEW_IMAGES"),
            Self::TooManyImages => (StatusCode::BAD_REQUEST, "TOO_MANY_IMAGES"),
            Self::InvalidImageUrl => (StatusCode::BAD_REQUEST, "INVALID_IMAGE_URL"),
            Self::InvalidWebhookUrl => (StatusCode::BAD_REQUEST, "INVALID_WEBHOOK_URL"),
            Self::InvalidTriggerWord => (StatusCode::BAD_REQUEST, "INVALID_TRIGGER_WORD"),
            Self::MissingModel => (StatusCode::BAD_REQUEST, "MISSING_MODEL"),
            Self::InvalidModel => (StatusCode::BAD_REQUEST, "INVALID_MODEL"),
            Self::MissingPrompt => (StatusCode::BAD_REQUEST, "MISSING_PROMPT"),
            Self::InvalidAspectRatio => (StatusCode::BAD_REQUEST, "INVALID_ASPECT_RATIO"),
            Self::InvalidNumOutputs => (StatusCode::BAD_REQUEST, "INVALID_NUM_OUTPUTS"),
            Self::AccountSuspended => (StatusCode::FORBIDDEN, "ACCOUNT_SUSPENDED"),
            Self::AccountNotSuspended => (StatusCode::CONFLICT, "ACCOUNT_NOT_SUSPENDED"),
            Self::ConsentWithdrawn => (StatusCode::FORBIDDEN, "CONSENT_WITHDRAWN"),
            Self::CharacterSuspended => (StatusCode::FORBIDDEN, "CHARACTER_SUSPENDED"),
            Self::InsufficientCredits => (StatusCode::PAYMENT_REQUIRED, "INSUFFICIENT_CREDITS"),
            Self::KeyBudgetExceeded => (StatusCode::PAYMENT_REQUIRED, "KEY_BUDGET_EXCEEDED"),
            Self::KeyScope => (StatusCode::FORBIDDEN, "KEY_SCOPE"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::TaskNotFound => (StatusCode::NOT_FOUND, "TASK_NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::KeyLimitReached => (StatusCode::CONFLICT, "KEY_LIMIT_REACHED"),
            Self::UploadExists => (StatusCode::CONFLICT, "UPLOAD_EXISTS"),
            Self::ResultExpired => (StatusCode::GONE, "RESULT_EXPIRED"),
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Self::RangeNotSatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE"),
            Self::InvalidIdempotencyKey => (StatusCode::BAD_REQUEST, "INVALID_IDEMPOTENCY_KEY"),
            Self::IdempotencyInProgress => (StatusCode::CONFLICT, "IDEMPOTENCY_IN_PROGRESS"),
            Self::IdempotencyMismatch => (StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_MISMATCH"),
            Self::TooManyActiveTasks => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_ACTIVE_TASKS"),
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
            Self::TaskEnded => (StatusCode::CONFLICT, "TASK_ENDED"),
            Self::TaskRunning => (StatusCode::CONFLICT, "TASK_RUNNING"),
            Self::TakedownEnded => (StatusCode::CONFLICT, "TAKEDOWN_ENDED"),
            Self::CharacterTrained => (StatusCode::CONFLICT, "CHARACTER_TRAINED"),
            Self::CharacterNotReady => (StatusCode::UNPROCESSABLE_ENTITY, "CHARACTER_NOT_READY"),
            Self::PhotosRefused => (StatusCode::UNPROCESSABLE_ENTITY, "PHOTOS_REFUSED"),
            Self::ImageDownloadFailed => (StatusCode::UNPROCESSABLE_ENTITY, "IMAGE_DOWNLOAD_FAILED"),
            Self::ConsentRequired => (StatusCode::UNPROCESSABLE_ENTITY, "CONSENT_REQUIRED"),
            Self::TrainingSubmitFailed => (StatusCode::INTERNAL_SERVER_ERROR, "TRAINING_SUBMIT_FAILED"),
            Self::GenerationFailed => (StatusCode::INTERNAL_SERVER_ERROR, "GENERATION_FAILED"),
            Self::InternalError => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
            Self::StoreUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "STORE_UNAVAILABLE"),
            Self::StoreUnsafe => (StatusCode::SERVICE_UNAVAILABLE, "STORE_UNSAFE"),
            Self::ProviderUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "PROVIDER_UNAVAILABLE"),
        }
    }
}

/// How long a caller should wait before trying again when the store is out of reach.
const RETRY_AFTER_STORE: Duration = Duration::from_secs(1);
/// How long a caller should wait for one of its open tasks to end.
const RETRY_AFTER_OPEN_TASKS: Duration = Duration::from_secs(15);
/// How long a caller should wait before it asks again for an answer that is not there yet.
const RETRY_AFTER_FIRST: Duration = Duration::from_secs(2);

/// An error on its way to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What it is, for programs.
    pub code: Code,
    /// What to change, for people.
    pub message: String,
    /// One object for each thing that is wrong, where several can be.
    pub details: Vec<serde_json::Value>,
    /// Methods the route does take.
    pub allow: Option<String>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// What really happened, for the operator's log; never sent.
    pub cause: Option<String>,
}

impl Error {
    /// An error with this code and message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), allow: None, retry_after: None, cause: None }
    }

    /// Something went wrong that the caller cannot change.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(Code::InternalError, "Something went wrong on our side; quote the request id when you report it")
            .because(cause)
    }

    /// The same error, with when to try again.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// A body that ended before its end.
    pub(crate) fn broken_off(reason: &str) -> Self {
        let message = "The body broke off before its end, so nothing was done; send the request again";
        Self::new(Code::InvalidRequest, message).because(reason)
    }

    /// The same error, with what the operator should know.
    #[must_use]
    pub fn because(self, cause: impl std::fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(_) | store::Error::Conflict { .. } => Self::new(
                Code::StoreUnavailable,
                "The store is out of reach or too busy right now; try again in a moment",
            )
            .retry_after(RETRY_AFTER_STORE)
            .because(error),
            store::Error::Missing { .. } | store::Error::TooLarge { .. } | store::Error::Corrupt { .. } => {
                Self::internal(error)
            }
        }
    }
}

impl From<lifecycle::Error> for Error {
    fn from(error: lifecycle::Error) -> Self {
        use lifecycle::Error as Cause;
        match error {
            Cause::Refused(rejection) => rejection.into(),
            Cause::StoreUnsafe => Self::new(
                Code::StoreUnsafe,
                "The store this runs on would lose credits, so none are touched; the operator finds out more from the doctor",
            ),
            Cause::Store(error) => error.into(),
            Cause::NotReady(NotReady::Unanswered) => Self::new(
                Code::CharacterNotReady,
                "The person pictured has not agreed yet; hand them the link in `consent`",
            ),
            Cause::NotReady(NotReady::Training) => {
                Self::new(Code::CharacterNotReady, "The character is still training; poll its status until it is ready")
            }
            Cause::NotReady(NotReady::Failed) => {
                Self::new(Code::CharacterNotReady, "The character's training failed; create it again")
            }
            Cause::NotYet { what, cause } => Self::new(Code::ProviderUnavailable, what).because(cause),
            Cause::Unsigned => Self::new(Code::InvalidSignature, "The signature is missing, wrong or too old"),
            Cause::NoSuchFile => Self::new(Code::NotFound, "No such upload, or it is over"),
            Cause::Invalid(invalid) => invalid.into(),
            Cause::Internal(cause) => Self::internal(cause),
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::InsufficientCredits { required, available } => Self::new(
                Code::InsufficientCredits,
                format!("Insufficient credits. Required: {required}, Available: {available}"),
            ),
            Rejection::OverBudget(over) => Self::new(Code::KeyBudgetExceeded, over_budget(&over)),
            Rejection::TooManyOpen { most } => Self::new(
                Code::TooManyActiveTasks,
                format!("{most} tasks of this account are open, and more are not taken; wait until one has ended"),
            )
            .retry_after(RETRY_AFTER_OPEN_TASKS),
            Rejection::Repeats { .. } => in_progress(),
            Rejection::Mismatch => Self::new(
                Code::IdempotencyMismatch,
                "This name was used before, for a request that asked for something else; choose a new one",
            ),
            Rejection::LookAgain | Rejection::Full => {
                Self::new(Code::StoreUnavailable, "The account is busy right now; try again in a moment")
                    .retry_after(RETRY_AFTER_STORE)
                    .because(rejection)
            }
            Rejection::TooLarge => Self::new(Code::InvalidRequest, "`credits`: more than an account can have"),
            Rejection::ExceedsHold { .. } => Self::internal(rejection),
        }
    }
}

fn over_budget(over: &OverBudget) -> String {
    let OverBudget { required, left, limit, window } = over;
    format!(
        "This API key has {left} of its {limit} credits a {window} left, and {required} are needed; wait for the next {window} (UTC), or ask who made the key for another"
    )
}

/// The error for a request whose first sending is still under way.
pub(crate) fn in_progress() -> Error {
    Error::new(
        Code::IdempotencyInProgress,
        "The first request with this Idempotency-Key is still under way; send it again unchanged in a moment",
    )
    .retry_after(RETRY_AFTER_FIRST)
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::Model(message) => Self::new(Code::InvalidModel, message),
            Invalid::Prompt(message) => Self::new(Code::MissingPrompt, message),
            Invalid::Url(message) => Self::new(Code::InvalidImageUrl, message),
            Invalid::Photos { bad, count } => unusable_photos(&bad, count),
            Invalid::Input(message) => Self::new(Code::InvalidRequest, message),
            Invalid::Taken(message) => Self::new(Code::UploadExists, message),
            Invalid::NoRoom { message, after } => Self::new(Code::RateLimited, message).retry_after(after),
            Invalid::TooLarge(message) => Self::new(Code::PayloadTooLarge, message),
            Invalid::BrokenOff(reason) => Self::broken_off(reason),
        }
    }
}

fn unusable_photos(bad: &[BadPhoto], count: usize) -> Error {
    let told = |BadPhoto { image, url, reason }: &BadPhoto| format!("photo {image} ({url}) {reason}");
    let list: Vec<String> = bad.iter().map(told).collect();
    let message = format!("{} of {count} photos cannot be used, nothing was charged: {}", bad.len(), list.join("; "));
    let detail = |BadPhoto { image, url, reason }: &BadPhoto| json!({ "image": image, "url": url, "reason": reason });
    Error { details: bad.iter().map(detail).collect(), ..Error::new(Code::ImageDownloadFailed, message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's own table, to the letter.
    #[test]
    fn codes_have_the_statuses_of_the_contract() {
        let table = [
            (Code::MissingAuthHeader, 401, "MISSING_AUTH_HEADER"),
            (Code::InvalidAuthFormat, 401, "INVALID_AUTH_FORMAT"),
            (Code::InvalidKeyFormat, 401, "INVALID_KEY_FORMAT"),
            (Code::InvalidApiKey, 401, "INVALID_API_KEY"),
            (Code::RateLimited, 429, "RATE_LIMITED"),
            (Code::InternalError, 500, "INTERNAL_ERROR"),
            (Code::InvalidJson, 400, "INVALID_JSON"),
            (Code::MissingModel, 400, "MISSING_MODEL"),
            (Code::InvalidModel, 400, "INVALID_MODEL"),
            (Code::TaskNotFound, 404, "TASK_NOT_FOUND"),
            (Code::TooFewImages, 400, "TOO_FEW_IMAGES"),
            (Code::TooManyImages, 400, "TOO_MANY_IMAGES"),
            (Code::InvalidImageUrl, 400, "INVALID_IMAGE_URL"),
            (Code::MissingPrompt, 400, "MISSING_PROMPT"),
            (Code::InvalidAspectRatio, 400, "INVALID_ASPECT_RATIO"),
            (Code::CharacterNotReady, 422, "CHARACTER_NOT_READY"),
            (Code::ImageDownloadFailed, 422, "IMAGE_DOWNLOAD_FAILED"),
            (Code::InsufficientCredits, 402, "INSUFFICIENT_CREDITS"),
            (Code::NotFound, 404, "NOT_FOUND"),
            (Code::TrainingSubmitFailed, 500, "TRAINING_SUBMIT_FAILED"),
            (Code::GenerationFailed, 500, "GENERATION_FAILED"),
        ];
        for (code, status, name) in table {
            assert_eq!(code.status_and_name(), (StatusCode::from_u16(status).unwrap(), name));
        }
    }

    #[test]
    fn a_store_that_fails_is_told_without_its_innards() {
        let error = Error::from(store::Error::from(store::Unavailable("host db-7 refused".into())));
        assert_eq!((error.code, error.retry_after), (Code::StoreUnavailable, Some(RETRY_AFTER_STORE)));
        assert!(!error.message.contains("db-7") && error.cause.unwrap().contains("db-7"));
    }

    #[test]
    fn every_bad_photo_is_listed_with_number_url_and_reason() {
        let bad = |image, reason: &str| BadPhoto {
            image,
            url: "https://example.com/a.jpg".to_owned(),
            reason: reason.to_owned(),
        };
        let error = unusable_photos(&[bad(2, "answered with status 404"), bad(5, "is empty")], 12);
        assert_eq!(error.details.len(), 2);
        assert!(
            error.message.contains("photo 2 (https://example.com/a.jpg) answered with status 404; photo 5"),
            "{}",
            error.message
        );
    }
}
