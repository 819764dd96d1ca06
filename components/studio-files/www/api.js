// Calls of the API, and what can go wrong with them.

import { adminToken, key } from "/studio/session.js";

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 600;

/** What the API, or the way to it, answered instead of what was asked for. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may succeed a little later. */
  get passing() {
    return [0, 502, 503, 504].includes(this.status) || this.code === "IDEMPOTENCY_IN_PROGRESS";
  }
}

/** Waits, unless the page is left before. */
export const pause = (ms, signal) =>
  new Promise((done, stop) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), stop(signal.reason)), { once: true });
  });

/** What an answer has as `data`. */
export function unwrap(status, text) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ApiError(status, "NO_JSON", "");
  }
  if (answer.success) return answer.data;
  throw new ApiError(status, answer.error?.code ?? "NO_JSON", answer.error?.message ?? "");
}

async function call(method, path, { body, headers = {}, signal, token = key() } = {}) {
  let answer;
  let text;
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }), ...headers },
      body: body && JSON.stringify(body),
    });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "NO_CONNECTION", "");
  }
  return unwrap(answer.status, text);
}

/** Does it again a few times, as long as what goes wrong is passing. */
export async function persist(attempt, signal) {
  for (let n = 1, wait = FIRST_PAUSE_MS; ; n += 1, wait *= 2) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError && error.passing) || n === ATTEMPTS) throw error;
      await pause(wait, signal);
    }
  }
}

export const get = (path, signal) => persist(() => call("GET", path, { signal }), signal);
export const post = (path, body = {}) => call("POST", path, { body });
export const patch = (path, body) => call("PATCH", path, { body });
export const remove = (path) => persist(() => call("DELETE", path));

/** Orders what costs: sent again under the same name until there is an answer, and done once. */
export const order = (path, body, name, headers = {}) =>
  persist(() => call("POST", path, { body, headers: { "Idempotency-Key": name, ...headers } }));

/** The operator's calls. */
export const admin = (method, path, body) => call(method, `/api/v1/admin${path}`, { body, token: adminToken() });

/** Asks until `ended` says so; each answer goes to `news`. A lost connection only takes longer. */
export async function follow(path, ended, news, signal) {
  for (let wait = ""; ; wait = "?wait=25") {
    try {
      const told = await call("GET", path + wait, { signal });
      news(told);
      if (ended(told)) return told;
    } catch (error) {
      if (!(error instanceof ApiError && error.passing)) throw error;
      await pause(2000, signal);
    }
    await pause(150, signal);
  }
}

/** A file of the API's at this origin, whatever name the API has for itself. A bucket's stays where it is. */
export function here(url) {
  const at = new URL(url, location.href);
  const ours = /^\/(results|uploads|photos)\//.test(at.pathname) && !at.searchParams.has("X-Amz-Signature");
  return ours ? at.pathname + at.search : at.href;
}
