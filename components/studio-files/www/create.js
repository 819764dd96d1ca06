// #/new: from photos to a character in training.

import { get, order } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { announce, button, el, field, heading, select, show } from "/studio/dom.js";
import * as drafts from "/studio/draft.js";
import { problem } from "/studio/notice.js";
import { chosen, dropped, examine } from "/studio/photos.js";
import { text } from "/studio/text.js";
import { each, upload } from "/studio/upload.js";

const [FEWEST, MOST] = [10, 30];
const words = text.create;

/** Shows the page. */
export async function newCharacter(main, _id, signal) {
  const { trainers } = await get("/api/v1/models?type=character", signal);
  if (!trainers?.length) return show(main, heading(words.title), el("p", { class: "problem" }, words.noTrainers));
  return new Maker(main, trainers, signal).begin();
}

class Maker {
  constructor(main, trainers, signal) {
    Object.assign(this, { main, trainers, signal, draft: drafts.read(), photos: [], busy: false });
    this.place = this.dropPlace();
    this.list = el("ul", { class: "photos", "aria-label": words.photos });
    this.count = el("p", { class: "count", role: "status" });
    this.errors = el("div");
    this.state = el("div", { class: "sending", hidden: true }, (this.bar = el("progress", { max: 1, value: 0, "aria-label": words.photos })), (this.said = el("p")));
    this.go = el("button", { type: "submit", class: "button strong wide" });
  }

  async begin() {
    const kept = await drafts.keptPhotos(this.draft.id);
    this.draft.photos = this.draft.photos.filter((photo) => kept.has(photo.id) || photo.url);
    const back = this.draft.photos.length > 0;
    show(this.main, heading(words.title, back && button(words.startOver, () => this.startOver())),
      el("p", { class: "lead" }, words.lead), back && el("p", { class: "note" }, words.resumed),
      el("form", { class: "two", novalidate: true, onsubmit: (event) => (event.preventDefault(), this.send()) },
        el("section", { "aria-label": words.photos }, this.place, this.count, this.list), this.fields()));
    this.update();
    await Promise.all(this.draft.photos.map((photo) => this.take(kept.get(photo.id), photo)));
    if (!this.draft.sending) return;
    // A browser that did not keep the photos leaves too few to go on with.
    if (this.go.disabled && !this.draft.sending.body) this.draft.sending = null;
    else await this.send();
  }

  dropPlace() {
    const files = el("input", { type: "file", multiple: true, accept: "image/jpeg,image/png,image/webp", class: "hidden", tabindex: "-1", "aria-label": words.files, "data-test": "files" });
    const folder = el("input", { type: "file", webkitdirectory: true, class: "hidden", tabindex: "-1", "aria-label": words.folder });
    for (const input of [files, folder]) {
      input.addEventListener("change", async () => {
        const list = chosen(input);
        input.value = "";
        await this.add(list);
      });
    }
    const place = el("div", { class: "drop" }, el("p", { class: "big" }, words.drop), el("p", null, words.or),
      el("div", { class: "actions" }, button(words.files, () => files.click()), button(words.folder, () => folder.click())), files, folder);
    const over = (event) => (event.preventDefault(), place.classList.add("over"));
    place.addEventListener("dragover", over);
    place.addEventListener("dragleave", () => place.classList.remove("over"));
    place.addEventListener("drop", async (event) => {
      event.preventDefault();
      place.classList.remove("over");
      await this.add(await dropped(event.dataTransfer));
    });
    return place;
  }

  fields() {
    const kept = this.draft.fields;
    const bases = [...new Map(this.trainers.map((trainer) => [trainer.base, trainer]).reverse()).values()].reverse();
    this.name = el("input", { value: kept.name ?? words.nameValue, maxlength: 100, required: true, autocomplete: "off" });
    this.word = el("input", { value: kept.word ?? "", maxlength: 32, pattern: "[A-Za-z0-9_]{3,32}", autocomplete: "off", spellcheck: "false" });
    this.base = select(bases.map((trainer) => [trainer.base, `${trainer.base} · ${text.cost(trainer.price)}`]), kept.base ?? bases[0].base);
    for (const control of [this.name, this.word, this.base]) control.addEventListener("input", () => this.update());
    return el("section", { class: "card side", "aria-label": words.details }, field(words.name, this.name, words.nameHint),
      field(words.word, this.word, words.wordHint), field(words.base, this.base, words.baseHint), this.go, this.state, this.errors,
      el("p", { class: "note" }, words.heldNote));
  }

  get price() {
    return this.trainers.find((trainer) => trainer.base === this.base.value).price;
  }

  get good() {
    return this.photos.filter((photo) => photo.told && !photo.told.stop);
  }

  /** Takes files that somebody chose or dropped. */
  async add(files) {
    const entries = files.map((file) => ({ id: drafts.unique(), name: file.name, url: null }));
    this.draft.photos.push(...entries);
    await Promise.all(entries.map((entry, n) => drafts.keepPhoto(this.draft.id, entry.id, files[n])));
    await Promise.all(entries.map((entry, n) => this.take(files[n], entry)));
  }

  /** Shows one photo at once, and what is to be said of it as soon as it is known. */
  async take(file, entry) {
    const photo = { file, entry, told: null, tile: el("li", { class: "photo" }), says: el("p", { class: "says" }, words.checking) };
    photo.preview = file && URL.createObjectURL(file);
    this.signal.addEventListener("abort", () => URL.revokeObjectURL(photo.preview));
    show(photo.tile, file ? el("img", { src: photo.preview, alt: entry.name }) : el("span", { class: "blank" }, entry.name), photo.says,
      el("button", { type: "button", class: "remove", "aria-label": words.removePhoto(entry.name), onclick: () => this.takeOut(photo) }, "×"));
    this.photos.push(photo);
    this.list.append(photo.tile);
    photo.told = file ? await examine(file) : { warn: [], hash: entry.id };
    this.update();
  }

  async takeOut(photo) {
    const next = photo.tile.nextElementSibling ?? photo.tile.previousElementSibling;
    (next ?? this.main).querySelector("button")?.focus();
    photo.tile.remove();
    URL.revokeObjectURL(photo.preview);
    this.photos = this.photos.filter((other) => other !== photo);
    this.draft.photos = this.draft.photos.filter((entry) => entry !== photo.entry);
    await drafts.dropPhoto(photo.entry.id);
    this.update();
  }

  /** What stops a photo, and what it says. The first of several that are the same stays. */
  judge(photo, first) {
    const same = photo.told.hash && first.get(photo.told.hash);
    if (same && same !== photo) photo.told.stop = text.checks.repeated(same.entry.name);
    else if (same) photo.told.stop = null;
    const { stop, warn } = photo.told;
    photo.tile.className = `photo ${stop ? "bad" : warn.length > 0 ? "doubtful" : "good"}`;
    if (!photo.sending) show(photo.says, stop ?? (warn.join(" ") || (photo.entry.url ? words.uploaded : words.fine)));
  }

  /** Judges all photos again, and says whether they are enough. */
  update() {
    const first = new Map();
    for (const photo of this.photos.filter((one) => one.told?.hash)) if (!first.has(photo.told.hash)) first.set(photo.told.hash, photo);
    for (const photo of this.photos.filter((one) => one.told)) this.judge(photo, first);
    const good = this.good.length;
    const wanted = good < FEWEST ? words.tooFew(FEWEST - good) : good > MOST ? words.tooMany(good - MOST) : words.enough;
    show(this.count, el("strong", null, words.counted(this.photos.length, good)), " ", wanted);
    show(this.go, (this.draft.sending && !this.busy ? words.resume : words.go)(this.price));
    // What is being sent is not changed under way.
    for (const part of [this.list, this.place]) part.inert = this.busy;
    this.go.disabled = this.busy || good < FEWEST || good > MOST || !this.photos.every((photo) => photo.told);
    this.draft.fields = { name: this.name.value, word: this.word.value, base: this.base.value };
    drafts.write(this.draft);
  }

  say(part, said) {
    this.state.hidden = false;
    this.bar.value = part;
    if (this.said.textContent !== said) announce(said);
    this.said.textContent = said;
  }

  async sendPhotos() {
    const good = this.good;
    const share = new Map(good.map((photo) => [photo, photo.entry.url ? 1 : 0]));
    const tell = () => {
      const parts = [...share.values()];
      this.say(parts.reduce((sum, part) => sum + part, 0) / good.length, words.sending(parts.filter((part) => part === 1).length, good.length));
    };
    await each(good.filter((photo) => !photo.entry.url), async (photo) => {
      this.signal.throwIfAborted();
      photo.sending = true;
      photo.entry.url = await upload(photo.file, photo.told.type, (part) => {
        share.set(photo, Math.min(part, 0.99));
        show(photo.says, words.uploading(part));
        tell();
      });
      photo.sending = false;
      share.set(photo, 1);
      show(photo.says, words.uploaded);
      drafts.write(this.draft);
      tell();
    });
    return good.map((photo) => photo.entry.url);
  }

  /** Uploads what is not uploaded yet, and orders the training: once, however often this is done. */
  async send() {
    if (!this.name.reportValidity() || !this.word.reportValidity()) return;
    this.errors.replaceChildren();
    this.busy = true;
    this.draft.sending ??= { name: drafts.unique() };
    this.update();
    try {
      const sending = this.draft.sending;
      sending.body ??= { image_urls: await this.sendPhotos(), name: this.name.value.trim(), base: this.base.value, trigger_word: this.word.value || null };
      drafts.write(this.draft);
      this.signal.throwIfAborted();
      this.say(1, words.ordering);
      const made = await order("/api/v1/characters/create", sending.body, sending.name);
      await drafts.discard(this.draft);
      await refreshBalance();
      if (!this.signal.aborted) location.hash = `#/character/${made.character_id}`;
      return;
    } catch (error) {
      // Whoever left the page goes on where it was by coming back.
      if (this.signal.aborted) return;
      // What was refused may be changed and is then another order; what was not answered stays the same one.
      if (!error.passing) this.draft.sending = null;
      this.errors.append(problem(error));
      this.state.hidden = true;
    }
    this.busy = false;
    for (const photo of this.photos) photo.sending = false;
    this.update();
  }

  async startOver() {
    await drafts.discard(this.draft);
    this.photos = [];
    show(this.list);
    this.draft = drafts.read();
    await this.begin();
  }
}
