// Pictures picked to be compared, and seen side by side with what differs in their recipes.

import { here } from "/studio/api.js";
import { button, el, show } from "/studio/dom.js";
import { dialog } from "/studio/notice.js";
import { bare } from "/studio/pictures.js";
import { text } from "/studio/text.js";

const [FEWEST, MOST] = [2, 4];
const words = text.compare;

const shown = (value) => (value === undefined ? words.asUsual : typeof value === "object" ? JSON.stringify(value) : String(value));

/** Everything that a picture came from, by its name. */
function recipeOf({ task }, word) {
  const { prompt, ...params } = task.resolvedParams;
  return { [words.prompt]: bare(task.prompt ?? prompt, word), ...params, [text.pictures.facts.model]: task.model };
}

/** The names of what recipes have, what is not the same in all of them first, and how many of those there are. */
function sorted(recipes) {
  const names = [...new Set(recipes.flatMap(Object.keys))];
  const differs = (name) => new Set(recipes.map((recipe) => shown(recipe[name]))).size > 1;
  const different = names.filter(differs);
  return { different, names: [...different, ...names.filter((name) => !differs(name))] };
}

/** Shows pictures beside each other. `again` takes the task whose recipe is to be used once more. */
function compare(picked, word, again) {
  const recipes = picked.map((one) => recipeOf(one, word));
  const { different, names } = sorted(recipes);
  const spoken = (name) => name.replaceAll("_", " ");
  const row = (recipe, name) =>
    el("div", null, el("dt", null, spoken(name), different.includes(name) && el("span", { class: "badge pending" }, words.differs)), el("dd", null, shown(recipe[name])));
  const column = ({ task, url, n }, at) =>
    el("li", null, el("h3", null, words.letter(at)), el("img", { src: here(url), alt: text.pictures.open(recipes[at][words.prompt], n + 1) }),
      el("dl", { class: "recipe stacked" }, names.map((name) => row(recipes[at], name))),
      task.resolvedParams.seed !== undefined && button(text.pictures.again, () => (node.close(), again(task)), "small"));
  const node = dialog(words.title, "comparison", el("div", { class: "heading" }, el("h2", null, words.title), button(text.close, () => node.close())),
    el("p", null, different.length > 0 ? words.different(different.map(spoken)) : words.same), el("ul", { class: `columns of-${picked.length}` }, picked.map(column)));
}

/** What pictures are picked with: a `box` for each, and a `bar` that says how many are and opens the comparison. */
export function picks(word, again) {
  const picked = new Map();
  const said = el("p", { role: "status" });
  const go = button(words.go, () => compare([...picked.values()], word, again), "strong");
  const bar = el("div", { class: "picks card", hidden: true }, said, el("div", { class: "actions" }, button(words.clear, () => clear()), go));
  const boxes = () => bar.parentElement.querySelectorAll(".pick input");

  function update() {
    bar.hidden = picked.size === 0;
    go.disabled = picked.size < FEWEST;
    show(said, words.picked(picked.size, FEWEST - picked.size, picked.size >= MOST));
    for (const box of boxes()) box.disabled = picked.size >= MOST && !box.checked;
  }
  function clear() {
    const [first] = boxes();
    picked.clear();
    for (const box of boxes()) box.checked = false;
    update();
    first?.focus();
  }
  function box(task, url, n, prompt) {
    const name = `${task.id} ${n}`;
    const check = el("input", { type: "checkbox", checked: picked.has(name), disabled: picked.size >= MOST && !picked.has(name), "aria-label": words.pick(prompt, n + 1) });
    check.addEventListener("change", () => {
      if (check.checked) picked.set(name, { task, url, n });
      else picked.delete(name);
      update();
    });
    return el("label", { class: "pick" }, check, el("span", { "aria-hidden": "true" }, words.mark));
  }
  return { bar, box };
}
