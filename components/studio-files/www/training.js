// A training under way: how far it is, and how it is canceled.

import { follow, get, post } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { button, el, show } from "/studio/dom.js";
import { confirmed, during } from "/studio/notice.js";
import { text } from "/studio/text.js";

const TICK_MS = 5000;
const PAGES_MAX = 20;
const words = text.character;

/** Whether a character is in training: its first one, or one while it has its pictures already. */
export const inTraining = (told) => told.status === "training" || told.progress !== undefined;

/** The latest training of a character, or null where the latest tasks have none; `pages` says how many of them are looked through. */
export async function latestTraining(id, signal, pages = 1) {
  for (let n = 0, next = ""; n < pages; n += 1) {
    const page = await get(`/api/v1/tasks?type=character&characterId=${id}&limit=1${next}`, signal);
    if (page.tasks.length > 0 || !page.nextCursor) return page.tasks[0] ?? null;
    next = `&cursor=${page.nextCursor}`;
  }
  return null;
}

/** Cancels the training of a character once its owner is sure. */
async function cancel(id, signal) {
  if (!(await confirmed(words.cancelTitle, words.cancelLines, words.cancelGo, words.cancelNo))) return;
  const task = await latestTraining(id, signal, PAGES_MAX);
  if (!task) throw new Error(words.cancelNone);
  await post(`/api/v1/tasks/${task.id}/cancel`);
  await refreshBalance();
}

/** Shows in `place` how far a training is; the character, once that has ended. */
export async function followTraining(place, path, note, signal) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": words.training });
  const far = el("strong");
  const left = el("span", { class: "note" });
  const errors = el("div");
  let readyAt = null;
  const stop = button(words.cancel, () => during(stop, errors, () => cancel(path.split("/").pop(), signal)), "quiet small");
  const tick = () => (left.textContent = readyAt ? words.left((readyAt - Date.now()) / 1000) : words.leftUnknown);
  show(place, el("section", { class: "card training" }, el("h2", null, words.training), bar,
    el("p", { class: "apart", role: "status" }, far, left), el("p", { class: "note" }, note), errors, el("div", { class: "actions" }, stop)));
  const timer = setInterval(tick, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  const last = await follow(path, (told) => !inTraining(told), (told) => {
    bar.value = told.progress ?? 0;
    far.textContent = words.progress(told.progress ?? 0);
    readyAt = told.estimated_ready_at ? Date.parse(told.estimated_ready_at) : null;
    tick();
  }, signal);
  clearInterval(timer);
  await refreshBalance();
  return last;
}
