// What is looked at in a photo before it is uploaded.

import { text } from "/studio/text.js";

const MAX_BYTES = 10_000_000;
const GOOD_SIDE = 512;
const LOOK_SIDE = 320;
// Below this variance of the Laplacian a picture of LOOK_SIDE pixels looks blurred to people, too.
const SHARP = 45;

/** What the bytes at its beginning say that a file is, or null. */
function typeOf(head) {
  const at = (n, ...bytes) => bytes.every((byte, k) => head[n + k] === byte);
  if (at(0, 0xff, 0xd8, 0xff)) return "image/jpeg";
  if (at(0, 0x89, 0x50, 0x4e, 0x47)) return "image/png";
  if (at(0, 0x52, 0x49, 0x46, 0x46) && at(8, 0x57, 0x45, 0x42, 0x50)) return "image/webp";
  return null;
}

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** What is the same for the same bytes. Without a secure context it is only likely to be different for others. */
async function fingerprint(bytes, file) {
  return crypto.subtle ? hex(await crypto.subtle.digest("SHA-256", bytes)) : `${file.size}-${file.name}`;
}

/** How sharp a picture is: the variance of its Laplacian, seen small. */
function sharpness(bitmap) {
  const scale = Math.min(1, LOOK_SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(3, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = new Float32Array(width * height);
  for (let n = 0; n < grey.length; n += 1) grey[n] = 0.299 * data[4 * n] + 0.587 * data[4 * n + 1] + 0.114 * data[4 * n + 2];
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const n = y * width + x;
      const edge = 4 * grey[n] - grey[n - 1] - grey[n + 1] - grey[n - width] - grey[n + width];
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  return squares / count - (sum / count) ** 2;
}

/** The photo with its `type`, its `hash`, what stops it (`stop`) and what could be better (`warn`). */
export async function examine(file) {
  const told = { type: null, hash: null, stop: null, warn: [] };
  if (file.size > MAX_BYTES) return { ...told, stop: text.checks.size((file.size / 1e6).toFixed(1)) };
  try {
    const bytes = await file.arrayBuffer();
    told.type = typeOf(new Uint8Array(bytes, 0, Math.min(12, bytes.byteLength)));
    if (!told.type) return { ...told, stop: text.checks.format };
    told.hash = await fingerprint(bytes, file);
    const bitmap = await createImageBitmap(file);
    const side = Math.min(bitmap.width, bitmap.height);
    if (side < GOOD_SIDE) told.warn.push(text.checks.small(side));
    if (sharpness(bitmap) < SHARP) told.warn.push(text.checks.blurred);
    bitmap.close();
  } catch {
    told.stop = text.checks.broken;
  }
  return told;
}

const looksLikePhoto = (file) => !file.name.startsWith(".");

async function insideOf(entry) {
  if (entry.isFile) return [await new Promise((done, stop) => entry.file(done, stop))];
  const reader = entry.createReader();
  const found = [];
  // A folder is told in portions; the last one is empty.
  for (;;) {
    const some = await new Promise((done, stop) => reader.readEntries(done, stop));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await insideOf(one)));
  }
}

/** The files that were dropped, those in folders too. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = entries.length > 0 ? (await Promise.all(entries.map(insideOf))).flat() : [...transfer.files];
  return files.filter(looksLikePhoto);
}

/** The files that were chosen; those of a folder without the hidden ones. */
export const chosen = (input) => [...input.files].filter(looksLikePhoto);
