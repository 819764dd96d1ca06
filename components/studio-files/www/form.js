// A form out of the descriptions of a model's parameters.

import { button, el, field, select } from "/studio/dom.js";
import { during } from "/studio/notice.js";
import { text } from "/studio/text.js";
import { upload } from "/studio/upload.js";

const words = text.models;

function control(one) {
  const limits = one.type === "integer" || one.type === "number" ? { type: "number", min: one.min, max: one.max, step: one.type === "integer" ? 1 : "any" } : { maxlength: one.max };
  if (one.enum) return select(one.default === undefined && !one.required ? [["", words.asDefault], ...one.enum] : one.enum, one.default);
  if (one.type === "boolean") return el("input", { type: "checkbox", checked: one.default === true });
  if (one.type === "text") return el("textarea", { rows: 4, required: one.required, minlength: one.min, maxlength: one.max });
  if (one.type === "urls") return el("textarea", { rows: 3, required: one.required });
  if (one.type === "url") return el("input", { type: "url", required: one.required });
  return el("input", { required: one.required, value: one.default ?? "", ...limits });
}

/** A button that uploads a file and puts its address into an input. */
function uploader(input, many, errors) {
  const file = el("input", { type: "file", class: "hidden", tabindex: "-1", "aria-label": words.upload, multiple: many });
  const said = el("span", { class: "note", role: "status" });
  const go = button(words.upload, () => file.click(), "quiet small");
  file.addEventListener("change", () => during(go, errors, async () => {
    for (const one of file.files) {
      const url = await upload(one, one.type, (part) => (said.textContent = words.uploading(part)));
      input.value = many && input.value ? `${input.value.trim()}\n${url}` : url;
      said.textContent = words.uploadedFile(one.name);
    }
    file.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }));
  return el("div", { class: "actions" }, go, said, file);
}

function valueOf({ one, input }) {
  if (one.type === "boolean") return input.checked;
  const value = input.value.trim();
  if (value === "") return undefined;
  if (one.type === "urls") return value.split(/\s+/);
  return one.type === "integer" || one.type === "number" ? Number(value) : value;
}

/** The fields of a model, and what is in those that count. */
export function parameterForm(parameters) {
  const errors = el("div");
  const rows = parameters.map((one) => {
    const input = control(one);
    const hint = `${one.description}${one.type === "urls" ? ` ${words.onePerLine}` : ""}${one.type === "integer" || one.type === "number" ? words.range(one.min, one.max) : ""}`;
    const node = field(words.label(one.name), input, hint);
    if (one.type === "boolean") node.classList.add("flip");
    if (one.type === "url" || one.type === "urls") node.append(uploader(input, one.type === "urls", errors));
    return { one, input, node };
  });
  function values() {
    const found = {};
    for (const row of rows.filter(({ node }) => !node.hidden)) {
      const value = valueOf(row);
      if (value !== undefined) found[row.one.name] = value;
    }
    return found;
  }
  // A parameter counts only together with certain values of others.
  function update() {
    for (const row of rows) {
      const now = values();
      row.node.hidden = !Object.entries(row.one.when ?? {}).every(([name, wanted]) => [wanted].flat().includes(now[name]));
      row.input.disabled = row.node.hidden;
    }
  }
  update();
  const node = el("div", { class: "stack", oninput: update }, rows.map((row) => row.node), errors);
  return { node, values };
}
