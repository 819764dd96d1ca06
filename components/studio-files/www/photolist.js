// The photos of a draft: chosen or dropped, looked at, uploaded.

import { button, el, show } from "/studio/dom.js";
import * as drafts from "/studio/draft.js";
import { chosen, dropped, examine } from "/studio/photos.js";
import { text } from "/studio/text.js";
import { each, upload } from "/studio/upload.js";

const words = text.create;

/** Where photos are dropped or chosen; `take` gets the files. */
function dropPlace(take) {
  const files = el("input", { type: "file", multiple: true, accept: "image/jpeg,image/png,image/webp", class: "hidden", tabindex: "-1", "aria-label": words.files });
  const folder = el("input", { type: "file", webkitdirectory: true, class: "hidden", tabindex: "-1", "aria-label": words.folder });
  for (const input of [files, folder]) {
    input.addEventListener("change", async () => {
      const list = chosen(input);
      input.value = "";
      await take(list);
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
    await take(await dropped(event.dataTransfer));
  });
  return place;
}

export class PhotoList {
  /** `changed` hears of every change; `signal` ends when the page is left. */
  constructor(draft, changed, signal) {
    Object.assign(this, { draft, changed, signal, all: [], kept: new Map() });
    this.place = dropPlace((files) => this.add(files));
    this.list = el("ul", { class: "photos", "aria-label": words.photos });
    this.count = el("p", { class: "count", role: "status" });
    this.node = el("section", { "aria-label": words.photos }, this.place, this.count, this.list);
  }

  /** Those that can be used. */
  get good() {
    return this.all.filter((photo) => photo.told && !photo.told.stop);
  }

  /** Finds the photos that the browser kept; the draft has no others then. */
  async recall() {
    this.kept = await drafts.keptPhotos(this.draft.id);
    this.draft.photos = this.draft.photos.filter((photo) => this.kept.has(photo.id) || photo.url);
  }

  /** Shows those that were found. */
  async fill() {
    await Promise.all(this.draft.photos.map((photo) => this.take(this.kept.get(photo.id), photo)));
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
    this.all.push(photo);
    this.list.append(photo.tile);
    photo.told = file ? await examine(file) : { warn: [], hash: entry.id };
    this.changed();
  }

  async takeOut(photo) {
    const next = photo.tile.nextElementSibling ?? photo.tile.previousElementSibling ?? this.place;
    next.querySelector("button").focus();
    photo.tile.remove();
    URL.revokeObjectURL(photo.preview);
    this.all = this.all.filter((other) => other !== photo);
    this.draft.photos = this.draft.photos.filter((entry) => entry !== photo.entry);
    await drafts.dropPhoto(photo.entry.id);
    this.changed();
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

  /** Judges all photos again, and says whether there are as many as `limits` has it: `fewest`, `most`, and their words `tooFew`, `tooMany`. */
  update(limits, fixed) {
    const first = new Map();
    for (const photo of this.all.filter((one) => one.told?.hash)) if (!first.has(photo.told.hash)) first.set(photo.told.hash, photo);
    for (const photo of this.all.filter((one) => one.told)) this.judge(photo, first);
    const good = this.good.length;
    const [missing, over] = [limits.fewest - good, good - limits.most];
    show(this.count, el("strong", null, words.counted(this.all.length, good)), " ", missing > 0 ? limits.tooFew(missing) : over > 0 ? limits.tooMany(over) : words.enough);
    for (const part of [this.list, this.place]) part.inert = fixed;
    return missing <= 0 && over <= 0 && this.all.every((photo) => photo.told);
  }

  /** Uploads what is not uploaded yet; the addresses of all. `tell` gets the part that is done, how many are, and of how many. */
  async send(tell) {
    const { good } = this;
    const share = new Map(good.map((photo) => [photo, photo.entry.url ? 1 : 0]));
    const news = () => {
      const parts = [...share.values()];
      tell(parts.reduce((sum, part) => sum + part, 0) / good.length, parts.filter((part) => part === 1).length, good.length);
    };
    try {
      await each(good.filter((photo) => !photo.entry.url), async (photo) => {
        this.signal.throwIfAborted();
        photo.sending = true;
        photo.entry.url = await upload(photo.file, photo.told.type, (part) => {
          share.set(photo, Math.min(part, 0.99));
          show(photo.says, words.uploading(part));
          news();
        });
        share.set(photo, 1);
        show(photo.says, words.uploaded);
        drafts.write(this.draft);
        news();
      });
    } finally {
      for (const photo of good) photo.sending = false;
    }
    return good.map((photo) => photo.entry.url);
  }
}
