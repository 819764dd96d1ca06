"""What stands between a library and a deployment in this test: a bad network, and a customer's own server.

    API=http://.. python3 outside.py        prints its own address

Everything is passed on to the API, but of each request that costs, by its `Idempotency-Key`, the first answer is lost and the second sending is told
to come later; and every fourth answer to a GET and to the announcement of an upload is lost. What is sent to /inbox/NAME is kept, and GET /inbox/NAME shows it.
"""

import base64
import http.client
import json
import os
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

api = urlsplit(os.environ["API"]).netloc
inboxes: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
seen: Counter[str] = Counter()


class Outside(BaseHTTPRequestHandler):
    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(api, timeout=180)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "accept-encoding")}
        connection.request(self.command, self.path, body or None, kept)
        response = connection.getresponse()
        ours = ("date", "server", "connection", "content-length", "transfer-encoding")
        return response.status, {name: value for name, value in response.getheaders() if name.lower() not in ours}, response.read()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/inbox/"):
            if self.command == "POST":
                headers = {name.lower(): value for name, value in self.headers.items()}
                inboxes[self.path].append({"headers": headers, "body": base64.b64encode(body).decode()})
            return self.answer(200, {"Content-Type": "application/json"}, json.dumps(inboxes[self.path]).encode())
        name = self.headers.get("Idempotency-Key") or f"{self.command} {self.path.partition('?')[0]}"
        costs = "Idempotency-Key" in self.headers
        is_harmless = self.command == "GET" or self.path == "/api/v1/upload"
        seen[name] += 1
        if costs and seen[name] == 2:
            later = {"success": False, "error": {"code": "STORE_UNAVAILABLE", "message": "later"}}
            return self.answer(503, {"Retry-After": "1"}, json.dumps(later).encode())
        answer = self.passed_on(body)
        if costs and seen[name] == 1 or is_harmless and seen[name] % 4 == 1:
            return None
        return self.answer(*answer)

    do_POST = do_DELETE = do_PATCH = do_GET

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
