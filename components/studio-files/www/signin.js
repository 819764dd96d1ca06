// What is shown to whoever has not signed in.

import { el, field, show } from "/studio/dom.js";
import { refreshBalance } from "/studio/balance.js";
import { during } from "/studio/notice.js";
import { signIn, signOut } from "/studio/session.js";
import { text } from "/studio/text.js";

const words = text.signIn;

/** Shows the form. `done` is called once a key was taken. */
export function signInPage(main, done) {
  const key = el("input", { type: "password", required: true, autocomplete: "current-password", spellcheck: "false", placeholder: "sk-…" });
  const remember = el("input", { type: "checkbox", id: "remember" });
  const go = el("button", { type: "submit", class: "button strong wide" }, words.go);
  const errors = el("div");
  const send = () => during(go, errors, async () => {
    signIn(key.value.trim(), remember.checked);
    try {
      await refreshBalance();
    } catch (error) {
      signOut();
      throw error;
    }
    done();
  });
  show(main, el("div", { class: "welcome" }, el("img", { src: "/studio/icon.svg", alt: "", width: 56, height: 56 }), el("h1", { tabindex: "-1" }, words.title), el("p", { class: "lead" }, words.lead),
    el("form", { class: "card", onsubmit: (event) => (event.preventDefault(), send()) }, field(words.key, key, words.keyHint),
      el("label", { class: "check", for: "remember" }, remember, el("span", null, words.remember, el("small", null, words.rememberHint))), go, errors)));
}
