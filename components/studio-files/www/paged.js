// Lists that come in pages.

import { get } from "/studio/api.js";
import { button, el } from "/studio/dom.js";
import { during } from "/studio/notice.js";
import { text } from "/studio/text.js";

/** What stands where there is nothing yet. */
export const nothing = ([title, next]) => el("div", { class: "nothing" }, el("h2", null, title), el("p", null, next));

/**
 * Fills `list` with the rows of the first page, and puts a button for the next ones behind it.
 * `read` gives the `rows` of a page and the `next` value of the parameter `by`.
 */
export async function paged(list, path, by, signal, read, none) {
  const errors = el("div");
  const more = button(text.more, () => during(more, errors, load));
  const foot = el("div", { class: "more" }, more, errors);
  const place = list.closest("table")?.parentElement ?? list.parentElement;
  let next = null;
  // A page can be empty and have a next one all the same.
  async function load() {
    let rows = [];
    do {
      const page = await get(next ? `${path}${path.includes("?") ? "&" : "?"}${by}=${next}` : path, signal);
      ({ rows, next } = read(page));
    } while (rows.length === 0 && next);
    list.append(...rows);
    foot.hidden = !next;
    if (list.childElementCount === 0) (list.closest("table") ?? list).before(nothing(none));
  }
  await load();
  place.append(foot);
}
