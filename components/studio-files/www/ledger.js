// #/ledger: every credit that came and went, as a list and as a line.

import { get } from "/studio/api.js";
import { announce, button, el, heading, show, svg } from "/studio/dom.js";
import { during } from "/studio/notice.js";
import { paged } from "/studio/paged.js";
import { text } from "/studio/text.js";

const words = text.ledger;
const [WIDTH, HEIGHT, EDGE] = [640, 140, 8];
const SIGN = { grant: "+", adjust_up: "+", release: "+", adjust_down: "−", hold: "−", capture: "" };

/** The balance over these entries, the oldest first. It stays what it is from one entry to the next. */
function chart(entries) {
  const values = entries.map((entry) => entry.balance).reverse();
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (n) => EDGE + (n * (WIDTH - 2 * EDGE)) / Math.max(1, values.length - 1);
  const y = (value) => HEIGHT - EDGE - ((value - low) * (HEIGHT - 2 * EDGE)) / Math.max(1, high - low);
  const line = values.map((value, n) => (n === 0 ? `M${x(0)} ${y(value)}` : `H${x(n)} V${y(value)}`)).join(" ");
  const label = words.chart(low, high);
  return el("figure", { class: "card chart" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
      svg("path", { class: "area", d: `${line} V${HEIGHT} H${x(0)} Z` }), svg("path", { class: "line", d: line })),
    el("figcaption", { class: "note" }, label));
}

function row(entry) {
  const [when, what, amount, left, subject] = words.columns;
  const cell = (label, kind, ...inside) => el("td", { "data-label": label, class: kind }, inside);
  return el("tr", null, cell(when, "", el("time", { datetime: entry.at }, text.when(entry.at))), cell(what, "", el("span", { class: `badge ${entry.change}` }, words.change[entry.change]), entry.reason && el("small", null, entry.reason)),
    cell(amount, "number", `${SIGN[entry.change]}${entry.amount.toLocaleString("en")}`), cell(left, "number", entry.balance.toLocaleString("en")),
    cell(subject, "subject", entry.subject));
}

/** Shows the page. */
export async function ledger(main, _id, signal) {
  const entries = [];
  const drawn = el("div");
  const verdict = el("div", { role: "status" });
  const verify = button(words.verify, () => during(verify, verdict, async () => {
    const told = await get("/api/v1/credits/ledger/verify", signal);
    const said = told.valid ? words.valid(told.entries) : words.invalid;
    announce(said);
    verdict.replaceChildren(el("p", { class: told.valid ? "note good" : "problem" }, said));
  }));
  const list = el("tbody");
  const table = el("table", { class: "card entries" }, el("thead", null, el("tr", null, words.columns.map((name) => el("th", { scope: "col" }, name)))), list);
  show(main, heading(words.title, verify), verdict, drawn, el("div", { class: "stack" }, table));
  await paged(list, "/api/v1/credits/ledger?limit=50", "before", signal, (page) => {
    entries.push(...page.entries);
    if (entries.length > 1) show(drawn, chart(entries));
    return { rows: page.entries.map(row), next: page.next_before };
  }, [words.none, words.noneNext]);
}
