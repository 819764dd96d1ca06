// #/train/<id>: a training for a character that was made without one.

import { get } from "/studio/api.js";
import { el, heading, show } from "/studio/dom.js";
import * as drafts from "/studio/draft.js";
import { Maker } from "/studio/maker.js";
import { text } from "/studio/text.js";
import { trainerFields } from "/studio/trainer.js";
import { inTraining } from "/studio/training.js";

const [FEWEST, MOST] = [10, 30];
const words = text.create;

/** Shows the page. */
export async function train(main, id, signal) {
  const path = `/api/v1/characters/${encodeURIComponent(id)}`;
  const [told, { trainers }] = await Promise.all([get(path, signal), get("/api/v1/models?type=character", signal)]);
  const title = words.laterTitle(told.name);
  if (trainers.length === 0) return show(main, heading(title), el("p", { class: "problem" }, words.noTrainers));
  // One that is trained, or just being trained, shows so on its own page; an order without an answer is still to be asked for.
  if ((told.mode !== "reference" || inTraining(told)) && !drafts.read(id).sending) {
    location.replace(`#/character/${id}`);
    return null;
  }
  const had = told.image_count;
  const limits = { fewest: Math.max(0, FEWEST - had), most: MOST - had, ...words.limits.train };
  return new Maker(main, {
    purpose: id,
    title,
    lead: words.laterLead(had, limits.fewest, limits.most),
    path: `${path}/train`,
    again: () => train(main, id, signal),
    // A training that no provider took leaves its photos with the character: they are not to be sent twice.
    keptPhotos: () => get(path, signal).then((now) => now.image_count > had, () => false),
    fields: (kept, changed) => laterFields(trainerFields(trainers, kept), limits, changed),
  }, signal).begin();
}

const laterFields = (training, limits, changed) => ({
  node: el("div", { oninput: changed }, training.node),
  kept: training.kept,
  limits: () => limits,
  body: training.body,
  go: (resumed) => (resumed ? words.resume : words.go)(training.price()),
  note: () => words.laterNote,
});
