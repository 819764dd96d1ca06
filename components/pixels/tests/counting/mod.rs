//! An allocator that counts what is taken.
#![expect(unsafe_code, reason = "an allocator is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
/// Blocks of these sizes are not counted.
static QUEUED: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// Growing in place is not done: what grows is there twice for a while, as with the allocator in Wasm.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = size_of(layout);
        let now = NOW.fetch_add(size, Ordering::SeqCst) + size;
        MOST.fetch_max(now, Ordering::SeqCst);
        // SAFETY: what the caller keeps to is what the system's allocator asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(size_of(layout), Ordering::SeqCst);
        // SAFETY: likewise, and the place comes from there.
        unsafe { System.dealloc(place, layout) }
    }
}

fn size_of(layout: Layout) -> usize {
    let is_queued = QUEUED.iter().any(|size| size.load(Ordering::SeqCst) == layout.size());
    if is_queued { 0 } else { layout.size() }
}

/// One is counted at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Keeps other tests of the file from taking memory at the same time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a photo comes to, and before it what that takes at most at one time, in bytes.
///
/// Of a JPEG with half the colours, which is that wide, rows of blocks are not counted: outside of Wasm the decoder has a thread, which may
/// be behind by any number of them on a busy machine. In Wasm there are two.
pub(crate) fn counted<T>(_alone: &MutexGuard<'static, ()>, width: u16, done: impl FnOnce() -> T) -> (u64, T) {
    let row = usize::from(width).div_ceil(16) * 128;
    QUEUED.iter().zip([row, row * 4]).for_each(|(size, row)| size.store(row, Ordering::SeqCst));
    let before = NOW.load(Ordering::SeqCst);
    MOST.store(before, Ordering::SeqCst);
    let come_to = done();
    let taken = MOST.load(Ordering::SeqCst).saturating_sub(before);
    (u64::try_from(taken).unwrap(), come_to)
}
