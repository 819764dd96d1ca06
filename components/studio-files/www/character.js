// #/character/<id>: one of them, in training or with its pictures.

import { follow, get, patch, remove } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { announce, button, el, field, heading, show } from "/studio/dom.js";
import { composer } from "/studio/composer.js";
import { confirmed, dialog, during } from "/studio/notice.js";
import { paged } from "/studio/paged.js";
import { isOf, taskCard } from "/studio/pictures.js";
import { text } from "/studio/text.js";

const words = text.character;

/** Shows the page. */
export async function character(main, id, signal) {
  const path = `/api/v1/characters/${encodeURIComponent(id)}`;
  const told = await get(path, signal);
  const errors = el("div");
  const body = el("div", { class: "stack" });
  const rename = button(words.rename, () => askName(told, path));
  const bin = button(words.remove, () => during(bin, errors, () => erase(main, told, path)), "quiet danger-text");
  show(main, heading(told.name, rename, bin), el("p", { class: "facts" }, words.facts(told.trigger_word, told.image_count, told.base)), errors, body);
  if (told.status === "training") await train(body, path, signal);
  else if (told.status === "failed") show(body, failure(told));
  else await ready(body, told, signal);
}

const failure = (told) =>
  el("div", { class: "card problem" }, el("h2", null, words.failed), el("p", null, told.error?.message ?? ""), el("p", null, words.failedNext),
    el("a", { class: "button strong", href: "#/new" }, text.characters.create));

/** Shows how far a training is, until it has ended. */
async function train(body, path, signal) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": words.training });
  const far = el("strong");
  const left = el("span", { class: "note" });
  show(body, el("section", { class: "card training" }, el("h2", null, words.training), bar,
    el("p", { class: "apart", role: "status" }, far, left), el("p", { class: "note" }, words.trainingNote)));
  let readyAt = null;
  const tick = () => (left.textContent = readyAt ? words.left((readyAt - Date.now()) / 1000) : words.leftUnknown);
  const timer = setInterval(tick, 5000);
  signal.addEventListener("abort", () => clearInterval(timer));
  const last = await follow(path, (told) => told.status !== "training", (told) => {
    bar.value = told.progress ?? 0;
    far.textContent = words.progress(told.progress ?? 0);
    readyAt = told.estimated_ready_at ? Date.parse(told.estimated_ready_at) : null;
    tick();
  }, signal);
  clearInterval(timer);
  await refreshBalance();
  if (last.status === "failed") return show(body, failure(last));
  announce(words.ready);
  return ready(body, last, signal);
}

/** The box for a prompt, and the pictures that there are. */
async function ready(body, told, signal) {
  const list = el("ul", { class: "jobs" });
  const box = await composer(told, (task) => (list.prepend(card(task)), body.querySelector(".nothing")?.remove()), signal);
  const card = (task) => taskCard(task, told.trigger_word, box.fillIn, signal);
  show(body, box.form, el("section", null, el("h2", null, words.pictures), list));
  await paged(list, "/api/v1/tasks?type=image&limit=60", "cursor", signal, (page) => ({
    rows: page.tasks.filter((task) => isOf(told, task)).map(card),
    next: page.nextCursor,
  }), [words.noPictures, ""]);
}

function askName(told, path) {
  const name = el("input", { value: told.name, maxlength: 100, required: true });
  const errors = el("div");
  const go = el("button", { type: "submit", class: "button strong" }, words.renameGo);
  const node = dialog(words.rename, "ask", el("form", { onsubmit: (event) => {
    event.preventDefault();
    during(go, errors, async () => {
      const now = await patch(path, { name: name.value.trim() });
      told.name = now.name;
      document.querySelector("h1").textContent = now.name;
      node.close();
    });
  } }, field(text.create.name, name), errors, el("div", { class: "actions end" }, button(text.close, () => node.close()), go)));
}

/** Deletes a character once its owner is sure, and shows what became of everything it had. */
async function erase(main, told, path) {
  if (!(await confirmed(words.deleteTitle(told.name), words.deleteLines, words.deleteGo))) return;
  const report = await remove(path);
  const rows = report.objects.map((one) =>
    el("tr", null, el("th", { scope: "row" }, words.objects[one.object] ?? one.object),
      el("td", null, words.outcome[one.outcome], one.count ? ` (${one.count})` : "", one.reason ? `: ${one.reason}` : "")));
  const title = report.deleted ? words.deleted(told.name) : words.notYet(told.name);
  const errors = el("div");
  const again = !report.deleted && button(words.again, () => during(again, errors, () => erase(main, told, path)), "strong");
  show(main, heading(title), el("table", { class: "card plain" }, el("tbody", null, rows)), errors,
    el("div", { class: "actions" }, again, el("a", { class: "button quiet", href: "#/characters" }, text.characters.title)));
  main.querySelector("h1").focus();
  announce(title);
  await refreshBalance();
}
