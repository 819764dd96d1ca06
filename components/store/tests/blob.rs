//! Blobs survive being cut into chunks, whatever the sizes they come in.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use domain::{AccountId, CharacterId};
use proptest::prelude::*;
use store::blob::{BlobWriter, CHUNK_BYTES};
use store::{Store, keys};
use testkit::Memory;

async fn read(store: &Store<&Memory>, key: &store::BlobKey, size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0..size.div_ceil(CHUNK_BYTES) {
        bytes.extend(store.chunk(key, n).await.unwrap());
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_blob_is_read_back_as_it_was_written(size in 0..3 * CHUNK_BYTES, piece in 1..2 * CHUNK_BYTES) {
        let bytes: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let memory = Memory::default();
        let key = keys::photo(&AccountId::from_random([1; 16]), &CharacterId::from_random([2; 16]), 0);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let store = Store::new(&memory);
            let mut writer = BlobWriter::new(key.clone());
            for part in bytes.chunks(piece) {
                writer.push(&store, part).await.unwrap();
            }
            writer.finish(&store).await.unwrap();
            assert_eq!(read(&store, &key, size).await, bytes);
            assert!(memory.keys().iter().all(|key| memory.value(key).unwrap().len() <= CHUNK_BYTES));
            store.remove_blob(&key).await.unwrap();
            assert!(memory.keys().is_empty());
        });
    }
}
