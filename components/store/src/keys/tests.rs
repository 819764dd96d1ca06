use super::*;

#[test]
fn every_key_fits_every_store() {
    let account_id = AccountId::test_from_random([0xff; 16]);
    let (task_id, character_id) = (TaskId::from_random([0xff; 16]), CharacterId::from_random([0xff; 16]));
    let keys = [
        api_key(&domain::ApiKey::from_random([1; 32]).digest()).as_str().to_owned(),
        account(&account_id).as_str().to_owned(),
        task(&account_id, &task_id).as_str().to_owned(),
        character(&account_id, &character_id).as_str().to_owned(),
        ledger_page(&account_id, u64::MAX).as_str().to_owned(),
        operation(&account_id, &Digest::of_lines([""])).as_str().to_owned(),
        answer::<()>(&account_id, &Digest::of_lines([""])).as_str().to_owned(),
        alikes(domain::BANDS, u16::MAX).as_str().to_owned(),
        made(&Digest::of_lines([""])).as_str().to_owned(),
        erasing(&account_id, &character_id).as_str().to_owned(),
        closing(&account_id).as_str().to_owned(),
        opened(u64::MAX).as_str().to_owned(),
        due(u64::MAX).as_str().to_owned(),
        takedown_of(&account_id, character_id.as_str()).as_str().to_owned(),
        OPENED.as_str().to_owned(),
        photo(&account_id, &character_id, 29).chunk(40),
        result(&account_id, &task_id, 3).chunk(400),
    ];
    for key in keys {
        assert!(key.len() <= crate::KEY_CHARS_MAX, "{key}");
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)), "{key}");
    }
}
