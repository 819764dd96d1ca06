// #/models and #/model/<id>: the catalogue, and one of its models with a form and what it makes.

import { follow, get, post } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { announce, el, heading, show } from "/studio/dom.js";
import { parameterForm } from "/studio/form.js";
import { mediaOf } from "/studio/media.js";
import { during } from "/studio/notice.js";
import { orders } from "/studio/orders.js";
import { nothing } from "/studio/paged.js";
import { ended, taskCard } from "/studio/pictures.js";
import { priceWords } from "/studio/price.js";
import { text } from "/studio/text.js";

const words = text.models;
const TYPING_MS = 500;

/** Shows all models. */
export async function models(main, _id, signal) {
  const { models: all, missing } = await get("/api/v1/models", signal);
  const groups = Object.entries(words.groups).map(([type, title]) => [title, all.filter((one) => one.type === type)]).filter(([, some]) => some.length > 0);
  show(main, heading(words.title), el("p", { class: "lead" }, words.lead), all.length === 0 && nothing([words.none, words.noneNext]),
    groups.map(([title, some]) => el("section", null, el("h2", null, title), el("ul", { class: "gallery" }, some.map((one) =>
      el("li", null, el("a", { class: "card model", href: `#/model/${one.id}` }, el("strong", null, one.name), el("span", { class: "note" }, priceWords(one.pricing)))))))),
    missing?.length > 0 && el("section", null, el("h2", null, words.missing), el("ul", { class: "plain" }, missing.map((one) => el("li", null, el("strong", null, one.kind.replaceAll("_", " ")), ": ", one.reason)))));
}

/** Shows one model. */
export async function model(main, id, signal) {
  const { models: all } = await get("/api/v1/models", signal);
  const one = all.find((other) => other.id === id);
  if (!one) return show(main, heading(text.notFound), el("p", null, text.notFoundNext));
  const form = parameterForm(one.parameters);
  const go = el("button", { type: "submit", class: "button strong" }, words.go);
  const errors = el("div");
  const made = el("ul", { class: "jobs" });
  const price = el("p", { class: "note" }, priceWords(one.pricing));
  const body = () => ({ model: one.id, input: form.values() });
  let typing;
  const estimate = () => {
    clearTimeout(typing);
    typing = setTimeout(async () => {
      // What is not complete yet has no price; what is wrong is said when it is sent.
      const told = await post("/api/v1/estimate", body()).catch(() => null);
      if (!signal.aborted) show(go, told ? words.goFor(told.credits) : words.go);
    }, TYPING_MS);
  };
  const place = orders();
  async function send() {
    const begun = await place("/api/v1/generate", body());
    const task = await get(`/api/v1/tasks/${begun.id}`);
    made.prepend(one.type === "image" ? taskCard(task, signal) : playerCard(task, signal));
    await refreshBalance();
  }
  return show(main, heading(one.name), price, el("div", { class: "two" },
    el("form", { class: "card", oninput: estimate, onsubmit: (event) => (event.preventDefault(), during(go, errors, send)) }, form.node, go, errors),
    el("section", null, el("h2", null, words.result), made)));
}

/** A card for music or video, brought up to date until it is there. */
function playerCard(task, signal) {
  const node = el("li", { class: "card" });
  const draw = (now) => show(node, el("p", { class: "apart" }, el("strong", null, now.prompt ?? now.model), el("span", { class: `badge ${now.status}` }, text.pictures.status[now.status])),
    now.error && el("p", { class: "note bad" }, now.error.message), mediaOf(now));
  draw(task);
  follow(`/api/v1/tasks/${task.id}`, ended, draw, signal)
    .then((done) => (announce(text.pictures.status[done.status]), refreshBalance()))
    .catch(() => {});
  return node;
}
