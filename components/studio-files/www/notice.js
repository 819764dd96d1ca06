// Errors in words, with what to do next; and questions before what cannot be undone.

import { ApiError } from "/studio/api.js";
import { announce, button, el } from "/studio/dom.js";
import { text } from "/studio/text.js";

/** What went wrong, in words. */
export function words(error) {
  if (!(error instanceof ApiError)) return { said: text.unexpected, next: error?.message ?? "" };
  const said = error.message || text.errors[error.code] || text.unexpected;
  const next = text.nextSteps[error.code] ?? (error.status >= 500 ? text.tryLater : "");
  return { said, next };
}

/** A box with what went wrong, for a page. */
export function problem(error) {
  const { said, next } = words(error);
  announce(said);
  return el("div", { class: "problem", role: "alert" }, el("p", null, el("strong", null, said)), next && el("p", null, next));
}

/** A dialog; gone from the page once it is closed. */
export function dialog(label, kind, ...children) {
  const node = el("dialog", { class: kind, "aria-label": label, onclose: () => node.remove() }, children);
  node.addEventListener("click", (event) => event.target === node && node.close());
  document.body.append(node);
  node.showModal();
  return node;
}

/** Asks; true where the answer is yes. */
export function confirmed(title, lines, yes, no = text.no) {
  return new Promise((done) => {
    let answer = false;
    const say = (value) => () => ((answer = value), node.close());
    const node = dialog(title, "ask", el("h2", null, title), lines.map((line) => el("p", null, line)),
      el("div", { class: "actions end" }, button(no, say(false)), button(yes, say(true), "danger")));
    node.addEventListener("close", () => done(answer));
  });
}

/** While something is done, its button cannot be pressed again; what goes wrong is shown in `place`. */
export async function during(control, place, work) {
  place.replaceChildren();
  control.disabled = true;
  try {
    return await work();
  } catch (error) {
    if (error?.name !== "AbortError") place.append(problem(error));
    return undefined;
  } finally {
    control.disabled = false;
  }
}
