// Revision 2025-11-25: a client that begins with `initialize`.
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { address, given, live } from './agent.mjs';

const client = new Client({ name: 'initialize', version: '1.0.0' });
client.onerror = (error) => assert.fail(error);
const headers = { Authorization: `Bearer ${given('KEY')}` };
const transport = new StreamableHTTPClientTransport(address, { requestInit: { headers } });
await client.connect(transport);
assert.equal(client.getServerVersion().name, 'likeness');
assert.match(client.getInstructions(), /create_character/);
await client.ping();
await live(client, 'Initialize');
await transport.terminateSession();
await client.close();
