// Revision 2026-07-28: every message by itself.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { address, given, live } from './agent.mjs';

/** A client with a key, which is not let fall back to an older revision. */
async function connected(mode, key) {
  const client = new Client({ name: 'stateless', version: '1.0.0' }, { versionNegotiation: { mode } });
  client.onerror = (error) => assert.fail(error);
  const headers = { Authorization: `Bearer ${key}` };
  await client.connect(new StreamableHTTPClientTransport(address, { requestInit: { headers } }));
  return client;
}

const client = await connected('auto', given('KEY'));
assert.equal(client.getProtocolEra(), 'modern');
assert.equal(client.getServerVersion().name, 'likeness');
assert.match(client.getInstructions(), /create_character/);
await live(client, 'Stateless');
await client.close();

await assert.rejects(connected({ pin: '2026-07-28' }, 'sk-wrong'));
