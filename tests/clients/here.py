"""What the clients' side has: the zip of photos, and a place for callbacks."""

import io
import queue
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PHOTOS = sorted((Path(__file__).parent.parent / "fixtures" / "photos").glob("portrait-*.jpg"))
WAIT_SECONDS_MAX = 60


class Here(BaseHTTPRequestHandler):
    """Gives the zip of photos, and takes callbacks."""

    zip_bytes = b""
    callbacks: "queue.Queue[tuple[dict, bytes]]" = queue.Queue()

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", str(len(self.zip_bytes)))
        self.end_headers()
        self.wfile.write(self.zip_bytes)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.callbacks.put((dict(self.headers), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def serve() -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for photo in PHOTOS:
            archive.write(photo, photo.name)
    Here.zip_bytes = buffer.getvalue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
