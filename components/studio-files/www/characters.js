// #/characters: all of them, with their latest pictures.

import { get, here } from "/studio/api.js";
import { el, heading, show } from "/studio/dom.js";
import { paged } from "/studio/paged.js";
import { imagesOf } from "/studio/pictures.js";
import { text } from "/studio/text.js";

const SHOWN = 4;
const words = text.characters;

function card(character, tasks) {
  const pictures = tasks.filter((task) => task.characterId === character.character_id).flatMap(imagesOf).slice(0, SHOWN);
  const status = words.status[character.status];
  const inside = pictures.length > 0
    ? pictures.map((url) => el("img", { src: here(url), alt: "", loading: "lazy" }))
    : el("span", { class: "blank" }, character.status === "ready" ? words.noPictures : status);
  return el("li", null, el("a", { class: "card character", href: `#/character/${character.character_id}`, "aria-label": words.open(character.name, status) },
    el("span", { class: `mosaic of-${Math.max(1, pictures.length)}` }, inside),
    el("span", { class: "caption" }, el("strong", null, character.name), el("span", { class: `badge ${character.status}` }, status)),
    character.status === "training" && el("progress", { max: 1, value: character.progress ?? 0, "aria-label": words.status.training })));
}

/** Shows the page. */
export async function characters(main, _id, signal) {
  const { tasks } = await get("/api/v1/tasks?type=image&status=completed&limit=100", signal);
  const list = el("ul", { class: "gallery" });
  show(main, heading(words.title, el("a", { class: "button strong", href: "#/new" }, words.create)), list);
  await paged(list, "/api/v1/characters?limit=24", "cursor", signal, (page) => ({
    rows: page.characters.map((character) => card(character, tasks)),
    next: page.next_cursor,
  }), [words.none, words.noneNext]);
}
