// #/deliveries: messages to webhook addresses, and what became of them.

import { post } from "/studio/api.js";
import { announce, button, el, heading, show } from "/studio/dom.js";
import { during } from "/studio/notice.js";
import { paged } from "/studio/paged.js";
import { text } from "/studio/text.js";

const words = text.deliveries;

function row(delivery) {
  const node = el("li", { class: "card task" });
  const errors = el("div");
  const draw = (now) => {
    const last = now.attempts.at(-1);
    const again = now.status !== "expired" && button(words.replay, () => during(again, errors, async () => {
      draw(await post(`/api/v1/deliveries/${now.taskId}/replay`));
      announce(words.replayed);
    }), "quiet small");
    show(node, el("div", { class: "apart" }, el("strong", { class: "prompt" }, now.url ?? words.gone), el("span", { class: `badge ${now.status}` }, words.status[now.status])),
      el("p", { class: "note" }, [now.taskId, words.attempts(now.attempts.length), last && (last.error ?? `HTTP ${last.status}`), now.nextAttemptAt && words.next(text.when(now.nextAttemptAt))].filter(Boolean).join(" · ")),
      again, errors);
  };
  draw(delivery);
  return node;
}

/** Shows the page. */
export async function deliveries(main, _id, signal) {
  const list = el("ul", { class: "stack" });
  show(main, heading(words.title), el("p", { class: "lead" }, words.lead), el("div", null, list));
  await paged(list, "/api/v1/deliveries?limit=20", "cursor", signal, (page) => ({ rows: page.deliveries.map(row), next: page.nextCursor }), [words.none, words.noneNext]);
}
