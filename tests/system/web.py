# SPDX-License-Identifier: GPL-2.0-or-later
"""A web server on the host's loopback that serves one random file and remembers who asked."""

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIZE = 3 << 20


class WebServer:
    """Serves /file on 127.0.0.1:port until closed."""

    def __init__(self):
        contents = os.urandom(SIZE)
        self.sha256 = hashlib.sha256(contents).hexdigest()
        self.requests: list[str] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # the name is http.server's
                requests.append(self.path)
                if self.path != "/file":
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(contents)))
                self.end_headers()
                try:
                    self.wfile.write(contents)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # who asked was ended in the middle

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
