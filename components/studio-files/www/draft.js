// What is being put together, a character or its training: its photos and what is uploaded of them outlive a reload of the tab.

const DRAFT = "likeness.draft.";
const OLD_MS = 20 * 3600 * 1000;

/** What is known of the draft for this: `id`, `fields`, `photos` (`id`, `name`, `url`), `sending` (the order's name and body), `at`. */
export function read(purpose) {
  const kept = JSON.parse(sessionStorage.getItem(DRAFT + purpose) ?? "null");
  // What was uploaded is good for a day.
  if (kept && kept.at < Date.now() - OLD_MS) for (const photo of kept.photos) photo.url = null;
  return kept ?? { id: unique(), purpose, fields: {}, photos: [], sending: null, at: Date.now() };
}

/** Keeps it. */
export function write(draft) {
  sessionStorage.setItem(DRAFT + draft.purpose, JSON.stringify(draft));
}

/** A name that nobody else has. */
export const unique = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function open() {
  return new Promise((done, stop) => {
    const request = indexedDB.open("likeness-studio", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("photos", { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => stop(request.error);
  });
}

// A browser that keeps nothing (a private window) only makes a reload lose the photos.
async function inStore(mode, use) {
  try {
    const base = await open();
    const request = use(base.transaction("photos", mode).objectStore("photos"));
    request.transaction.oncomplete = () => base.close();
    return await new Promise((done, stop) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => stop(request.error);
    });
  } catch {
    return undefined;
  }
}

export const keepPhoto = (draft, id, file) => inStore("readwrite", (store) => store.put({ id, draft, file, at: Date.now() }));
export const dropPhoto = (id) => inStore("readwrite", (store) => store.delete(id));

/** The photos of a draft by their id. Those that other tabs forgot are removed. */
export async function keptPhotos(draft) {
  const all = (await inStore("readonly", (store) => store.getAll())) ?? [];
  for (const old of all.filter((photo) => photo.at < Date.now() - OLD_MS)) await dropPhoto(old.id);
  return new Map(all.filter((photo) => photo.draft === draft).map((photo) => [photo.id, photo.file]));
}

/** Forgets the draft with its photos. */
export async function discard(draft) {
  sessionStorage.removeItem(DRAFT + draft.purpose);
  for (const photo of draft.photos) await dropPhoto(photo.id);
}

/** Forgets the photos of all drafts, on signing out. */
export const discardAll = () => indexedDB.deleteDatabase("likeness-studio");
