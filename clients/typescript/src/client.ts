import { setTimeout as pause } from 'node:timers/promises';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api.js';
import { LikenessError } from './error.js';
import { put, read, save } from './files.js';
import { COSTS, type Sending, send } from './sending.js';

type Schemas = components['schemas'];

/** The API holds an answer back for so many seconds, at most, until there is news. */
const WAIT_SECONDS_MAX = 25;
/** How often a character or a task is asked for, at most: once in so many milliseconds. */
const LOOK_MS = 500;
/** Longer than any work lasts: a training is given up after 60 minutes. */
const TIMEOUT_SECONDS = 3_900;
/** So many photos are uploaded at the same time. */
const UPLOADS_AT_ONCE = 4;

/** Where the API is, and who asks. */
export interface Options {
  /** The deployment's address; the environment's `LIKENESS_URL` unless told. */
  url?: string;
  /** `sk-..`; the environment's `LIKENESS_API_KEY` unless told. */
  key?: string;
  /** For how many seconds a request is repeated, at most; 120 unless told, and 0 never repeats. */
  retrySeconds?: number;
  /** What sends the requests; the runtime's own `fetch` unless told. */
  fetch?: (request: Request) => Promise<Response>;
}

/** Of what costs: the same name sent again within 24 hours is answered again, and neither done nor charged again. Made up unless told. */
export interface Named {
  idempotencyKey?: string;
}

/** A customer of one deployment. */
export class Likeness {
  /** Every operation with its types, with the same key, repetitions and errors: `(await likeness.api.GET('/api/v1/tasks')).data?.data`. */
  readonly api: Client<paths>;
  readonly #sending: Sending;

  constructor(options: Options = {}) {
    const url = (options.url ?? process.env['LIKENESS_URL'] ?? '').replace(/\/+$/, '');
    const key = options.key ?? process.env['LIKENESS_API_KEY'] ?? '';
    if (!/^https?:\/\/[^/]/.test(url)) throw new TypeError('url or LIKENESS_URL has to be an address that begins with http:// or https://');
    // Checked here, because fetch would put a key that cannot be sent into its error.
    if (!/^[!-~]+$/.test(key)) throw new TypeError('key or LIKENESS_API_KEY has to be an API key: visible ASCII characters without spaces');
    const sending = { retrySeconds: options.retrySeconds ?? 120, fetch: options.fetch ?? ((request: Request) => fetch(request)) };
    this.#sending = sending;
    this.api = createClient<paths>({ baseUrl: url, redirect: 'manual', fetch: (request) => ask(sending, key, request) });
  }

  /**
   * Begins the training of a character: 500 credits, or the trainer's own price; given back if it fails. Wait for it with `waitForCharacter`.
   *
   * @param photos 10 to 30 addresses (`https://..`) or files of this machine, which are uploaded; 1 to 10 with `mode: 'reference'`
   */
  async train(photos: readonly string[], options: Schemas['TrainOptions'] & Named = {}): Promise<Schemas['CreatedCharacter']> {
    const { idempotencyKey, ...given } = options;
    const image_urls = [...photos];
    const local = photos.flatMap((photo, at) => (/^https?:\/\//.test(photo) ? [] : [at]));
    const next = async (): Promise<void> => {
      for (let at = local.shift(); at !== undefined; at = local.shift()) image_urls[at] = await this.upload(photos[at] as string);
    };
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, next));
    const body = { ...given, image_urls };
    return taken(this.api.POST('/api/v1/characters/create', { body, params: named(idempotencyKey) }));
  }

  /** Begins 1 to 4 pictures of a character, 15 credits each, charged as delivered. Wait for them with `waitForTask`. */
  async generate(characterId: string, options: Schemas['GenerateImages'] & Named): Promise<Schemas['GeneratedImages']> {
    const { idempotencyKey, ...body } = options;
    const params = { path: { character_id: characterId }, header: { ...named(idempotencyKey).header, Prefer: 'respond-async' } };
    return taken(this.api.POST('/api/v1/characters/{character_id}/generate', { body, params }));
  }

  /** Begins a run of a model of the catalogue. Wait for it with `waitForTask`. */
  async run(model: string, input: Record<string, unknown>, options: { webhook_url?: string } & Named = {}): Promise<Schemas['StartedTask']> {
    const { idempotencyKey, ...given } = options;
    return taken(this.api.POST('/api/v1/generate', { body: { ...given, model, input }, params: named(idempotencyKey) }));
  }

  /** What a run would cost, exactly. Nothing is begun. */
  async estimate(model: string, input: Record<string, unknown>): Promise<Schemas['Estimate']> {
    return taken(this.api.POST('/api/v1/estimate', { body: { model, input } }));
  }

  /** Waits until a character is ready; throws where its training failed, or `TIMED_OUT`. */
  async waitForCharacter(characterId: string, timeoutSeconds = TIMEOUT_SECONDS): Promise<Schemas['Character']> {
    const path = { character_id: characterId };
    const look = (wait: number) => taken(this.api.GET('/api/v1/characters/{character_id}', { params: { path, query: { wait } } }));
    const ended = await until(characterId, look, ['ready', 'failed'], timeoutSeconds);
    if (ended.status === 'ready') return ended;
    throw new LikenessError(ended.error?.code ?? 'INTERNAL_ERROR', ended.error?.message ?? 'the training failed', { id: characterId });
  }

  /** Waits until a task is completed; throws where it failed or was canceled, or `TIMED_OUT`. */
  async waitForTask(taskId: string, timeoutSeconds = TIMEOUT_SECONDS): Promise<Schemas['Task']> {
    const path = { task_id: taskId };
    const look = (wait: number) => taken(this.api.GET('/api/v1/tasks/{task_id}', { params: { path, query: { wait } } }));
    const ended = await until(taskId, look, ['completed', 'failed', 'canceled'], timeoutSeconds);
    if (ended.status === 'completed') return ended;
    const code = ended.status === 'canceled' ? 'CANCELED' : 'INTERNAL_ERROR';
    throw new LikenessError(ended.error?.code ?? code, ended.error?.message ?? `the task is ${ended.status}`, { id: taskId });
  }

  /** Uploads a file of this machine: an address that is good for a day, for every field that takes one. 20 MB at most, videos 100 MB. */
  async upload(path: string): Promise<string> {
    const { bytes, contentType } = await read(path);
    const body = { contentType, sizeBytes: bytes.length };
    const { uploadUrl, publicUrl } = await taken(this.api.POST('/api/v1/upload', { body }));
    await put(this.#sending, uploadUrl, contentType, bytes);
    return publicUrl;
  }

  /** Saves a file that a task made. */
  async download(url: string, path: string): Promise<void> {
    await save(this.#sending, url, path);
  }

  /** What can be spent now. */
  async credits(): Promise<number> {
    return (await taken(this.api.GET('/api/v1/credits'))).credits;
  }

  /** What messages are signed with, for `verifyWebhook`. */
  async webhookSecret(): Promise<string> {
    return (await taken(this.api.GET('/api/v1/webhook-secret'))).secret;
  }
}

/** Sends a request of the API with the key; one that costs gets a name, the same however often it is sent. */
async function ask(sending: Sending, key: string, request: Request): Promise<Response> {
  request.headers.set('Authorization', `Bearer ${key}`);
  const isNamed = request.headers.has('Idempotency-Key');
  if (!isNamed && request.method === 'POST' && COSTS.test(new URL(request.url).pathname)) request.headers.set('Idempotency-Key', crypto.randomUUID());
  return send(sending, request, async (response) => new Response(await response.arrayBuffer(), response));
}

function named(idempotencyKey: string | undefined): { header: { 'Idempotency-Key'?: string } } {
  return { header: idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey } };
}

/** The `data` of an answer. */
async function taken<T>(answer: Promise<{ data?: { data: T } }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new LikenessError('UNEXPECTED_ANSWER', 'the answer is empty');
  return data.data;
}

async function until<T extends { status: string }>(id: string, look: (wait: number) => Promise<T>, ends: string[], seconds: number): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const began = Date.now();
    const seen = await look(Math.max(0, Math.min(WAIT_SECONDS_MAX, Math.floor((end - began) / 1000))));
    if (ends.includes(seen.status)) return seen;
    if (Date.now() >= end) throw new LikenessError('TIMED_OUT', `${id} is still ${seen.status} after ${seconds} seconds, and goes on`, { id });
    await pause(Math.max(0, began + LOOK_MS - Date.now()));
  }
}
