// #/new: from photos to a character, in training or ready at once.

import { get } from "/studio/api.js";
import { consentFields } from "/studio/consent.js";
import { el, field, heading, show } from "/studio/dom.js";
import { Maker } from "/studio/maker.js";
import { cheapest } from "/studio/price.js";
import { text } from "/studio/text.js";
import { trainerFields } from "/studio/trainer.js";

const words = text.create;
const LIMITS = { train: { fewest: 10, most: 30, ...words.limits.train }, reference: { fewest: 1, most: 10, ...words.limits.reference } };

/** Shows the page. */
export async function newCharacter(main, _id, signal) {
  const [{ trainers, consentPolicy }, { models }] = await Promise.all([get("/api/v1/models?type=character", signal), get("/api/v1/models?type=image", signal)]);
  const keeper = models.find((one) => one.keepsIdentity);
  if (trainers.length === 0 && !keeper) return show(main, heading(words.title), el("p", { class: "problem" }, words.noTrainers));
  return new Maker(main, {
    purpose: "new",
    title: words.title,
    lead: words.lead,
    path: "/api/v1/characters/create",
    again: () => newCharacter(main, null, signal),
    fields: (kept, changed) => newFields(trainers, keeper, consentPolicy, kept, changed),
  }, signal).begin();
}

/** Who it is to be and how it is made; `keeper` is the model that pictures of characters without training are made by. */
function newFields(trainers, keeper, policy, kept, changed) {
  const name = el("input", { value: kept.name ?? words.nameValue, maxlength: 100, required: true, autocomplete: "off" });
  const word = el("input", { value: kept.word ?? "", maxlength: 32, pattern: "[A-Za-z0-9_]{3,32}", autocomplete: "off", spellcheck: "false" });
  const training = trainers.length > 0 && trainerFields(trainers, kept);
  const modes = [training && "train", keeper && "reference"].filter(Boolean);
  let mode = modes.includes(kept.mode) ? kept.mode : modes[0];
  const consent = consentFields(policy, kept.consent ?? {}, changed);
  const options = el("div", null, mode === "train" && training.node);
  function choose(chosen) {
    mode = chosen;
    show(options, mode === "train" && training.node);
    changed();
  }
  const choice = (one) =>
    el("label", { class: "choice" }, el("input", { type: "radio", name: "mode", value: one, checked: one === mode, onchange: () => choose(one) }),
      el("span", null, words.modes[one], el("small", null, words.modeHints[one])));
  return {
    node: el("div", { class: "stack", oninput: changed }, field(words.name, name, words.nameHint), field(words.word, word, words.wordHint),
      modes.length > 1 && el("fieldset", null, el("legend", null, words.mode), modes.map(choice)), options, consent.node),
    kept: () => ({ name: name.value, word: word.value, mode, consent: consent.kept(), ...(training && training.kept()) }),
    limits: () => LIMITS[mode],
    body: () => ({ name: name.value.trim(), trigger_word: word.value || null, ...(mode === "train" ? training.body() : { mode }), ...consent.body() }),
    go: (resumed) => (mode === "reference" ? words.goReference(resumed, keeper.referencePrice) : resumed ? words.resume(training.price()) : words.go(training.price())),
    note: () => (mode === "reference" ? words.referenceNote(keeper.referencePrice, cheapest(keeper.pricing)) : words.heldNote),
  };
}
