import { createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { components } from './api.js';
import { LikenessError } from './error.js';
import { type Sending, send } from './sending.js';

type ContentType = components['schemas']['AnnounceUpload']['contentType'];

const CONTENT_TYPES: Record<string, ContentType> = {
  '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp', '.gif': 'image/gif', '.avif': 'image/avif',
  '.heic': 'image/heic', '.heif': 'image/heif', '.mp4': 'video/mp4', '.mov': 'video/quicktime', '.webm': 'video/webm',
  '.mp3': 'audio/mpeg', '.wav': 'audio/wav',
};

/** A file of this machine, with the type that its name tells. */
export async function read(path: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; contentType: ContentType }> {
  const contentType = CONTENT_TYPES[extname(path).toLowerCase()];
  if (!contentType) throw new LikenessError('INVALID_REQUEST', `${path}: its name tells no type that can be uploaded`);
  return { bytes: new Uint8Array(await readFile(path)), contentType };
}

/** Puts bytes where an upload was announced; no key is sent. */
export async function put(sending: Sending, url: string, contentType: ContentType, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const request = new Request(url, { method: 'PUT', headers: { 'Content-Type': contentType }, body: bytes });
  await send(sending, request, () => Promise.resolve()).catch((error: unknown) => {
    // Nobody else knows the address: an attempt whose answer was lost came through.
    if (!(error instanceof LikenessError && error.code === 'UPLOAD_EXISTS')) throw error;
  });
}

/** Saves a file that was made. The key is not sent: the address may be a bucket's. A download that breaks off leaves nothing at `path`. */
export async function save(sending: Sending, url: string, path: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await send(sending, new Request(url), async (response) => {
      await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(part));
    });
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

/** The addresses of everything that a task made: pictures, a video, or songs. Good for 7 days. */
export function files(task: components['schemas']['Task']): string[] {
  switch (task.result?.type) {
    case 'image': return task.result.images.map((image) => image.url);
    case 'music': return task.result.songs.map((song) => song.audio_url);
    case 'video': return task.result.url ? [task.result.url] : [];
    default: return [];
  }
}
