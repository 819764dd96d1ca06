// Music, video and reports that a task made, to be played and read.

import { here } from "/studio/api.js";
import { el } from "/studio/dom.js";
import { text } from "/studio/text.js";

const save = (url) => el("a", { class: "button quiet small", href: here(url), download: "" }, text.pictures.download);

const song = (one) =>
  el("div", { class: "song" }, one.image_url && el("img", { src: here(one.image_url), alt: "", width: 96, height: 96 }),
    el("div", null, el("strong", null, one.title), el("audio", { controls: true, preload: "none", src: here(one.audio_url), "aria-label": one.title }),
      one.prompt && el("details", null, el("summary", null, text.models.lyrics), el("p", { class: "lyrics" }, one.prompt)), save(one.audio_url)));

/** Players for what a task made, or what it says, or nothing where it made pictures or is not done. */
export function mediaOf(task) {
  const { result } = task;
  if (result?.type === "music") return result.songs.map(song);
  if (result?.type === "video" && result.url) return el("div", { class: "song" }, el("video", { controls: true, preload: "metadata", src: here(result.url), "aria-label": text.models.result }), save(result.url));
  if (result?.type === "report") return el("div", { class: "song" }, result.warnings.length ? el("ul", null, result.warnings.map((one) => el("li", null, one.message))) : text.models.fine, result.url && save(result.url));
  return null;
}
