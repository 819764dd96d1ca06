// How the person on the photos agreed: asked for where the deployment wants it, offered folded elsewhere.

import { button, el, field } from "/studio/dom.js";
import { text } from "/studio/text.js";

const HOW_MAX = 500;
const SUBJECTS = ["self", "other", "synthetic"];
const words = text.create.consent;

/** The fields, filled with what was `kept`: their `node`, what is `kept` of them, and the order's `body`. */
export function consentFields(policy, kept, changed) {
  const needed = policy !== "off";
  const asked = policy === "confirmed";
  const today = new Date().toLocaleDateString("sv");
  const how = el("input", { value: kept.how ?? "", maxlength: HOW_MAX, autocomplete: "off" });
  const date = el("input", { type: "date", value: kept.agreed ?? "", min: "1970-01-02", max: today });
  const radios = SUBJECTS.map((one) => el("input", { type: "radio", name: "consent", value: one, checked: kept.subject === one, required: needed, onchange: draw }));
  const subject = () => radios.find((radio) => radio.checked)?.value ?? null;
  const choices = radios.map((radio) => el("label", { class: "choice" }, radio, el("span", null, words.subjects[radio.value])));
  const fields = el("div", { class: "stack" }, asked && el("p", { class: "note" }, words.asked), field(words.how, how, words.howHint), field(words.date, date));
  const none = button(words.none, clear);

  /** Says what is needed with the subject that is chosen. */
  function draw() {
    const said = subject();
    how.required = date.required = !asked && (said === "self" || said === "other");
    fields.hidden = said === null;
    none.hidden = needed || said === null;
  }
  function clear() {
    for (const radio of radios) radio.checked = false;
    for (const input of [how, date]) input.value = "";
    draw();
    radios[0].focus();
    changed();
  }
  function body() {
    const said = subject();
    if (said === null) return {};
    const consent = { subject: said };
    if (how.value.trim()) consent.how = how.value.trim();
    // The day's first moment where the caller is: it is never in the future.
    if (date.value) consent.agreed_at = new Date(`${date.value}T00:00:00`).toISOString();
    return { consent };
  }
  draw();
  const all = el("fieldset", null, el("legend", null, words.title), el("p", { class: "note" }, words.hint), choices, fields, none);
  return {
    node: needed ? all : el("details", { open: subject() !== null }, el("summary", null, words.folded), all),
    kept: () => ({ subject: subject(), how: how.value, agreed: date.value }),
    body,
  };
}
