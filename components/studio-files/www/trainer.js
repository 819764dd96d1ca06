// How a character is trained: the family of models, and what its trainer lets one choose.

import { el, field, select, show } from "/studio/dom.js";
import { text } from "/studio/text.js";

const CAPTION_MAX = 500;
const words = text.create;

/** The fields, filled with what was `kept`: their `node`, what is `kept` of them, the order's `body`, and the `price` of a training. */
export function trainerFields(trainers, kept) {
  // Of several with one base the first is asked.
  const bases = trainers.filter((one, n) => trainers.findIndex((other) => other.base === one.base) === n);
  const wanted = bases.find((one) => one.base === kept.base) ?? bases[0];
  const base = select(bases.map((one) => [one.base, `${one.base} · ${text.cost(one.price)}`]), wanted.base);
  const number = (name) => el("input", { type: "number", step: 1, inputmode: "numeric", value: kept[name] ?? "" });
  const inputs = { steps: number("steps"), rank: number("rank"), caption: el("input", { maxlength: CAPTION_MAX, value: kept.caption ?? "", autocomplete: "off" }) };
  const place = el("div", { class: "stack" });
  const more = el("details", { open: Object.values(inputs).some((input) => input.value !== "") }, el("summary", null, words.more), place);
  const trainer = () => bases.find((one) => one.base === base.value);

  /** An amount with the limits of the trainer, where it has any. */
  function amount(name) {
    const limits = trainer()[name];
    if (!limits) return null;
    Object.assign(inputs[name], { min: limits.min, max: limits.max, placeholder: limits.default });
    return field(words[name], inputs[name], words.amount(words[`${name}Hint`], limits));
  }
  const draw = () => show(place, amount("steps"), amount("rank"), trainer().caption && field(words.caption, inputs.caption, words.captionHint));
  base.addEventListener("input", draw);
  draw();

  function body() {
    const found = { base: base.value };
    for (const name of ["steps", "rank"]) if (trainer()[name] && inputs[name].value !== "") found[name] = Number(inputs[name].value);
    if (trainer().caption && inputs.caption.value.trim()) found.caption = inputs.caption.value.trim();
    return found;
  }
  return {
    node: el("div", { class: "stack" }, field(words.base, base, words.baseHint), more),
    kept: () => ({ base: base.value, steps: inputs.steps.value, rank: inputs.rank.value, caption: inputs.caption.value }),
    body,
    price: () => trainer().price,
  };
}
