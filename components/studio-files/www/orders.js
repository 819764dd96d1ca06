// Orders from a form, each made once however often it is sent.

import { ApiError, order } from "/studio/api.js";
import { unique } from "/studio/draft.js";

/**
 * The orders of one form. One whose answer was lost keeps its name and what was made up for it (`complete`): sent once more as it was, it is
 * answered, and not made anew.
 */
export function orders(complete = (body) => body) {
  let open = null;
  return async (path, body, headers) => {
    const asked = JSON.stringify(body);
    if (open?.asked !== asked) open = { asked, name: unique(), body: complete(body) };
    try {
      const begun = await order(path, open.body, open.name, headers);
      open = null;
      return begun;
    } catch (error) {
      if (!(error instanceof ApiError && error.passing)) open = null;
      throw error;
    }
  };
}
