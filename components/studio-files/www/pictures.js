// Pictures: those of a task while they are made and when they are there, and one of them in full with its recipe.

import { follow, get, here, post } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { announce, button, el, show } from "/studio/dom.js";
import { dialog, during, problem } from "/studio/notice.js";
import { text } from "/studio/text.js";

const words = text.pictures;

/** The addresses of a task's pictures. */
export const imagesOf = (task) => (task.result?.images ?? []).map((image) => image.url).filter(Boolean);

const running = (task) => task.status === "pending" || task.status === "processing";

/** Whether a task has ended. */
export const ended = (task) => !running(task);

/** What a task is asked, without the trigger word that stands in front. */
export const bare = (prompt, word) => {
  const cut = word && prompt?.toLowerCase().startsWith(`${word.toLowerCase()} `);
  return (cut ? prompt.slice(word.length + 1) : prompt) ?? "";
};

/** Rows of a recipe. */
export const recipe = (task) =>
  el("dl", { class: "recipe" }, [...Object.entries(task.resolvedParams), [words.facts.credits, task.creditsUsed], [words.facts.model, task.model],
    [words.facts.task, task.id], [words.facts.time, text.when(task.createdAt)]]
    .filter(([name]) => name !== "prompt")
    .map(([name, value]) => el("div", null, el("dt", null, name.replaceAll("_", " ")), el("dd", null, typeof value === "object" ? JSON.stringify(value) : String(value)))));

/** Opens a task's picture in full. `again`, if given, takes the task whose recipe is to be used once more. */
export function view(task, urls, at, word, again) {
  const prompt = bare(task.prompt, word);
  const picture = el("img", { class: "full" });
  const save = el("a", { class: "button strong" }, words.download);
  const place = el("span", { class: "note" });
  function turn(by) {
    at = (at + by + urls.length) % urls.length;
    picture.src = here(urls[at]);
    picture.alt = words.open(prompt, at + 1);
    save.href = here(urls[at]);
    save.download = `${task.id.slice(0, 13)}-${at + 1}.${task.resolvedParams.output_format ?? "png"}`;
    place.textContent = urls.length > 1 ? `${at + 1} / ${urls.length}` : "";
  }
  turn(0);
  const turns = urls.length > 1 && [button(words.previous, () => turn(-1)), place, button(words.next, () => turn(1))];
  const node = dialog(words.view, "viewer", el("div", { class: "stage" }, picture),
    el("div", { class: "about" }, el("h2", null, prompt || text.tasks.noPrompt),
      el("div", { class: "actions" }, save, again && task.resolvedParams.seed !== undefined && button(words.again, () => (node.close(), again(task)))),
      turns && el("div", { class: "actions" }, turns), el("h3", null, words.recipe), recipe(task), button(text.close, () => node.close())));
  node.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
}

/** A card with what a task makes, brought up to date until it has ended. A character's has its trigger `word`, `again` as in `view`, and `picks`. */
export function taskCard(task, signal, { word, again, picks } = {}) {
  const node = el("li", { class: "job" });
  const draw = (now) => {
    const urls = imagesOf(now);
    const prompt = bare(now.prompt, word);
    const tiles = running(now)
      ? Array.from({ length: now.resolvedParams.num_outputs ?? 1 }, () => el("li", { class: "tile waiting" }, el("span", null, words.status[now.status])))
      : urls.map((url, n) => el("li", { class: "tile" }, el("button", { type: "button", class: "picture", "aria-label": words.open(prompt, n + 1), onclick: () => view(now, urls, n, word, again) }, el("img", { src: here(url), alt: "", loading: "lazy" })), picks?.box(now, url, n, prompt)));
    const errors = el("div");
    const cancel = running(now) && button(words.cancel, () => during(cancel, errors, async () => {
      await post(`/api/v1/tasks/${now.id}/cancel`);
      draw(await get(`/api/v1/tasks/${now.id}`));
      await refreshBalance();
      announce(words.canceled);
    }), "small");
    const said = now.status === "failed" ? now.error?.message : now.status === "canceled" ? words.canceled : urls.length === 0 && !running(now) && words.expired;
    show(node, el("p", { class: "prompt" }, prompt || text.tasks.noPrompt, " ", cancel), el("ul", { class: "tiles" }, tiles),
      said && el("p", { class: "note" }, said, now.status === "failed" && ` ${text.nextSteps.GENERATION_FAILED}`), errors);
  };
  draw(task);
  if (running(task)) {
    follow(`/api/v1/tasks/${task.id}`, ended, draw, signal)
      .then((done) => (done.status === "completed" && announce(words.arrived(imagesOf(done).length)), refreshBalance()))
      .catch((error) => signal.aborted || node.append(problem(error)));
  }
  return node;
}
