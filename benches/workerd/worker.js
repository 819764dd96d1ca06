// What somebody would write instead of Likeness at Cloudflare: the same routes and answers, a Durable Object an account, its SQLite below.
// workerd answers no request before what it wrote is durable.
import { DurableObject } from "cloudflare:workers";

const json = (data, status = 200) => Response.json({ success: status < 300, data }, { status });

export class Account extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec(`
      CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, balance INTEGER);
      CREATE TABLE IF NOT EXISTS characters (id TEXT PRIMARY KEY, body TEXT);
      CREATE TABLE IF NOT EXISTS tasks (n INTEGER PRIMARY KEY, body TEXT);
      CREATE TABLE IF NOT EXISTS ledger (n INTEGER PRIMARY KEY, id TEXT UNIQUE, amount INTEGER, balance INTEGER, at INTEGER);
      INSERT OR IGNORE INTO account VALUES ('a', 1000);`);
    const character = { character_id: env.CHARACTER, name: "A", trigger_word: "A", status: "ready", image_count: 1 };
    this.sql.exec("INSERT OR IGNORE INTO characters VALUES (?, ?)", env.CHARACTER, JSON.stringify(character));
    const task = { id: "task", status: "completed", model: "photo-references", creditsUsed: 0 };
    this.sql.exec("INSERT OR IGNORE INTO tasks VALUES (1, ?)", JSON.stringify(task));
  }

  async fetch(request) {
    const path = new URL(request.url).pathname;
    if (path === "/api/v1/credits") {
      return json({ credits: this.sql.exec("SELECT balance FROM account WHERE id = 'a'").one().balance });
    }
    if (path === "/api/v1/tasks") {
      const rows = this.sql.exec("SELECT body FROM tasks ORDER BY n DESC LIMIT 20").toArray();
      return json({ tasks: rows.map((row) => JSON.parse(row.body)) });
    }
    if (path.endsWith("/grants")) {
      const { credits } = await request.json();
      const row = this.sql.exec("UPDATE account SET balance = balance + ? WHERE id = 'a' RETURNING balance", credits).one();
      const entry = [crypto.randomUUID(), credits, row.balance, Date.now()];
      this.sql.exec("INSERT INTO ledger (id, amount, balance, at) VALUES (?, ?, ?, ?)", ...entry);
      return json({ credits: row.balance });
    }
    const rows = this.sql.exec("SELECT body FROM characters WHERE id = ?", path.split("/").at(-1)).toArray();
    return rows.length ? json(JSON.parse(rows[0].body)) : json({}, 404);
  }
}

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    if (path === "/") return new Response("hello");
    const token = request.headers.get("authorization")?.slice("Bearer ".length);
    if (token !== (path.includes("/admin/") ? env.ADMIN : env.KEY)) return json({}, 401);
    const account = path.match(/accounts\/([^/]+)\/grants$/)?.[1] ?? "a";
    return env.ACCOUNT.get(env.ACCOUNT.idFromName(account)).fetch(request);
  },
};
