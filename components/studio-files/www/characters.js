// #/characters: all of them, with their latest pictures.

import { get, here } from "/studio/api.js";
import { el, heading, show } from "/studio/dom.js";
import { paged } from "/studio/paged.js";
import { imagesOf } from "/studio/pictures.js";
import { text } from "/studio/text.js";

const SHOWN = 4;
const MADE = "/api/v1/tasks?type=image&status=completed";
const words = text.characters;

function mosaic(place, character, pictures) {
  place.className = `mosaic of-${Math.max(1, pictures.length)}`;
  show(place, pictures.length > 0
    ? pictures.map((url) => el("img", { src: here(url), alt: "", loading: "lazy" }))
    : el("span", { class: "blank" }, character.status === "ready" ? words.noPictures : words.status[character.status]));
}

/** A card; `find` gives the pictures that are known `now`, and a promise of those that are known `later`. */
function card(character, find) {
  const status = words.status[character.status];
  const place = el("span");
  const { now, later } = find(character);
  mosaic(place, character, now);
  later?.then((pictures) => mosaic(place, character, pictures));
  return el("li", null, el("a", { class: "card character", href: `#/character/${character.character_id}`, "aria-label": words.open(character.name, status) },
    place,
    el("span", { class: "caption" }, el("strong", null, character.name), el("span", { class: `badge ${character.status}` }, status)),
    character.status === "training" && el("progress", { max: 1, value: character.progress ?? 0, "aria-label": words.status.training })));
}

/** Where pictures are found: among the latest of all; behind those by a question for each character, one after the other. */
function finder(latest, signal) {
  let asked = Promise.resolve();
  return (character) => {
    const pictures = (tasks) => tasks.flatMap(imagesOf).slice(0, SHOWN);
    const now = pictures(latest.tasks.filter((task) => task.characterId === character.character_id));
    if (now.length > 0 || character.status !== "ready" || !latest.nextCursor) return { now };
    const ask = async () => pictures((await get(`${MADE}&limit=${SHOWN}&characterId=${character.character_id}`, signal)).tasks);
    // A card that stays without pictures is no reason for a message.
    asked = asked.then(ask).catch(() => []);
    return { now, later: asked };
  };
}

/** Shows the page. */
export async function characters(main, _id, signal) {
  const find = finder(await get(`${MADE}&limit=100`, signal), signal);
  const list = el("ul", { class: "gallery" });
  show(main, heading(words.title, el("a", { class: "button strong", href: "#/new" }, words.create)), list);
  await paged(list, "/api/v1/characters?limit=24", "cursor", signal, (page) => ({
    rows: page.characters.map((character) => card(character, find)),
    next: page.next_cursor,
  }), [words.none, words.noneNext]);
}
