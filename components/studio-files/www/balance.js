// The balance in the head of every page.

import { get } from "/studio/api.js";
import { el, show } from "/studio/dom.js";
import { key } from "/studio/session.js";
import { text } from "/studio/text.js";

const place = el("a", { class: "balance", href: "#/ledger" });

/** Where the balance is shown. */
export const balance = () => place;

/** Asks for the balance again. */
export async function refreshBalance() {
  if (!key()) return null;
  const { credits } = await get("/api/v1/credits");
  show(place, el("strong", null, credits.toLocaleString("en")), ` ${text.credits}`);
  place.setAttribute("aria-label", text.balanceIs(credits));
  return credits;
}
