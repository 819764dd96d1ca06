"""What somebody would write instead of Likeness: the same routes and answers, FastAPI on SQLite, every debit durable before its answer.

Environment: BENCH_DB (a file), BENCH_KEY, BENCH_ADMIN, BENCH_CHARACTER. `cargo likeness bench` starts it with two workers.
"""

import hashlib
import json
import os
import sqlite3
import threading
import time
import uuid

from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse

DB, CHARACTER = os.environ["BENCH_DB"], os.environ["BENCH_CHARACTER"]
KEY = hashlib.sha256(os.environ["BENCH_KEY"].encode()).hexdigest()
ADMIN = os.environ["BENCH_ADMIN"]
# Beside the customer's, for grants.
ACCOUNTS = 1_000

app = FastAPI()
local = threading.local()


def db() -> sqlite3.Connection:
    if not hasattr(local, "db"):
        local.db = sqlite3.connect(DB, timeout=30, isolation_level=None)
        local.db.execute("PRAGMA journal_mode=WAL")
        local.db.execute("PRAGMA synchronous=FULL")
    return local.db


def furnish() -> None:
    db().executescript(
        """
        CREATE TABLE IF NOT EXISTS keys (digest TEXT PRIMARY KEY, account TEXT);
        CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, balance INTEGER);
        CREATE TABLE IF NOT EXISTS characters (id TEXT PRIMARY KEY, account TEXT, body TEXT);
        CREATE TABLE IF NOT EXISTS tasks (n INTEGER PRIMARY KEY, account TEXT, body TEXT);
        CREATE TABLE IF NOT EXISTS ledger (n INTEGER PRIMARY KEY, account TEXT, id TEXT UNIQUE, amount INTEGER, balance INTEGER, at REAL);
        """
    )
    db().execute("INSERT OR IGNORE INTO keys VALUES (?, 'a')", (KEY,))
    db().execute("INSERT OR IGNORE INTO accounts VALUES ('a', 1000)")
    db().execute("BEGIN IMMEDIATE")
    db().executemany("INSERT OR IGNORE INTO accounts VALUES (?, 1000)", [(f"a{n}",) for n in range(1, ACCOUNTS + 1)])
    db().execute("COMMIT")
    character = {"character_id": CHARACTER, "name": "A", "trigger_word": "A", "status": "ready", "image_count": 1}
    db().execute("INSERT OR IGNORE INTO characters VALUES (?, 'a', ?)", (CHARACTER, json.dumps(character)))
    task = {"id": "task", "status": "completed", "model": "photo-references", "creditsUsed": 0}
    db().execute("INSERT OR IGNORE INTO tasks VALUES (1, 'a', ?)", (json.dumps(task),))


furnish()


def account(authorization: str | None) -> str:
    digest = hashlib.sha256((authorization or "").removeprefix("Bearer ").encode()).hexdigest()
    found = db().execute("SELECT account FROM keys WHERE digest = ?", (digest,)).fetchone()
    if not found:
        raise HTTPException(401)
    return found[0]


@app.get("/", response_class=PlainTextResponse)
async def hello() -> str:
    return "hello"


@app.get("/api/v1/credits")
async def credits(authorization: str | None = Header(None)):
    row = db().execute("SELECT balance FROM accounts WHERE id = ?", (account(authorization),)).fetchone()
    return {"success": True, "data": {"credits": row[0]}}


@app.get("/api/v1/characters/{id}")
async def character(id: str, authorization: str | None = Header(None)):
    row = db().execute("SELECT body FROM characters WHERE id = ? AND account = ?", (id, account(authorization))).fetchone()
    if not row:
        raise HTTPException(404)
    return {"success": True, "data": json.loads(row[0])}


@app.get("/api/v1/tasks")
async def tasks(limit: int = 20, authorization: str | None = Header(None)):
    rows = db().execute("SELECT body FROM tasks WHERE account = ? ORDER BY n DESC LIMIT ?", (account(authorization), limit))
    return {"success": True, "data": {"tasks": [json.loads(row[0]) for row in rows]}}


@app.post("/api/v1/admin/accounts/{id}/grants")
async def grant(id: str, request: Request, authorization: str | None = Header(None)):
    if authorization != f"Bearer {ADMIN}":
        raise HTTPException(401)
    amount = int((await request.json())["credits"])
    db().execute("BEGIN IMMEDIATE")
    balance = db().execute("UPDATE accounts SET balance = balance + ? WHERE id = ? RETURNING balance", (amount, id)).fetchone()[0]
    entry = (id, str(uuid.uuid4()), amount, balance, time.time())
    db().execute("INSERT INTO ledger (account, id, amount, balance, at) VALUES (?, ?, ?, ?, ?)", entry)
    db().execute("COMMIT")
    return {"success": True, "data": {"credits": balance}}
