# SPDX-License-Identifier: Apache-2.0
"""What the clients' tests connect to: the least of a server that makes a client say that all is well.

    backends.py http|grpc|etcd|ldap|mongo|postgres ADDRESS:PORT...

Each says "listening" once; a server that can tell its own address does."""
import http.server
import socketserver
import struct
import sys
import threading
from concurrent import futures


class HTTP(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        host, port = self.server.server_address[:2]
        text = "example_up 1\n" if self.path == "/metrics" else f"{host}:{port}\n"
        # apt's flat repository without a package
        body = b"" if "Packages" in self.path or "Release" in self.path else text.encode()
        status = 404 if "Release" in self.path or self.path.endswith((".xz", ".gz", ".bz2")) else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Exact(socketserver.BaseRequestHandler):
    """Reads what came, answers by `reply`, and says which peer it was for the test to see."""

    def handle(self):
        while data := self.request.recv(4096):
            print(f"from {self.server.server_address[0]}:{self.server.server_address[1]}", flush=True)
            self.request.sendall(self.reply(data))


class LDAP(Exact):
    """BindResponse, then SearchResultDone, both with success; the unbind closes."""

    def reply(self, data):
        kind = {0x60: b"\x61", 0x63: b"\x65"}.get(data[5] if len(data) > 5 else 0)
        return b"" if kind is None else b"\x30\x0c\x02\x01" + data[4:5] + kind + b"\x07\x0a\x01\x00\x04\x00\x04\x00"


class Mongo(Exact):
    """Every command succeeds; the reply says that this is a server by itself, and its address."""

    def reply(self, data):
        import bson

        host, port = self.server.server_address[:2]
        document = bson.encode({"ok": 1.0, "ismaster": True, "isWritablePrimary": True, "helloOk": True, "minWireVersion": 0,
                                "maxWireVersion": 21, "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48_000_000,
                                "maxWriteBatchSize": 1000, "readOnly": False, "where": f"{host}:{port}"})
        request, kind = data[4:8], int.from_bytes(data[12:16], "little")
        # OP_QUERY, as a driver greets, is answered by OP_REPLY; OP_MSG by its like.
        code, body = (1, struct.pack("<iqii", 8, 0, 0, 1)) if kind == 2004 else (2013, b"\0\0\0\0\0")
        return struct.pack("<i", 16 + len(body) + len(document)) + request + request + struct.pack("<i", code) + body + document


class Postgres(Exact):
    """No TLS; AuthenticationOk; every query answers one row: the server's own address."""

    def reply(self, data):
        def message(kind, body):
            return kind + (len(body) + 4).to_bytes(4, "big") + body

        ready = message(b"Z", b"I")
        if data[4:8] == (80877103).to_bytes(4, "big"):
            return b"N"
        if data[4:8] == (196608).to_bytes(4, "big"):
            setting = message(b"S", b"server_version\x0015.0\x00")
            return message(b"R", b"\0\0\0\0") + setting + message(b"K", b"\0\0\0\1\0\0\0\1") + ready
        if data[:1] != b"Q":
            return b""
        address = self.server.server_address[0].encode()
        column = b"\0\1address\0" + b"\0\0\0\0\0\0" + (25).to_bytes(4, "big") + b"\xff\xff\xff\xff\xff\xff\0\0"
        row = b"\0\1" + len(address).to_bytes(4, "big") + address
        return message(b"T", column) + message(b"D", row) + message(b"C", b"SELECT 1\0") + ready


def etcd(endpoint):
    """Takes every request for a PutRequest: key and value are its first two fields."""

    def reply(request):
        key = request[2:2 + request[1]]
        value = request[4 + len(key):]
        print(f"{endpoint} put {key.decode()}={value.decode()}", flush=True)
        # An empty message is a good PutResponse.
        return b""

    return reply


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class Web(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def serve_grpc(endpoint, reply):
    import grpc

    class Any(grpc.GenericRpcHandler):
        def service(self, _):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: reply(request))

    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Any()])
    assert server.add_insecure_port(endpoint)
    server.start()
    return server


def main(kind, *endpoints):
    kept = []
    for endpoint in endpoints:
        host, port = endpoint.rsplit(":", 1)
        if kind in ("grpc", "etcd"):
            kept.append(serve_grpc(endpoint, (lambda _, here=endpoint: here.encode()) if kind == "grpc" else etcd(endpoint)))
            continue
        handler = {"http": HTTP, "ldap": LDAP, "mongo": Mongo, "postgres": Postgres}[kind]
        server = (Web if kind == "http" else Server)((host, int(port)), handler)
        kept.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("listening", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
