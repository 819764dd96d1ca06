// #/character/<id>: one of them, in training or with its pictures.

import { get, patch, remove } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { announce, button, el, field, heading, show } from "/studio/dom.js";
import { picks } from "/studio/compare.js";
import { composer } from "/studio/composer.js";
import { confirmed, dialog, during, problem } from "/studio/notice.js";
import { paged } from "/studio/paged.js";
import { taskCard } from "/studio/pictures.js";
import { text } from "/studio/text.js";
import { followTraining, inTraining, latestTraining } from "/studio/training.js";

const CANCELED = "TRAINING_CANCELED";
const words = text.character;

/** Shows the page. */
export async function character(main, id, signal) {
  const path = `/api/v1/characters/${encodeURIComponent(id)}`;
  let told = await get(path, signal);
  const errors = el("div");
  const body = el("div", { class: "stack" });
  const rename = button(words.rename, () => askName(told, path));
  const bin = button(words.remove, () => during(bin, errors, () => erase(main, told, path)), "quiet danger-text");
  show(main, heading(told.name, rename, bin), el("p", { class: "facts" }, words.facts(told)), errors, body);
  if (told.suspended) return show(body, note(words.suspended[told.suspended.reason], words.suspendedNote));
  if (told.status === "awaiting_consent") return show(body, note(words.awaiting, words.awaitingNote(told.consent.until), told.consent.link));
  if (told.status === "training") {
    told = await followTraining(body, path, words.trainingNote, signal);
    announce(told.status === "failed" ? words.failed : words.ready);
  }
  if (told.status === "failed") return show(body, failure(told));
  return ready(body, told, () => character(main, id, signal), signal);
}

/** What keeps pictures from being made, and the link to hand on where there is one. */
function note(title, line, link) {
  return el("div", { class: "card stack" }, el("h2", null, title), el("p", null, line), link && el("p", null, el("a", { href: link, rel: "noreferrer" }, link)));
}

function failure(told) {
  const canceled = told.error?.code === CANCELED;
  return el("div", { class: `card ${canceled ? "stack" : "problem"}` }, el("h2", null, canceled ? words.canceled : words.failed),
    !canceled && el("p", null, told.error?.message ?? ""), el("p", null, canceled ? words.canceledNext : words.failedNext),
    el("div", { class: "actions" }, el("a", { class: "button strong", href: "#/new" }, text.characters.create)));
}

/** The box for a prompt, and the pictures that there are. `anew` shows the page again. */
async function ready(body, told, anew, signal) {
  const list = el("ul", { class: "jobs" });
  const later = el("div");
  const box = await composer(told, (task) => (list.prepend(card(task)), body.querySelector(".nothing")?.remove()), signal);
  const chosen = picks(told.trigger_word, box.fillIn);
  const card = (task) => taskCard(task, signal, { word: told.trigger_word, again: box.fillIn, picks: chosen });
  show(body, box.form, later, el("section", null, el("h2", null, words.pictures), list, chosen.bar));
  if (told.mode === "reference") untrained(later, told, anew, signal).catch((error) => signal.aborted || show(later, problem(error)));
  await paged(list, `/api/v1/tasks?type=image&characterId=${told.character_id}&limit=60`, "cursor", signal, (page) => ({ rows: page.tasks.map(card), next: page.nextCursor }),
    [words.noPictures, ""]);
}

/** What a character without training has beside its pictures: its training under way, or the way to one. */
async function untrained(place, told, anew, signal) {
  const seen = inTraining(told);
  if (seen) {
    const last = await followTraining(place, `/api/v1/characters/${told.character_id}`, words.laterNote, signal);
    if (last.mode !== "reference") {
      announce(words.ready);
      // What is being typed stays until its owner says so.
      const errors = el("div");
      const go = button(words.trainedGo, () => during(go, errors, anew), "strong");
      show(place, el("div", { class: "card apart" }, el("strong", null, words.trained), go, errors));
      return;
    }
  }
  const training = await latestTraining(told.character_id, signal);
  const before = { failed: words.lastFailed(training?.error?.message), canceled: `${words.canceled}. ${words.canceledNext}` }[training?.status];
  if (seen && before) announce(before);
  show(place, el("div", { class: "card apart" }, el("div", null, el("strong", null, words.untrained), el("p", { class: "note" }, words.untrainedNote),
    before && el("p", { class: `note ${training.status === "failed" ? "bad" : ""}` }, before)),
  el("a", { class: "button", href: `#/train/${told.character_id}` }, words.train)));
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
