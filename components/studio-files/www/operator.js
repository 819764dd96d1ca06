// #/operator: accounts, credits, keys and the health of the deployment, behind the admin token.

import { ApiError, admin } from "/studio/api.js";
import { button, el, field, heading, select, show } from "/studio/dom.js";
import { unique } from "/studio/draft.js";
import { confirmed, during } from "/studio/notice.js";
import { adminToken, setAdminToken } from "/studio/session.js";
import { text } from "/studio/text.js";

const words = text.operator;

/** Shows the page. */
export async function operator(main) {
  if (!adminToken()) return unlock(main);
  const place = el("div", { class: "stack" });
  const pick = (account) => show(place, accountCard(account));
  return show(main, heading(words.title, button(words.lock, () => (setAdminToken(null), unlock(main)))), el("p", { class: "lead" }, words.lead),
    el("div", { class: "two even" }, openCard(pick), findCard(pick)), place,
    el("div", { class: "two even" }, accountsCard(pick), sweepCard()), takedownCard(), withheldCard(), el("div", { class: "two even" }, doctorCard(), auditCard()));
}

/** A card with a form: its fields, its button, and what it answers. */
function card(title, fields, go, work) {
  const send = el("button", { type: "submit", class: "button strong" }, go);
  const [errors, answer] = [el("div"), el("div", { role: "status" })];
  return el("form", { class: "card", onsubmit: (event) => (event.preventDefault(), during(send, errors, () => work(answer))) },
    el("h2", null, title), fields, send, errors, answer);
}

function unlock(main) {
  const token = el("input", { type: "password", required: true, autocomplete: "off" });
  show(main, heading(words.title), el("p", { class: "lead" }, words.lead), el("div", { class: "narrow" }, card(words.unlock, field(words.token, token, words.tokenHint), words.unlock, async () => {
    setAdminToken(token.value.trim());
    try {
      await admin("GET", "/models");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) setAdminToken(null);
      throw error;
    }
    await operator(main);
    main.querySelector("h1").focus();
  })));
}

function openCard(pick) {
  const name = el("input", { required: true, maxlength: 100 });
  const credits = el("input", { type: "number", min: 0, step: 1, value: "1000" });
  return card(words.open, [field(words.name, name), field(words.credits, credits)], words.openGo, async () =>
    pick(await admin("POST", "/accounts", { name: name.value.trim(), credits: Number(credits.value) })));
}

function findCard(pick) {
  const id = el("input", { required: true, spellcheck: "false", placeholder: "acct_…" });
  return card(words.find, field(words.id, id, words.idHint), words.findGo, async () => pick(await admin("GET", `/accounts/${encodeURIComponent(id.value.trim())}`)));
}

/** All accounts, newest first, a page at each press. */
function accountsCard(pick) {
  const list = el("ul", { class: "plain" });
  let cursor = "";
  return card(words.accounts, list, words.accountsGo, async (answer) => {
    const page = await admin("GET", `/accounts?limit=20${cursor && `&cursor=${cursor}`}`);
    if (!cursor) list.replaceChildren();
    list.append(...page.accounts.map((one) => el("li", { class: "apart" }, button(one.is_test ? words.forTests(one.name) : one.name, () => pick(one), "quiet small"), el("span", { class: "note" }, text.cost(one.credits)))));
    cursor = page.next_cursor ?? "";
    show(answer, el("p", { class: "note" }, cursor ? words.accountsMore : words.accountsAll));
  });
}

const sweepCard = () => card(words.sweep, [], words.sweepGo, async (answer) => {
  const { rounds } = await admin("GET", "/reconcile");
  show(answer, el("p", null, el("strong", null, rounds.length > 0 ? words.lastRound(text.when(rounds[0].at)) : words.noRounds)),
    el("ul", { class: "plain" }, rounds.slice(0, 10).map((one) => el("li", null, `${text.when(one.at)}: ${words.round(one)}`))));
});

/** What providers delivered and nobody got, the last one first. */
const withheldCard = () => card(words.withheld, el("p", { class: "note" }, words.withheldLead), words.withheldGo, async (answer) => {
  const { withheld } = await admin("GET", "/withheld");
  show(answer, el("p", null, el("strong", null, words.withheldCount(withheld.length))),
    el("ul", { class: "plain" }, withheld.map((one) => el("li", null, `${text.when(one.at)}: ${words.withheldOne(one)}`, el("small", null, el("code", null, one.task_id), " ", el("code", null, one.account_id))))));
});

/** What somebody asked to have taken down: how long is left to decide, and the decision. */
function takedownCard() {
  const [what, reason] = [el("input", { required: true, spellcheck: "false" }), el("input", { required: true, maxlength: 500 })];
  const [list, errors] = [el("ul", { class: "plain" }), el("div")];
  const draw = async () => {
    const { takedowns } = await admin("GET", "/takedowns");
    show(list, takedowns.length > 0 ? takedowns.map(row) : el("li", null, words.noTakedowns));
  };
  const row = (one) => {
    const end = (verb) => {
      const press = button(words[verb], () => during(press, errors, async () => {
        if (!(await confirmed(`${words[verb]}?`, [one.character_id ?? one.task_id, words[`${verb}Hint`]], words[verb]))) return;
        await admin("POST", `/takedowns/${one.takedown_id}/${verb}`, {});
        await draw();
      }), "quiet small");
      return press;
    };
    return el("li", { class: "apart" }, el("span", null, el("strong", null, words.takedownTime(one, text.when)), ` ${one.reason}`,
      el("small", null, el("code", null, one.character_id ?? one.task_id), " ", one.reference)), one.state === "open" && [end("erase"), !one.erasing && end("lift")]);
  };
  const named = (given) => (/^[0-9a-f]{64}$/.test(given) ? { sha256: given } : { result: given });
  return el("section", { class: "card" }, el("h2", null, words.takedowns), el("p", { class: "note" }, words.takedownsLead),
    card(words.takeDown, [field(words.takedownWhat, what, words.takedownWhatHint), field(words.takedownReason, reason)], words.takeDown, async () => {
      await admin("POST", "/takedown", { ...named(what.value.trim()), reason: reason.value.trim() });
      await draw();
    }), card(words.takedownsLatest, [list, errors], words.takedownsGo, draw));
}

const facts = (account) =>
  el("dl", { class: "recipe" }, Object.entries(words.facts).filter(([name]) => account[name] !== null && account[name] !== undefined)
    .map(([name, label]) => el("div", null, el("dt", null, label), el("dd", null, name.endsWith("_at") ? text.when(account[name]) : account[name].toLocaleString("en")))));

/** What a key is limited to, in words. */
const limits = (key) => [
  key.scopes?.join(", "),
  key.characters?.join(", "),
  key.networks && words.keyFrom(key.networks.join(", ")),
  ...Object.entries(key.budget ?? {}).map(([window, { used, limit }]) => words.keyUsed(used, limit, window)),
  key.ends_at && words.keyUntil(text.when(key.ends_at)),
];

function accountCard(account) {
  const path = `/accounts/${account.account_id}`;
  const [shown, errors, keys] = [el("div"), el("div"), el("ul", { class: "plain" })];
  const credits = el("input", { type: "number", min: 1, step: 1, value: "500", required: true });
  const label = el("input", { maxlength: 100 });
  const scopes = select(Object.entries(words.scopesOf));
  const day = el("input", { type: "number", min: 1, step: 1 });
  const ends = el("input", { type: "date" });
  const networks = el("input", { autocomplete: "off" });
  const draw = (now) => {
    const stop = now.suspended_at ? button(words.resume, () => turn("resume", stop)) : button(words.suspend, () => turn("suspend", stop));
    show(shown, facts(now), stop);
  };
  const turn = (verb, control) => during(control, errors, async () => draw(await admin("POST", `${path}/${verb}`)));
  const drawKeys = async () => show(keys, (await admin("GET", `${path}/keys`)).keys.map((one) => {
    const bin = !one.revoked_at && button(words.revoke, () => during(bin, errors, async () => {
      if (!(await confirmed(`${words.revoke} ${one.key_id}?`, [one.label], words.revoke))) return;
      await admin("DELETE", `${path}/keys/${one.key_id}`);
      await drawKeys();
    }), "quiet small");
    return el("li", { class: "apart" }, el("span", null, el("code", null, one.key_id), ` ${one.label} `, el("small", null, [one.revoked_at && words.revoked, ...limits(one)].filter(Boolean).join(", "))), bin);
  }));
  // The same grant sent twice counts once.
  let grant = unique();
  draw(account);
  drawKeys().catch(() => {});
  return el("section", { class: "card" }, el("h2", null, account.name), shown, errors, el("div", { class: "two even" },
    card(words.grant, field(words.credits, credits), words.grant, async () => {
      await admin("POST", `${path}/grants`, { credits: Number(credits.value), grant_id: grant });
      grant = unique();
      draw(await admin("GET", path));
    }),
    card(words.makeKey, [field(words.keyLabel, label), field(words.keyScopes, scopes), field(words.keyDay, day), field(words.keyEnds, ends), field(words.keyNetworks, networks, words.keyNetworksHint)], words.makeKey, async (answer) => {
      const made = await admin("POST", `${path}/keys`, {
        label: label.value.trim() || null,
        scopes: scopes.value ? scopes.value.split(",") : null,
        networks: networks.value.trim() ? networks.value.trim().split(/[\s,]+/) : null,
        budget: day.value ? { day: Number(day.value) } : null,
        ends_at: ends.value ? `${ends.value}T00:00:00Z` : null,
      });
      show(answer, el("p", null, words.keyOnce), el("code", { class: "secret" }, made.key), el("p", null, words.link), el("code", { class: "secret" }, `${location.origin}/studio#key=${made.key}`));
      await drawKeys();
    })), el("h3", null, words.keys), keys);
}

const doctorCard = () => card(words.doctor, [], words.doctorGo, async (answer) => {
  const told = await admin("GET", "/doctor");
  show(answer, el("p", null, el("strong", null, told.healthy ? words.healthy : told.safe ? words.safe : words.unsafe)),
    el("ul", { class: "plain" }, told.checks.map((one) => el("li", null, el("span", { class: `badge ${one.verdict}` }, one.verdict), ` ${one.about}: ${one.check}`, one.note && el("small", null, one.note)))));
});

const auditCard = () => card(words.audit, [], words.auditGo, async (answer) => {
  const sum = { accounts: 0, entries: 0, violations: [] };
  for (let cursor = ""; cursor !== null; ) {
    const told = await admin("GET", `/audit${cursor && `?cursor=${cursor}`}`);
    sum.accounts += told.accounts;
    sum.entries += told.entries;
    sum.violations.push(...told.violations);
    cursor = told.next_cursor;
  }
  show(answer, el("p", null, el("strong", null, words.audited(sum.accounts, sum.entries, sum.violations.length))),
    el("ul", { class: "plain" }, sum.violations.map((one) => el("li", null, `${one.account_id}: ${one.message}`))));
});
