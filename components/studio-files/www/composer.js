// The box in which a picture of a character is described and ordered.

import { get } from "/studio/api.js";
import { refreshBalance } from "/studio/balance.js";
import { el, field, select, show } from "/studio/dom.js";
import { during } from "/studio/notice.js";
import { orders } from "/studio/orders.js";
import { bare } from "/studio/pictures.js";
import { cheapest } from "/studio/price.js";
import { text } from "/studio/text.js";

const words = text.character;
const RATIOS = ["1:1", "3:4", "4:3", "2:3", "3:2", "9:16", "16:9"];
const FORMATS = ["png", "jpg", "webp"];
const SEEDS = 2 ** 32;

/**
 * What one picture costs, or null where nobody says: of a character without training, what the first model that keeps identity takes; of another, what
 * the trainer of its base tells, or any where there is none of it any more.
 */
async function pricePerPicture(character, signal) {
  if (character.mode === "reference") {
    const { models } = await get("/api/v1/models?type=image", signal);
    const model = models.find((one) => one.keepsIdentity);
    return model ? cheapest(model.pricing) : null;
  }
  const { trainers } = await get("/api/v1/models?type=character", signal);
  const trainer = trainers.find((one) => one.base === (character.base ?? "flux-1")) ?? trainers[0];
  return trainer?.picture_price ?? null;
}

/** The box, and how it is filled with a recipe. `started` gets the task that was begun. */
export async function composer(character, started, signal) {
  const price = await pricePerPicture(character, signal);
  const reference = character.mode === "reference";
  const prompt = el("textarea", { rows: 3, maxlength: 4900, required: true, placeholder: words.promptExample });
  const ratio = select(RATIOS, "1:1");
  const count = select(reference ? [1] : [1, 2, 3, 4], 1);
  const seed = el("input", { type: "number", min: 0, max: SEEDS - 1, step: 1, inputmode: "numeric" });
  const scale = el("input", { type: "number", min: 0, max: 3, step: 0.05, value: "1" });
  const format = select([["", words.asGiven], ...FORMATS], "");
  const go = el("button", { type: "submit", class: "button strong" });
  const errors = el("div");
  const label = () => show(go, words.go(Number(count.value), price));
  count.addEventListener("change", label);
  label();

  // A seed is always sent, so that it is known and every picture can be made again.
  const seeds = reference ? 2 ** 31 : SEEDS;
  const place = orders((body) => ({ seed: crypto.getRandomValues(new Uint32Array(1))[0] % seeds, ...body }));
  async function send() {
    const asked = bare(prompt.value.trim(), character.trigger_word);
    const body = { prompt: `${character.trigger_word} ${asked}`, aspect_ratio: ratio.value, num_outputs: Number(count.value) };
    if (seed.value !== "") body.seed = Number(seed.value);
    if (!reference && scale.value !== "" && Number(scale.value) !== 1) body.lora_scale = Number(scale.value);
    if (format.value) body.output_format = format.value;
    const begun = await place(`/api/v1/characters/${character.character_id}/generate`, body, { Prefer: "respond-async" });
    started(await get(`/api/v1/tasks/${begun.id}`));
    await refreshBalance();
  }
  const form = el("form", { class: "card composer", onsubmit: (event) => (event.preventDefault(), during(go, errors, send)) },
    field(words.prompt, prompt), el("div", { class: "row" }, field(words.ratio, ratio), field(words.count, count), go),
    el("details", null, el("summary", null, words.more), el("div", { class: "row" }, field(words.seed, seed, words.seedHint),
      !reference && field(words.scale, scale, words.scaleHint), field(words.format, format))), errors);
  prompt.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.requestSubmit());

  function fillIn(task) {
    const used = task.resolvedParams;
    prompt.value = bare(task.prompt, character.trigger_word);
    ratio.value = used.aspect_ratio ?? "1:1";
    count.value = String(used.num_outputs ?? 1);
    seed.value = used.seed ?? "";
    scale.value = used.lora_scale ?? 1;
    format.value = used.output_format ?? "";
    form.querySelector("details").open = true;
    label();
    form.scrollIntoView({ block: "nearest" });
    prompt.focus();
  }
  return { form, fillIn };
}
