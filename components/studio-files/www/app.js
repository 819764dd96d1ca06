// The Studio: who is signed in, the head of the page, and which page is shown.

import { ApiError } from "/studio/api.js";
import { balance, refreshBalance } from "/studio/balance.js";
import { button, el, heading, show } from "/studio/dom.js";
import { character } from "/studio/character.js";
import { characters } from "/studio/characters.js";
import { newCharacter } from "/studio/create.js";
import { deliveries } from "/studio/deliveries.js";
import { discardAll } from "/studio/draft.js";
import { ledger } from "/studio/ledger.js";
import { model, models } from "/studio/models.js";
import { problem } from "/studio/notice.js";
import { operator } from "/studio/operator.js";
import { key, signOut, takeKeyFromLink } from "/studio/session.js";
import { signInPage } from "/studio/signin.js";
import { tasks } from "/studio/tasks.js";
import { text } from "/studio/text.js";
import { train } from "/studio/train.js";

const pages = { characters, new: newCharacter, character, train, models, model, tasks, ledger, deliveries, operator };
// The page of a list that one of its own belongs to.
const within = { character: "characters", train: "characters", model: "models" };
const main = document.getElementById("main");
const top = document.getElementById("top");
let leaving = new AbortController();

function signedOut() {
  signOut();
  discardAll();
  location.hash = "";
  route();
}

function drawTop(page) {
  const brand = el("a", { class: "brand", href: "#/characters" }, el("img", { src: "/studio/icon.svg", alt: "", width: 28, height: 28 }), el("span", null, text.product));
  if (!key()) return show(top, brand, el("a", { class: "button quiet small", href: "#/operator" }, text.operator.title));
  const links = Object.entries(text.nav).map(([name, label]) =>
    el("a", { href: `#/${name}`, "aria-current": name === (within[page] ?? page) && "page" }, label));
  return show(top, brand, el("nav", { "aria-label": text.navLabel }, links), el("div", { class: "who" }, balance(), button(text.signOut, signedOut, "quiet small")));
}

function arrived(first) {
  const title = main.querySelector("h1");
  document.title = title ? `${title.textContent} · ${text.product}` : text.product;
  if (!first) title?.focus();
}

/** Shows the page that the address names. */
async function route(first = false) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [, name = "characters", id] = /^#\/(\w+)(?:\/([^/]+))?/.exec(location.hash) ?? [];
  drawTop(name);
  scrollTo(0, 0);
  if (!key() && name !== "operator") {
    signInPage(main, () => route());
    return arrived(first);
  }
  const place = el("div", { class: "page" });
  show(main, el("p", { class: "note loading" }, text.loading));
  const page = pages[name];
  const watch = new MutationObserver(() => place.querySelector("h1") && (watch.disconnect(), show(main, place), arrived(first)));
  watch.observe(place, { childList: true, subtree: true });
  try {
    if (page) await page(place, id && decodeURIComponent(id), signal);
    else show(place, heading(text.notFound), el("p", null, text.notFoundNext));
  } catch (error) {
    if (!signal.aborted) failed(place, error);
  }
}

function failed(place, error) {
  // A key that is good no more is asked for again; the operator's page asks for its own.
  if (error instanceof ApiError && error.status === 401 && key() && !location.hash.startsWith("#/operator")) {
    signOut();
    route().then(() => main.append(problem(error)));
    return;
  }
  if (!place.querySelector("h1")) show(place, heading(text.unexpected));
  place.append(problem(error));
}

document.getElementById("skip").textContent = text.skip;
document.getElementById("skip").addEventListener("click", (event) => (event.preventDefault(), main.focus()));
show(document.getElementById("foot"), el("a", { href: "/privacy" }, text.privacy));
addEventListener("hashchange", () => {
  takeKeyFromLink();
  route();
});
takeKeyFromLink();
route(true);
refreshBalance().catch(() => {});
