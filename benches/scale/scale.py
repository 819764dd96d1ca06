"""How what Likeness does grows with what there is: one deployment with ten accounts, one with as many as told. Needs nothing but Python 3.11.

    python3 benches/scale/scale.py --accounts 10000 --tasks 100

It starts the command with a state folder of its own, and has one account make its tasks on the simulated GPU. Then it copies everything of that
account but pictures, under other ids, straight into the store's file, until there are as many. So the others are real accounts that ended real
tasks. It takes some minutes, and 1.3 KB of disk for each task.
"""

import argparse
import json
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

PROGRAM = "target/debug/likeness"
# Over so many documents it is spread what is due, unless a deployment says otherwise.
DUE_PAGES = 64
READS = 300


class Deployment:
    """The command, serving from a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [PROGRAM, "up", "--port", "0", "--gpu-port", "0", "--state-dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = ""
        for line in self.process.stdout or []:
            if line.startswith("export API="):
                self.url = line.removeprefix("export API=").strip()
            if line.startswith("Stop with"):
                break
        self.admin = json.loads((folder / "secrets.json").read_text())["admin_token"]

    def ask(self, method: str, path: str, token: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": f"Bearer {token}"}, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def furnish(deployment: Deployment, tasks: int) -> tuple[str, str]:
    """An account that has made so many pictures, and its key."""
    account = deployment.ask("POST", "/api/v1/admin/accounts", deployment.admin, {"name": "Scale", "credits": 15 * tasks})["account_id"]
    key = deployment.ask("POST", f"/api/v1/admin/accounts/{account}/keys", deployment.admin, {"label": "scale"})["key"]
    for n in range(tasks):
        while True:
            try:
                deployment.ask("POST", "/api/v1/generate", key, {"model": "flux-2-pro-text-to-image", "input": {"prompt": f"a fox, {n}"}})
                break
            except urllib.error.HTTPError as error:
                if error.code != 429:
                    raise
                time.sleep(1)
    while deployment.ask("GET", f"/api/v1/admin/accounts/{account}", deployment.admin)["held"] > 0:
        time.sleep(1)
    # Its line says by then that nothing of it is due for a day.
    time.sleep(45)
    return account, key


def copy(file: Path, account: str, accounts: int) -> None:
    """Makes so many copies of an account."""
    store = sqlite3.connect(file)
    name, opened = store.execute("SELECT store, value FROM spin_key_value WHERE key = 'count:opened'").fetchone()
    rows = store.execute("SELECT key, value FROM spin_key_value WHERE instr(key, ?)", (account,)).fetchall()
    rows = [(key, value) for key, value in rows if not key.startswith("result:")]
    account_key = f"account:{account}"
    own = json.loads(dict(rows)[account_key])["body"]["due"]["page"]
    line = json.loads(store.execute("SELECT value FROM spin_key_value WHERE key = ?", (f"due:{own}",)).fetchone()[0])["body"]["lines"][account]
    pages: dict[int, dict] = {page: {} for page in range(1, DUE_PAGES + 1)}
    pages[own][account] = line
    count = int.from_bytes(opened, "little")

    def put(key: str, value: bytes) -> None:
        store.execute("INSERT OR REPLACE INTO spin_key_value (store, key, value) VALUES (?, ?, ?)", (name, key, value))

    for n in range(1, accounts):
        other, page = f"acct_{uuid.uuid4().hex}", n % DUE_PAGES + 1
        for key, value in rows:
            value = value.replace(account.encode(), other.encode())
            if key == account_key:
                value = re.sub(rb'"due":\{"page":\d+', b'"due":{"page":%d' % page, value)
            put(key.replace(account, other), value)
        put(f"opened:{count + n}", json.dumps({"v": 1, "body": other}, separators=(",", ":")).encode())
        pages[page][other] = line
    put("count:opened", (count + accounts - 1).to_bytes(8, "little"))
    put("listed-accounts", json.dumps({"v": 1, "body": {"upto": count + accounts - 1, "last": count + accounts - 1}}).encode())
    put("count:due", DUE_PAGES.to_bytes(8, "little"))
    for page, lines in pages.items():
        put(f"due:{page}", json.dumps({"v": 1, "revision": 1, "writers": [], "body": {"lines": lines}}).encode())
    store.commit()
    store.close()


def make_due(file: Path) -> None:
    """Everything that is kept is due to be looked at, for every account at once: as after an outage of a day."""
    store = sqlite3.connect(file)
    for key, value in store.execute("SELECT key, value FROM spin_key_value WHERE key GLOB 'due:*'").fetchall():
        page = json.loads(value)
        for line in page["body"]["lines"].values():
            line["slots"] = {kind: [0, 0] for kind in line["slots"]}
        store.execute("UPDATE spin_key_value SET value = ? WHERE key = ?", (json.dumps(page).encode(), key))
    store.commit()
    store.close()


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def reads(deployment: Deployment, path: str, token: str) -> str:
    times = sorted(timed(lambda: deployment.ask("GET", path, token)) for _ in range(READS))
    return f"{times[READS // 2]:.1f} / {times[READS * 99 // 100]:.1f} ms"


def sweep(deployment: Deployment) -> tuple[int, int]:
    """Rounds until nothing is due any more, and the accounts that were looked at."""
    rounds, accounts, cursor = 0, 0, 1
    while cursor:
        said = deployment.ask("POST", "/api/v1/admin/reconcile", deployment.admin, {"cursor": cursor})
        rounds, accounts, cursor = rounds + 1, accounts + said["accounts"], said["next_cursor"]
    return rounds, accounts


def measure(folder: Path, accounts: int, tasks: int) -> dict[str, str]:
    deployment = Deployment(folder)
    account, key = furnish(deployment, tasks)
    deployment.stop()
    file = folder / "sqlite_key_value.db"
    copy(file, account, accounts)
    deployment = Deployment(folder)
    found = {"accounts, tasks": f"{accounts:,}, {accounts * tasks:,}"}
    sweep(deployment)
    idle = sorted(timed(lambda: sweep(deployment)) for _ in range(9))
    found["a round of the sweep, nothing due"] = f"{idle[4]:.0f} ms"
    task = deployment.ask("GET", "/api/v1/tasks?limit=1", key)["tasks"][0]["id"]
    found["`GET /credits`, p50 / p99"] = reads(deployment, "/api/v1/credits", key)
    found["`GET /tasks/{id}`"] = reads(deployment, f"/api/v1/tasks/{task}", key)
    found["`GET /tasks?limit=20`"] = reads(deployment, "/api/v1/tasks?limit=20", key)
    deployment.stop()
    make_due(file)
    deployment = Deployment(folder)
    began = time.perf_counter()
    rounds, looked = sweep(deployment)
    seconds = time.perf_counter() - began
    found["every account looked at, as after a day's outage"] = f"{seconds:.1f} s, {rounds} rounds, {looked:,} accounts"
    deployment.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--tasks", type=int, default=100, help="of each account")
    told = parser.parse_args()
    columns = []
    for accounts in (10, told.accounts):
        with tempfile.TemporaryDirectory() as folder:
            columns.append(measure(Path(folder), accounts, told.tasks))
            print(f"{accounts} accounts are measured", file=sys.stderr)
    for row in columns[0]:
        print("| " + " | ".join([row, *(column[row] for column in columns)]) + " |")


if __name__ == "__main__":
    main()
