//! The key layout, all of it.
//!
//! | key | value | written by |
//! |---|---|---|
//! | `key:{sha256}` | [`KeyRecord`]: API key to account | swap |
//! | `account:{account}` | [`Account`]: funds and keys | swap |
//! | `usage:{account}` | [`Usage`]: how often it asked lately | swap |
//! | `shelf:{account}` | which of its own files an account has here | swap; created behind `count:shelves` |
//! | `count:shelves:{account}` | how often that was about to be created | increment |
//! | `task:{account}:{task}` | [`Task`]: one job at a provider | swap |
//! | `character:{account}:{character}` | [`Character`] | swap |
//! | `made:{sha256}` | the name of the result that has these bytes, as its URL ends | set; removed with what its task was asked |
//! | `alike:{band}:{bits}`, `count:alike:{band}:{bits}` | which results have these bits in this band of their perceptual hash, by their names; how often that was about to be created | swap, created behind the count; increment |
//! | `ledger:{account}:{page}` | [`Page`] of old entries | set, same bytes every time |
//! | `operation:{account}:{digest}` | [`Marker`] of an old operation of the administrator | set, same bytes every time |
//! | `request:{account}:{day}:{digest}` | [`Marker`] of an old request that began a task on this day since 1970; for 25 hours | set, same bytes every time |
//! | `answer:{account}:{digest}` | the answer to a request with an `Idempotency-Key` | set, the latest counts |
//! | `due:{n}` | [`DuePage`] number `n`, from 1: what is due, and when, for some of the accounts | swap |
//! | `count:due` | how many pages of what is due were begun | increment |
//! | `listed-accounts` | up to which account those of earlier versions were put on the pages | set, an older one costs time only |
//! | `rounds` | what the latest rounds of the sweep came to | set, the latest counts |
//! | `withheld` | the latest results that could not be handed out | set, the latest counts |
//! | `takedown:{n}` | [`Case`] number `n`, from 1: what is to be taken down, and what became of that | swap |
//! | `count:takedowns` | how many cases were opened | increment |
//! | `takedown-of:{account}:{character or task}` | the latest case about it | set, the latest counts |
//! | `swept:takedowns` | up to which case the sweep came whose time is over, and which before it are not over | set, an older one costs time only |
//! | `opened:{n}` | [`AccountId`] of the `n`th account opened, from 1 | set once |
//! | `count:opened` | how many accounts were opened | increment |
//! | `listed:{account}:{n}` | [`CharacterId`] of an account's `n`th character, from 1 | set once |
//! | `count:characters:{account}` | how many characters an account was given numbers for | increment |
//! | `delivery:{account}:{task}` | how its owner was told of a task's end, for 7 days | set, the latest counts |
//! | `checked:{account}:{by}` | up to where an account's ledger was found right, by the audit or by its owner | set, an older one costs time only |
//! | `erasing:{account}:{character}` | down to which entry of its account's ledger the results of a character that is being deleted were removed | set, a higher one costs time only; removed with the last step |
//! | `closing:{account}` | down to which entry of its ledger the tasks of an account that is being deleted were removed | set, a higher one costs time only; removed with the last step |
//! | `expired:{account}` | up to where what is past its time was removed | set, an older one costs time only |
//! | `upload:{n}` | the `n`th upload of a file, until it is of no use any more | set |
//! | `count:uploads` | how many uploads of files were begun | increment |
//! | `swept:uploads` | up to which upload those of no use were removed, and which before it are left | set, an older one costs time only |
//! | `photos:{n}`, `count:photos`, `swept:photos` | likewise, of photos for a character | set, increment, set |
//! | `consents:{n}`, `count:consents`, `swept:consents` | likewise, of characters whose persons are asked | set, increment, set |
//! | `answers:{n}`, `count:answers`, `swept:answers` | likewise, of what those persons answered | set, increment, set |
//! | `ordered:{account}:{character}` | what begins once the person pictured agrees; removed then | set once |
//! | `containers-until:{slot}` | an hour since 1970 in which containers may upload; of each 48, one | set, a later hour counts |
//! | `containers-hour` | how many bytes containers had uploaded when an hour began | set, the latest counts |
//! | `count:container-bytes` | how many bytes containers uploaded, ever | increment |
//! | `catalogue` | the deployment's own catalogue of models | set, the latest counts |
//! | `durations` | [`Durations`]: how long the latest trainings took | set, the latest counts |
//! | `troubled:{provider}` | until when a provider is asked last | set, the latest counts |
//! | `callback-keys:{provider}` | the keys that a provider publishes | set, the latest counts |
//! | `safe` | what the doctor said: whether money may touch the store | set, the latest counts |
//! | `doctor:{random}:..` | the doctor's own; removed again | set, swap, increment |
//! | `photo:{account}:{character}:{n}:{chunk}` | bytes of a photo | set once |
//! | `file:{random}:{chunk}` | bytes of a file that a container uploaded | set once |
//! | `weights:{account}:{character}:{chunk}` | bytes of a model's weights | set, same bytes every time |
//! | `result:{account}:{task}:{n}:{chunk}` | bytes of a picture | set, same bytes every time |
//!
//! The account is in every key: another account's id finds nothing. Swapped keys, plain keys and counters share no prefix. Photos and pictures
//! are here only where there is no bucket for them. A store that can do so forgets answers, pictures and what became of messages by itself, a
//! day after the sweep would have removed them.

use std::borrow::Cow;
use std::time::Duration;

use domain::limits::{CLOCKS_APART_MAX, IDEMPOTENCY_LIFETIME, RESULT_LIFETIME};
use domain::takedown::Case;
use domain::{
    Account, AccountId, ApiKey, Character, CharacterId, Digest, DuePage, Durations, Entry, KeyDigest, KeyRecord,
    Marker, ProviderName, Task, TaskId, Timestamp, Usage,
};

use crate::UploadQueue;
use crate::key::{BlobKey, CounterKey, DocumentKey, NewKey, RecordKey};

/// How much longer than it is needed a value is kept that the store may forget.
const MARGIN: Duration = Duration::from_hours(24);
/// A request's marker stands under the day on which it came.
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Old entries of a ledger, as many as a page has.
pub type Page = Vec<Entry>;

/// A new API key of an account, and where its record will be.
pub fn new_api_key(account: &AccountId, bits: [u8; 32]) -> (ApiKey, NewKey<KeyRecord>) {
    let key = if account.is_test() { ApiKey::test_from_random(bits) } else { ApiKey::from_random(bits) };
    let record = NewKey(api_key(&key.digest()));
    (key, record)
}

/// A new account's id, and where it and its usage will be.
pub fn new_account(bits: [u8; 16]) -> (AccountId, NewKey<Account>, NewKey<Usage>) {
    places(AccountId::from_random(bits))
}

/// The same of a new account for tests.
pub fn new_test_account(bits: [u8; 16]) -> (AccountId, NewKey<Account>, NewKey<Usage>) {
    places(AccountId::test_from_random(bits))
}

fn places(id: AccountId) -> (AccountId, NewKey<Account>, NewKey<Usage>) {
    let keys = (NewKey(account(&id)), NewKey(usage(&id)));
    (id, keys.0, keys.1)
}

/// A new task's id, and where it will be.
pub fn new_task(account: &AccountId, bits: [u8; 16]) -> (TaskId, NewKey<Task>) {
    let id = TaskId::from_random(bits);
    let key = NewKey(task(account, &id));
    (id, key)
}

/// A new character's id, and where it will be.
pub fn new_character(account: &AccountId, bits: [u8; 16]) -> (CharacterId, NewKey<Character>) {
    let id = CharacterId::from_random(bits);
    let key = NewKey(character(account, &id));
    (id, key)
}

/// A new page of what is due, by a number that a counter gave to nobody else.
pub fn new_due_page(n: u64) -> NewKey<DuePage> {
    NewKey(due(n))
}

/// Where the `n`th page of what is due is, from 1.
pub fn due(n: u64) -> DocumentKey<DuePage> {
    DocumentKey::new(format!("due:{n}"))
}

/// How far the sweep has come with putting the accounts of earlier versions on the pages of what is due.
pub fn listed_accounts<T>() -> RecordKey<T> {
    RecordKey::new("listed-accounts".to_owned())
}

/// Where an API key's record is.
pub fn api_key(digest: &KeyDigest) -> DocumentKey<KeyRecord> {
    DocumentKey::new(format!("key:{}", digest.as_str()))
}

/// Where an account is.
pub fn account(id: &AccountId) -> DocumentKey<Account> {
    DocumentKey::new(format!("account:{id}"))
}

/// Where it is counted how often an account asks.
pub fn usage(id: &AccountId) -> DocumentKey<Usage> {
    DocumentKey::new(format!("usage:{id}"))
}

/// Where it is kept which of its own files an account has here.
pub fn shelf<T>(account: &AccountId) -> DocumentKey<T> {
    DocumentKey::new(format!("shelf:{account}"))
}

/// The same place, for whoever was the first to count [`shelves`]: nobody else creates it.
pub fn new_shelf<T>(account: &AccountId) -> NewKey<T> {
    NewKey(shelf(account))
}

/// Counts who would create the document at [`shelf`].
pub fn shelves(account: &AccountId) -> CounterKey {
    CounterKey(Cow::Owned(format!("count:shelves:{account}")))
}

/// Where a task is.
pub fn task(account: &AccountId, id: &TaskId) -> DocumentKey<Task> {
    DocumentKey::new(format!("task:{account}:{id}"))
}

/// Where it is kept which result has these bytes, by its name.
pub fn made(sha256: &Digest) -> RecordKey<String> {
    RecordKey::new(format!("made:{sha256}"))
}

/// Where it is kept which results have these bits in this band of their perceptual hash, by their names.
pub fn alike<T>(band: usize, bits: u16) -> DocumentKey<T> {
    DocumentKey::new(format!("alike:{band}:{bits:04x}"))
}

/// The same place, for whoever was the first to count [`alikes`]: nobody else creates it.
pub fn new_alike<T>(band: usize, bits: u16) -> NewKey<T> {
    NewKey(alike(band, bits))
}

/// Counts who would create the document at [`alike`].
pub fn alikes(band: usize, bits: u16) -> CounterKey {
    CounterKey(Cow::Owned(format!("count:alike:{band}:{bits:04x}")))
}

/// Where a character is.
pub fn character(account: &AccountId, id: &CharacterId) -> DocumentKey<Character> {
    DocumentKey::new(format!("character:{account}:{id}"))
}

/// Where the `page`th page of an account's ledger is, from 0.
pub fn ledger_page(account: &AccountId, page: u64) -> RecordKey<Page> {
    RecordKey::new(format!("ledger:{account}:{page}"))
}

/// Where an operation of the administrator is remembered once its entry is on a page: for ever.
pub fn operation(account: &AccountId, id: &Digest) -> RecordKey<Marker> {
    RecordKey::new(format!("operation:{account}:{id}"))
}

/// The same, of a request that began a task at this time. It counts for a day: who uses the name again later does so on another day, under
/// another key. So whoever removes it late removes nothing else.
pub fn request(account: &AccountId, id: &Digest, at: Timestamp) -> RecordKey<Marker> {
    let day = at.as_millis().div_euclid(DAY_MILLIS);
    RecordKey::new(format!("request:{account}:{day}:{id}")).forgotten_after(IDEMPOTENCY_LIFETIME.saturating_add(MARGIN))
}

/// Where a request may be remembered that counts at this time: it began its task within the last day, by clocks that may be apart a little. An
/// earlier version kept it where those of the administrator are.
pub fn requests(account: &AccountId, id: &Digest, now: Timestamp) -> Vec<RecordKey<Marker>> {
    let times = [now.minus(IDEMPOTENCY_LIFETIME), now, now.plus(CLOCKS_APART_MAX)];
    let mut keys: Vec<_> = times.into_iter().map(|at| request(account, id, at)).collect();
    keys.dedup_by(|one, before| one.as_str() == before.as_str());
    keys.push(operation(account, id));
    keys
}

/// Where the answer to a request with an `Idempotency-Key` is.
pub fn answer<T>(account: &AccountId, id: &Digest) -> RecordKey<T> {
    RecordKey::new(format!("answer:{account}:{id}")).forgotten_after(IDEMPOTENCY_LIFETIME.saturating_add(MARGIN))
}

/// Where the id of the `n`th account opened is, from 1.
pub fn opened(n: u64) -> RecordKey<AccountId> {
    RecordKey::new(format!("opened:{n}"))
}

/// How far the removal of a deleted character's results has come: the last ledger entry that it looked at. It goes from the newest to the oldest.
pub fn erasing(account: &AccountId, character: &CharacterId) -> RecordKey<u64> {
    RecordKey::new(format!("erasing:{account}:{character}"))
}

/// What begins with a character once the person pictured agrees.
pub fn ordered<T>(account: &AccountId, character: &CharacterId) -> RecordKey<T> {
    RecordKey::new(format!("ordered:{account}:{character}"))
}

/// How far the removal of a deleted account's tasks has come, likewise.
pub fn closing(account: &AccountId) -> RecordKey<u64> {
    RecordKey::new(format!("closing:{account}"))
}

/// How far the removal of an account's expired data has come.
pub fn expired<T>(account: &AccountId) -> RecordKey<T> {
    RecordKey::new(format!("expired:{account}"))
}

/// How far an account's ledger was found right, for each of those who check it.
pub fn checked<T>(account: &AccountId, by: &str) -> RecordKey<T> {
    RecordKey::new(format!("checked:{account}:{by}"))
}

/// Where the `n`th upload of a queue is on record, from 1.
pub fn upload<T>(queue: UploadQueue, n: u64) -> RecordKey<T> {
    RecordKey::new(format!("{}:{n}", queue.record()))
}

/// Where an hour is named in which containers may upload.
pub fn container_hour(slot: u64) -> RecordKey<u64> {
    RecordKey::new(format!("containers-until:{slot}"))
}

/// Where it is kept how many bytes containers had uploaded when this hour began.
pub fn container_bytes_before() -> RecordKey<(u64, u64)> {
    RecordKey::new("containers-hour".to_owned())
}

/// Where it is kept how many bytes accounts had uploaded when this day began.
pub fn upload_bytes_before() -> RecordKey<(u64, u64)> {
    RecordKey::new("uploads-day".to_owned())
}

/// How far the sweep has come with removing the unused uploads of a queue.
pub fn swept_uploads<T>(queue: UploadQueue) -> RecordKey<T> {
    RecordKey::new(match queue {
        UploadQueue::Files => "swept:uploads".to_owned(),
        UploadQueue::Photos => "swept:photos".to_owned(),
        UploadQueue::Consents => "swept:consents".to_owned(),
        UploadQueue::Answers => "swept:answers".to_owned(),
    })
}

/// Where the deployment's own catalogue of models is, as the text of its file.
pub fn catalogue() -> RecordKey<String> {
    RecordKey::new("catalogue".to_owned())
}

/// Where it is kept how long the latest trainings took.
pub fn durations() -> RecordKey<Durations> {
    RecordKey::new("durations".to_owned())
}

/// Where it is kept until when a provider is asked last.
pub fn troubled(provider: ProviderName) -> RecordKey<Timestamp> {
    RecordKey::new(format!("troubled:{provider}")).forgotten_after(MARGIN)
}

/// Where the keys are that a provider publishes.
pub fn callback_keys<T>(provider: ProviderName) -> RecordKey<T> {
    RecordKey::new(format!("callback-keys:{provider}"))
}

/// Where the doctor's verdict is.
pub fn safe() -> RecordKey<bool> {
    RecordKey::new("safe".to_owned())
}

/// Where it is kept what the latest rounds of the sweep came to.
pub fn rounds<T>() -> RecordKey<T> {
    RecordKey::new("rounds".to_owned())
}

/// Where the latest results are that could not be handed out.
pub fn withheld<T>() -> RecordKey<T> {
    RecordKey::new("withheld".to_owned())
}

/// Where the `n`th case of a takedown is, from 1.
pub fn takedown(n: u64) -> DocumentKey<Case> {
    DocumentKey::new(format!("takedown:{n}"))
}

/// The same place, for whoever was given the number: nobody else creates it.
pub fn new_takedown(n: u64) -> NewKey<Case> {
    NewKey(takedown(n))
}

/// Where it is kept which case about a character or a task of an account is the latest.
pub fn takedown_of(account: &AccountId, id: &str) -> RecordKey<u64> {
    RecordKey::new(format!("takedown-of:{account}:{id}"))
}

/// How far the sweep has come with the cases whose time is over.
pub fn swept_takedowns<T>() -> RecordKey<T> {
    RecordKey::new("swept:takedowns".to_owned())
}

/// Counts the cases of takedowns.
pub const TAKEDOWNS: CounterKey = CounterKey(Cow::Borrowed("count:takedowns"));

/// Counts the accounts opened.
pub const OPENED: CounterKey = CounterKey(Cow::Borrowed("count:opened"));

/// Counts the pages of what is due.
pub const DUE_PAGES: CounterKey = CounterKey(Cow::Borrowed("count:due"));

/// Counts the uploads begun of a queue.
pub const fn uploads(queue: UploadQueue) -> CounterKey {
    CounterKey(Cow::Borrowed(match queue {
        UploadQueue::Files => "count:uploads",
        UploadQueue::Photos => "count:photos",
        UploadQueue::Consents => "count:consents",
        UploadQueue::Answers => "count:answers",
    }))
}

/// Counts the bytes that containers upload.
pub const CONTAINER_BYTES: CounterKey = CounterKey(Cow::Borrowed("count:container-bytes"));

/// Counts the bytes that accounts upload.
pub const UPLOAD_BYTES: CounterKey = CounterKey(Cow::Borrowed("count:upload-bytes"));

/// Counts the characters of an account.
pub fn characters(account: &AccountId) -> CounterKey {
    CounterKey(Cow::Owned(format!("count:characters:{account}")))
}

/// Where the id of an account's `n`th character is, from 1.
pub fn listed(account: &AccountId, n: u64) -> RecordKey<CharacterId> {
    RecordKey::new(format!("listed:{account}:{n}"))
}

/// Where it is kept how its owner was told of a task's end.
pub fn delivery<T>(account: &AccountId, task: &TaskId) -> RecordKey<T> {
    RecordKey::new(format!("delivery:{account}:{task}")).forgotten_after(RESULT_LIFETIME.saturating_add(MARGIN))
}

/// Where the `n`th photo of a character is.
pub fn photo(account: &AccountId, character: &CharacterId, n: usize) -> BlobKey {
    BlobKey::new(format!("photo:{account}:{character}:{n}"), None)
}

/// Where a file is that a container uploaded.
pub fn file(id: &str) -> BlobKey {
    BlobKey::new(format!("file:{id}"), None)
}

/// Where our copy of the weights of a character's model is.
pub fn weights(account: &AccountId, character: &CharacterId) -> BlobKey {
    BlobKey::new(format!("weights:{account}:{character}"), None)
}

/// Where the `n`th picture of a task is.
pub fn result(account: &AccountId, task: &TaskId, n: usize) -> BlobKey {
    // The days begin later, when all pictures are there and the task ends.
    BlobKey::new(format!("result:{account}:{task}:{n}"), Some(RESULT_LIFETIME.saturating_add(MARGIN)))
}

#[cfg(test)]
mod tests;
