import type { components } from './api.js';

/**
 * The API's own codes, and four of the library:
 * `UNREACHABLE` (no answer, after all attempts), `UNEXPECTED_ANSWER` (an answer that is not the API's, as of a proxy),
 * `TIMED_OUT` (it was waited for long enough; the work goes on) and `CANCELED` (the task was taken back).
 */
export type ErrorCode =
  | components['schemas']['Code']
  | 'UNREACHABLE' | 'UNEXPECTED_ANSWER' | 'TIMED_OUT' | 'CANCELED'
  | (string & {});

/** What an error has beside its code and message. */
export interface ErrorFacts {
  /** The HTTP status, where there was an answer. */
  status?: number | undefined;
  /** Names the request in the deployment's logs. */
  requestId?: string | undefined;
  /** In how many seconds to ask again, where the API says so. */
  retryAfter?: number | undefined;
  /** Each photo that cannot be used, where several can be wrong: `image` (from 1), `url`, `reason`. */
  details?: readonly Record<string, unknown>[] | undefined;
  /** The task or the character that failed, or that is still under way. */
  id?: string | undefined;
  cause?: unknown;
}

/** Everything that goes wrong is one of these. It never has the API key in it. */
export class LikenessError extends Error {
  override readonly name = 'LikenessError';
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly details: readonly Record<string, unknown>[];
  readonly id: string | undefined;

  constructor(readonly code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.details = facts.details ?? [];
    this.id = facts.id;
  }
}

/** The error that an answer tells of. */
export async function errorOf(response: Response): Promise<LikenessError> {
  const text = await response.text().catch(() => '');
  const retryAfter = response.headers.get('Retry-After');
  const facts: ErrorFacts = {
    status: response.status,
    requestId: response.headers.get('X-Request-Id') ?? undefined,
    retryAfter: retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined,
  };
  try {
    const { error } = JSON.parse(text) as components['schemas']['Failure'];
    return new LikenessError(error.code, error.message, { ...facts, details: error.details });
  } catch {
    return new LikenessError('UNEXPECTED_ANSWER', `the answer has status ${response.status} and is not the API's`, facts);
  }
}
