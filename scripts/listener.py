# SPDX-License-Identifier: Apache-2.0
"""A TCP listener for the example: accepts, says nothing, closes.

listener.py PORT             listen on 127.0.0.1:PORT until killed
listener.py --wait PORT ...  return once every port accepts, or fail after 5 s
"""
import signal
import socket
import sys
import time


def listen(port: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"example: port {port} is taken ({error.strerror}); end what holds it and try again")
    server.listen(16)
    while True:
        connection, _ = server.accept()
        connection.close()


def wait(ports: list[int]) -> None:
    deadline = time.monotonic() + 5
    for port in ports:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    sys.exit(f"example: nothing listens on 127.0.0.1:{port}")
                time.sleep(0.02)


if __name__ == "__main__":
    if sys.argv[1] == "--wait":
        wait([int(port) for port in sys.argv[2:]])
    else:
        listen(int(sys.argv[1]))
