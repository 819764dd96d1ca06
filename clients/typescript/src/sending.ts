import { setTimeout as pause } from 'node:timers/promises';
import { LikenessError, errorOf } from './error.js';

/** Longest time for one answer, in milliseconds: a training's photos are fetched before it is answered. */
const ANSWER_MS_MAX = 180_000;
/** How often a request is sent, at most, where no answer comes. */
const LOST_MAX = 5;
/** The shortest pause, in milliseconds, and that after the first lost answer; after each further one it is twice as long. */
const PAUSE_MS = 500;
/** What costs: these take an `Idempotency-Key`. */
export const COSTS = /\/api\/v1\/(generate|characters\/create|characters\/[^/]+\/(generate|train)|tools\/[a-z-]+)$/;
/** POSTs that can be done twice without harm. */
const HARMLESS = /\/api\/v1\/(estimate|upload)$/;

/** How requests are sent. */
export interface Sending {
  /** For how many seconds a request is repeated, at most. */
  retrySeconds: number;
  fetch: (request: Request) => Promise<Response>;
}

/** Sends a request, repeats it where that helps and harms nothing, and takes what it needs of the answer. Anything but success is thrown. */
export async function send<T>(sending: Sending, request: Request, take: (response: Response) => Promise<T>): Promise<T> {
  const end = Date.now() + sending.retrySeconds * 1000;
  for (let lost = 0; ; ) {
    try {
      return await attempt(sending, request.clone(), take);
    } catch (error) {
      if (!(error instanceof LikenessError)) throw error;
      if (isLost(error)) lost += 1;
      const ms = pauseAfter(error, request, lost);
      if (ms === undefined || Date.now() + ms >= end) throw error;
      await pause(ms);
    }
  }
}

async function attempt<T>(sending: Sending, request: Request, take: (response: Response) => Promise<T>): Promise<T> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
  let response;
  try {
    response = await sending.fetch(new Request(request, { signal }));
    if (response.ok) return await take(response);
  } catch (cause) {
    // What fetch throws has its own error around that of the system: one of the system itself is of a file that cannot be written.
    if (request.signal.aborted || (cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new LikenessError('UNREACHABLE', `${new URL(request.url).origin} gave no answer`, { cause });
  }
  throw await errorOf(response);
}

/** Whether no answer of the API came: none at all, or that of a proxy that got none. */
function isLost(error: LikenessError): boolean {
  return error.code === 'UNREACHABLE' || (error.code === 'UNEXPECTED_ANSWER' && (error.status === 502 || error.status === 504));
}

/** In how many milliseconds it is sent again; undefined where it is not. */
function pauseAfter(error: LikenessError, request: Request, lost: number): number | undefined {
  // Done twice it may do harm, as a secret that is replaced twice: then only what was refused unread is repeated.
  const isHarmless = request.method !== 'POST' || HARMLESS.test(new URL(request.url).pathname);
  const isRepeatable = isHarmless || request.headers.has('Idempotency-Key');
  if (isLost(error)) return isRepeatable && lost < LOST_MAX ? PAUSE_MS * 2 ** (lost - 1) : undefined;
  const isLater = error.status === 429 || (isRepeatable && (error.status === 503 || error.code === 'IDEMPOTENCY_IN_PROGRESS'));
  return isLater && error.retryAfter !== undefined ? Math.max(PAUSE_MS, error.retryAfter * 1000) : undefined;
}
