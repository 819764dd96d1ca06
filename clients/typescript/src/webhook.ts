import { createHmac, timingSafeEqual } from 'node:crypto';
import type { components } from './api.js';
import { LikenessError } from './error.js';

type TaskMessage = components['schemas']['TaskMessage'];
type HeadersGiven = Headers | Record<string, string | string[] | undefined>;

/**
 * The message, once it is known to be the deployment's; `INVALID_SIGNATURE` is thrown where it is not.
 * Its `webhook-id` header is the same each time that it is sent: do what it says once.
 *
 * @param headers the request's, as Node or `fetch` have them
 * @param body the request's, as it came: before anything is made of it
 * @param secret `whsec_..`, as `webhookSecret()` gives it
 * @param toleranceSeconds how far its time may be from ours, either way: 5 minutes unless told
 */
export function verifyWebhook(headers: HeadersGiven, body: string | Uint8Array, secret: string, toleranceSeconds = 300): TaskMessage {
  const [id, sentAt, signatures] = ['id', 'timestamp', 'signature'].map((name) => header(headers, `webhook-${name}`));
  if (!id || !sentAt || !signatures) throw refused('a header is missing');
  if (!(Math.abs(Date.now() / 1000 - Number(sentAt)) <= toleranceSeconds)) throw refused('it is too old, or of the future');
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  // An empty key would sign for everybody.
  if (key.length === 0) throw refused('the secret is none');
  const expected = createHmac('sha256', key).update(`${id}.${sentAt}.`).update(body).digest();
  // While a secret is being replaced there is a signature with each.
  const isOurs = signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isOurs) throw refused('no signature is made with this secret');
  return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)) as TaskMessage;
}

function header(headers: HeadersGiven, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found.join(' ') : found;
}

function refused(why: string): LikenessError {
  return new LikenessError('INVALID_SIGNATURE', `the message is not the deployment's: ${why}`);
}
