// What a customer does with the TypeScript library, through a bad network: photos to saved pictures, and a message that is checked.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Likeness, LikenessError, type Schemas, files, verifyWebhook } from 'likeness-client';

function given(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

const [outside, key, scratch] = [given('LIKENESS_URL'), given('LIKENESS_API_KEY'), process.argv[2] ?? '.'];
const inbox = `${outside}/inbox/typescript`;

async function thrown(code: string, act: () => unknown): Promise<LikenessError> {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof LikenessError && error.code === code, inspect(error));
    assert.ok(!inspect(error, { depth: 9 }).includes(key));
    return error;
  }
  return assert.fail(`${code} was not thrown`);
}

/** One that was really delivered, and others made of it. */
async function message(secret: string): Promise<void> {
  let kept: { headers: Record<string, string>; body: string }[] = [];
  for (let looks = 0; kept[0] === undefined; looks += 1) {
    assert.ok(looks < 100, 'no message came');
    await pause(200);
    kept = await (await fetch(inbox)).json() as typeof kept;
  }
  const { headers, body: encoded } = kept[0];
  const body = Buffer.from(encoded, 'base64');
  const told = verifyWebhook(headers, body, secret);
  assert.equal(told.type, 'task.completed');
  assert.deepEqual(verifyWebhook(new Headers(headers), body.toString(), secret), told);
  await thrown('INVALID_SIGNATURE', () => verifyWebhook(headers, `${body.toString()} `, secret));
  await thrown('INVALID_SIGNATURE', () => verifyWebhook(headers, body, `whsec_${Buffer.from('another').toString('base64')}`));
  await thrown('INVALID_SIGNATURE', () => verifyWebhook(headers, body, ''));
  await thrown('INVALID_SIGNATURE', () => verifyWebhook({}, body, secret));
  for (const seconds of [-301, 301]) {
    const at = String(Math.floor(Date.now() / 1000) + seconds);
    const mac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64')).update(`msg_1.${at}.`).update(body).digest('base64');
    const signed = { 'Webhook-Id': 'msg_1', 'Webhook-Timestamp': at, 'Webhook-Signature': `v1,${mac}` };
    await thrown('INVALID_SIGNATURE', () => verifyWebhook(signed, body, secret));
    assert.deepEqual(verifyWebhook(signed, body, secret, 400), told);
  }
}

/** Each operation that takes an `Idempotency-Key`, by the document, gets one, and no other does. */
async function namesWhatCosts(): Promise<void> {
  let sent = new Headers();
  const likeness = new Likeness({
    fetch: (request) => {
      sent = request.headers;
      return Promise.resolve(Response.json({ success: true, data: {} }));
    },
  });
  type Operation = { parameters?: { name: string }[] };
  const document = JSON.parse(readFileSync('components/api/src/openapi.json', 'utf8')) as { paths: Record<string, { post?: Operation }> };
  for (const [path, { post }] of Object.entries(document.paths)) {
    if (post === undefined) continue;
    await likeness.api.POST(path.replaceAll(/[{}]/g, '') as '/api/v1/estimate', { body: { model: 'any' } });
    const takes = (post.parameters ?? []).some((parameter) => parameter.name === 'Idempotency-Key');
    assert.equal(sent.has('Idempotency-Key'), takes, path);
  }
}

/** What is under way is asked for again under the same name; what harms is not sent twice when its answer is lost. */
async function repeatsWhatItMay(): Promise<void> {
  const sent: Request[] = [];
  const answer = async (request: Request): Promise<Response> => {
    sent.push(request);
    if (!request.url.endsWith('/generate')) throw new TypeError('broken off');
    if (sent.length === 2) return Response.json({ success: true, data: {} });
    const error = { code: 'IDEMPOTENCY_IN_PROGRESS', message: 'under way' };
    return Response.json({ success: false, error }, { status: 409, headers: { 'Retry-After': '0' } });
  };
  const likeness = new Likeness({ retrySeconds: 1, fetch: answer });
  await likeness.run('any', {});
  assert.equal(sent.length, 2);
  assert.equal(new Set(sent.map((request) => request.headers.get('Idempotency-Key'))).size, 1);
  await thrown('UNREACHABLE', () => likeness.credits());
  assert.equal(sent.length, 4);
  await thrown('UNREACHABLE', () => likeness.api.POST('/api/v1/webhook-secret/rotate'));
  assert.equal(sent.length, 5);
}

/** What goes on too long, what failed and what was taken back are errors that say what they are about. */
async function waitsNoLongerThanTold(): Promise<void> {
  let data: object = { status: 'training' };
  const likeness = new Likeness({ fetch: async () => Response.json({ success: true, data }) });
  assert.equal((await thrown('TIMED_OUT', () => likeness.waitForCharacter('char_1', 1))).id, 'char_1');
  data = { status: 'failed', error: { code: 'TRAINING_FAILED', message: 'too dark' } };
  assert.equal((await thrown('TRAINING_FAILED', () => likeness.waitForCharacter('char_1'))).message, 'too dark');
  assert.equal((await thrown('TRAINING_FAILED', () => likeness.waitForTask('task_1'))).id, 'task_1');
  data = { status: 'canceled', error: null };
  await thrown('CANCELED', () => likeness.waitForTask('task_1'));
}

await namesWhatCosts();
await repeatsWhatItMay();
await waitsNoLongerThanTold();
const likeness = new Likeness();
assert.ok(!inspect(likeness, { depth: 9, showHidden: true }).includes(key));
const before = await likeness.credits();
// Some are on the web, and some are not.
const photos: string[] = (JSON.parse(given('PHOTOS')) as string[]).slice(0, 6);
const folder = 'tests/fixtures/photos';
photos.push(...readdirSync(folder).filter((name) => name.startsWith('portrait-')).sort().slice(6, 12).map((name) => `${folder}/${name}`));
const { character_id: id } = await likeness.train(photos, { name: 'TypeScript' });
assert.equal((await likeness.waitForCharacter(id, 120)).status, 'ready');

const started = await likeness.generate(id, { prompt: 'on a sailing boat', num_outputs: 2, webhook_url: inbox });
const task: Schemas['Task'] = await likeness.waitForTask(started.id, 60);
for (const [number, url] of files(task).entries()) await likeness.download(url, `${scratch}/typescript-${number}.png`);
const saved = readdirSync(scratch).filter((name) => name.startsWith('typescript-'));
assert.deepEqual(saved.sort(), ['typescript-0.png', 'typescript-1.png']);
for (const name of saved) assert.equal(readFileSync(`${scratch}/${name}`).subarray(1, 4).toString(), 'PNG');

const [model, input] = ['flux-2-pro-text-to-image', { prompt: 'a fox in the snow' }];
const { credits: price } = await likeness.estimate(model, input);
assert.equal(files(await likeness.waitForTask((await likeness.run(model, input)).id)).length, 1);
// However often it was sent, it was charged once.
assert.equal(await likeness.credits(), before - 500 - 2 * 15 - price);
const { data: listed } = await likeness.api.GET('/api/v1/tasks', { params: { query: { limit: 1 } } });
assert.equal(listed?.data.tasks.length, 1);

await message(await likeness.webhookSecret());
const missing = await thrown('TASK_NOT_FOUND', () => likeness.waitForTask(`task_${'0'.repeat(32)}`));
assert.ok(missing.status === 404 && missing.requestId);
await thrown('TOO_FEW_IMAGES', () => likeness.train([]));
await thrown('NOT_FOUND', () => likeness.download(`${given('API')}/results/none.png`, `${scratch}/none`));
assert.ok(!existsSync(`${scratch}/none`) && !existsSync(`${scratch}/none.part`));
await assert.rejects(likeness.download(files(task)[0] ?? '', `${scratch}/no/such/folder`), { code: 'ENOENT' });
await thrown('INVALID_API_KEY', () => new Likeness({ key: 'sk-wrong' }).credits());
await thrown('UNREACHABLE', () => new Likeness({ url: 'http://127.0.0.1:9', retrySeconds: 0 }).credits());
assert.throws(() => new Likeness({ key: `${key}\n` }), (error: Error) => error instanceof TypeError && !error.message.includes(key));
console.log(`TypeScript: a character of ${photos.length} photos, ${saved.length} pictures, a message`);
