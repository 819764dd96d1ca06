// Checks that a message came from Likeness. It needs nothing but Node: copy `verify` into your own server.
//
//   verify(secret, headers, body)
//
// `secret` is `whsec_..`, of GET /api/v1/webhook-secret; `headers` are the request's, with names in lower case; `body` is its body as it came,
// before anything is made of it. By itself this file takes {secret, headers, body} as JSON on its standard input, and ends with 0 or 1.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SECONDS_OLD_MAX = 5 * 60;

/** Whether the message is ours, and of the last five minutes. Its `webhook-id` is the same each time that it is sent: do what it says once. */
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const id = headers['webhook-id'];
  const sentAt = headers['webhook-timestamp'];
  if (!(Math.abs(now - Number(sentAt)) <= SECONDS_OLD_MAX)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${sentAt}.`).update(body).digest();
  // While a secret is being replaced there is a signature with each.
  return headers['webhook-signature'].split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'));
  process.exit(verify(secret, headers, body) ? 0 : 1);
}
