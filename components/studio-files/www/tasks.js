// #/tasks: what was ordered, newest first.

import { here, remove } from "/studio/api.js";
import { button, el, heading, select, show } from "/studio/dom.js";
import { confirmed, during } from "/studio/notice.js";
import { paged } from "/studio/paged.js";
import { ended, imagesOf, view } from "/studio/pictures.js";
import { mediaOf } from "/studio/media.js";
import { text } from "/studio/text.js";

const words = text.tasks;

function row(task) {
  const urls = imagesOf(task);
  const prompt = task.prompt ?? words.models[task.model] ?? words.noPrompt;
  const errors = el("div");
  const node = el("li", { class: "card task" });
  const bin = ended(task) && task.mediaType !== "character" && task.result && button(words.remove, () => during(bin, errors, async () => {
    if (!(await confirmed(words.removeTitle, words.removeLines, text.character.deleteGo))) return;
    const gone = await remove(`/api/v1/tasks/${task.id}`);
    show(errors, el("p", { class: "note" }, gone.reason ?? words.removed));
    node.querySelector(".tiles")?.remove();
  }), "quiet small");
  const tiles = urls.map((url, n) => el("li", { class: "tile" }, el("button", { type: "button", class: "picture", "aria-label": text.pictures.open(prompt, n + 1), onclick: () => view(task, urls, n) }, el("img", { src: here(url), alt: "", loading: "lazy" }))));
  return show(node, el("div", { class: "apart" }, el("strong", { class: "prompt" }, prompt), el("span", { class: `badge ${task.status}` }, text.pictures.status[task.status])),
    el("p", { class: "note" }, [text.when(task.createdAt), task.model, text.cost(task.creditsUsed)].join(" · ")),
    task.error && el("p", { class: "note bad" }, task.error.message), tiles.length > 0 && el("ul", { class: "tiles small" }, tiles),
    task.mediaType !== "image" && mediaOf(task),
    el("div", { class: "actions" }, task.mediaType === "character" && el("a", { class: "button quiet small", href: `#/character/${task.characterId}` }, words.character), bin), errors);
}

/** Shows the page. */
export async function tasks(main, _id, signal) {
  const status = select([["", words.any], ...Object.entries(text.pictures.status)], "", { "aria-label": words.status });
  const type = select([["", words.anyType], ...Object.entries(words.types)], "", { "aria-label": words.type });
  const place = el("div");
  const errors = el("div");
  async function load() {
    const list = el("ul", { class: "stack" });
    show(place, list);
    const wanted = [["status", status.value], ["type", type.value]].filter(([, value]) => value).map(([name, value]) => `&${name}=${value}`).join("");
    await paged(list, `/api/v1/tasks?limit=20${wanted}`, "cursor", signal, (page) => ({ rows: page.tasks.map(row), next: page.nextCursor }), [words.none, words.noneNext]);
  }
  for (const control of [status, type]) control.addEventListener("change", () => during(control, errors, load));
  show(main, heading(words.title, status, type), errors, place);
  await load();
}
