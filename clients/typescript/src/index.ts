import type { components } from './api.js';

export { Likeness, type Named, type Options } from './client.js';
export { LikenessError, type ErrorCode, type ErrorFacts } from './error.js';
export { files } from './files.js';
export { verifyWebhook } from './webhook.js';
export type { paths } from './api.js';

/** The API's shapes by their names: `Schemas['Task']`. */
export type Schemas = components['schemas'];
