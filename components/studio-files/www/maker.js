// What a new character and a later training have in common: photos and fields are kept as a draft, uploaded, and ordered once.

import { order } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { announce, button, el, heading, show } from "/studio/dom.js";
import * as drafts from "/studio/draft.js";
import { during, problem } from "/studio/notice.js";
import { PhotoList } from "/studio/photolist.js";
import { text } from "/studio/text.js";

const words = text.create;

export class Maker {
  /**
   * `plan`: `purpose` (the draft's), `title`, `lead`, `path` (of the order), `again` (shows the page anew), maybe `keptPhotos` (whether a refused order
   * left its photos with the character), and `fields(kept, changed)`, which gives their `node`, what is `kept` of them, the `limits` of the photos, the
   * order's `body`, what its button says (`go(resumed)`), and the `note` below it.
   */
  constructor(main, plan, signal) {
    Object.assign(this, { main, plan, signal, draft: drafts.read(plan.purpose), busy: false });
    this.photos = new PhotoList(this.draft, () => this.update(), signal);
    this.fields = plan.fields(this.draft.fields, () => this.update());
    this.errors = el("div");
    this.state = el("div", { class: "sending", hidden: true }, (this.bar = el("progress", { max: 1, value: 0, "aria-label": words.photos })), (this.said = el("p")));
    this.go = el("button", { type: "submit", class: "button strong wide" });
    this.note = el("p", { class: "note" });
  }

  /** Shows the page, and goes on with what was being sent. */
  async begin() {
    const { plan, draft } = this;
    await this.photos.recall();
    const back = draft.photos.length > 0 || draft.sending;
    this.form = el("form", { class: "two", novalidate: true, onsubmit: (event) => (event.preventDefault(), this.send()) },
      this.photos.node, el("section", { class: "card side", "aria-label": words.details }, this.fields.node, this.go, this.state, this.errors, this.note));
    const over = back && button(words.startOver, () => during(over, this.errors, () => this.startOver()));
    show(this.main, heading(plan.title, over),
      el("p", { class: "lead" }, plan.lead), back && el("p", { class: "note" }, words.resumed), this.form);
    this.update();
    await this.photos.fill();
    this.update();
    // A browser that did not keep the photos leaves too few to go on with.
    if (draft.sending && this.go.disabled && !draft.sending.body) draft.sending = null;
    else if (draft.sending) await this.send();
    return this;
  }

  /** Keeps what there is, and says whether it can be sent. */
  update() {
    const { sending } = this.draft;
    // What is being sent is not changed under way, nor what may have been ordered already.
    const fixed = this.busy || Boolean(sending?.body);
    const enough = this.photos.update(this.fields.limits(), fixed);
    this.fields.node.inert = fixed;
    show(this.go, this.fields.go(Boolean(sending) && !this.busy));
    this.go.disabled = this.busy || !(enough || sending?.body);
    show(this.note, this.fields.note());
    this.draft.fields = this.fields.kept();
    drafts.write(this.draft);
  }

  say(part, said) {
    this.state.hidden = false;
    this.bar.value = part;
    if (this.said.textContent !== said) announce(said);
    this.said.textContent = said;
  }

  /** Whether all fields are as they have to be; says so at the first that is not. */
  valid() {
    for (const folded of this.form.querySelectorAll("details:not([open])")) folded.open = Boolean(folded.querySelector(":invalid"));
    return this.form.reportValidity();
  }

  /** Uploads what is not uploaded yet, and sends the order: once, however often this is done. */
  async send() {
    if (!this.draft.sending?.body && !this.valid()) return;
    this.errors.replaceChildren();
    this.busy = true;
    this.draft.sending ??= { name: drafts.unique() };
    this.update();
    try {
      const { sending } = this.draft;
      sending.body ??= { ...this.fields.body(), image_urls: await this.photos.send((part, done, all) => this.say(part, words.sending(done, all))) };
      drafts.write(this.draft);
      this.signal.throwIfAborted();
      this.say(1, words.ordering);
      const made = await order(this.plan.path, sending.body, sending.name);
      await drafts.discard(this.draft);
      await refreshBalance();
      if (!this.signal.aborted) location.hash = `#/character/${made.character_id}`;
      return;
    } catch (error) {
      // Whoever left the page goes on where it was by coming back.
      if (this.signal.aborted) return;
      if (await this.isReplaced(error)) return;
    }
    this.busy = false;
    this.update();
  }

  /** Says what went wrong; whether the page was shown anew for it. */
  async isReplaced(error) {
    // What was refused may be changed and is then another order; what was not answered stays the same one.
    if (!error.passing) this.draft.sending = null;
    this.state.hidden = true;
    this.errors.append(problem(error));
    if (error.passing || !(await this.plan.keptPhotos?.())) return false;
    await this.startOver();
    this.main.append(problem(error));
    return true;
  }

  async startOver() {
    await drafts.discard(this.draft);
    await this.plan.again();
  }
}
