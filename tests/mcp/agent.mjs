// What an agent does that knows nothing but an address and a key, with a client of either revision.
import assert from 'node:assert/strict';

/** The value of an environment variable. */
export function given(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

/** Where the messages go. */
export const address = new URL('/mcp', given('API'));

/** What a tool came to; what it made is there as its own data. */
async function call(client, name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, `${name}: ${JSON.stringify(result.content)}`);
  return { ...result, data: result.structuredContent };
}

/** Finds the tools, makes a character and a picture of it, and looks at what there is then. */
export async function live(client, name) {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  for (const wanted of ['list_models', 'estimate', 'create_character', 'generate_images', 'get_task', 'cancel_task']) {
    assert.ok(names.includes(wanted), `${wanted} is not among ${names}`);
  }
  const { data: { models } } = await call(client, 'list_models', { type: 'image' });
  assert.ok(models.length > 0);
  const { data: before } = await call(client, 'get_credits', {});

  const photos = JSON.parse(given('PHOTOS'));
  const asked = { name, image_urls: photos, idempotency_key: `character-${name}` };
  let { data: character } = await call(client, 'create_character', asked);
  const id = character.character_id;
  for (let looks = 0; character.status !== 'ready'; looks += 1) {
    assert.ok(looks < 20 && character.status !== 'failed', JSON.stringify(character));
    ({ data: character } = await call(client, 'get_character', { character_id: id, wait: 15 }));
  }

  const prompt = { character_id: id, prompt: 'on a sailing boat', output_format: 'webp', idempotency_key: `picture-${name}` };
  const picture = await call(client, 'generate_images', prompt);
  assert.equal(picture.data.status, 'completed', JSON.stringify(picture.data));
  const link = picture.content.find((part) => part.type === 'resource_link');
  const fetched = await fetch(link.uri);
  assert.equal(fetched.status, 200);
  const bytes = Buffer.from(await fetched.arrayBuffer());
  const along = picture.content.find((part) => part.type === 'image');
  if (bytes.length <= 256 * 1024) assert.deepEqual(Buffer.from(along.data, 'base64'), bytes);

  // The same requests again cost nothing.
  const again = await call(client, 'generate_images', prompt);
  assert.equal(again.data.id, picture.data.id);
  const { data: after } = await call(client, 'get_credits', {});
  assert.equal(after.credits, before.credits - 500 - 15);

  await look(client, id);
  console.log(`${name}: a character, a picture of ${bytes.length} bytes, ${names.length} tools`);
}

/** Resources, prompts, and what is wrong. */
async function look(client, id) {
  const uri = `likeness://characters/${id}`;
  const { resources } = await client.listResources();
  assert.ok(resources.some((resource) => resource.uri === uri));
  const { contents } = await client.readResource({ uri });
  assert.equal(JSON.parse(contents[0].text).status, 'ready');
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.equal(resourceTemplates.length, 2);
  await assert.rejects(client.readResource({ uri: 'likeness://characters/char_ü' }), (error) => error.code === -32602);
  const { prompts } = await client.listPrompts();
  const { messages } = await client.getPrompt({ name: prompts[0].name });
  assert.match(messages[0].content.text, /10 to 30/);
  await assert.rejects(client.callTool({ name: 'no_tool', arguments: {} }), (error) => error.code === -32602);
  const refused = await client.callTool({ name: 'get_task', arguments: { task_id: 'task_1' } });
  assert.equal(refused.isError, true);
  assert.match(refused.content[0].text, /TASK_NOT_FOUND/);
}
