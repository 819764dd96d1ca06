// Building elements. Text is always set as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element: `el("p", { class: "note" }, "text")`. A name that begins with `on` is a listener. */
export const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** The same for SVG. */
export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

/** Puts these children in the place of all that a node has. */
export const show = (node, ...children) => fill((node.replaceChildren(), node), null, children);

/** A button that is not for sending a form. */
export const button = (label, onclick, kind = "quiet", more = {}) =>
  el("button", { type: "button", class: `button ${kind}`, onclick, ...more }, label);

let ids = 0;

/** A control with its label and, if any, a hint below. */
export function field(label, control, hint) {
  ids += 1;
  control.id ||= `field-${ids}`;
  const note = hint && el("small", { id: `${control.id}-hint` }, hint);
  if (note) control.setAttribute("aria-describedby", note.id);
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control, note);
}

/** A list to choose from; `options` are values or pairs of value and text. */
export function select(options, chosen, props = {}) {
  const pairs = options.map((option) => (Array.isArray(option) ? option : [option, String(option)]));
  const node = el("select", props, pairs.map(([value, text]) => el("option", { value }, text)));
  if (chosen !== undefined && chosen !== null) node.value = String(chosen);
  return node;
}

/** Tells a screen reader what has happened. */
export function announce(text) {
  document.getElementById("live").textContent = text;
}

/** The head of a page. */
export const heading = (title, ...beside) =>
  el("div", { class: "heading" }, el("h1", { tabindex: "-1" }, title), beside.length > 0 && el("div", { class: "actions" }, beside));
