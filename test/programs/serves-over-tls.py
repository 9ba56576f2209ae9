"""A server of just enough of a protocol over TLS: serves-over-tls.py PROTOCOL CERT KEY. Prints its port, ends with stdin."""
import os
import socket
import ssl
import sys
import threading

protocol, certificate, key = sys.argv[1:4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.create_server(('127.0.0.1', 0))


def http(plain):
    """One request on each connection; the connection ends with the answer."""
    with context.wrap_socket(plain, server_side=True) as connection:
        if connection.recv(65536):
            connection.sendall(b'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n')


def message(kind, body):
    return kind + (len(body) + 4).to_bytes(4, 'big') + body


def postgres(plain):
    """The start of PostgreSQL's protocol 3.0 (Frontend/Backend Protocol, Message Formats)."""
    plain.recv(8)
    plain.sendall(b'S')
    with context.wrap_socket(plain, server_side=True) as connection:
        connection.recv(65536)
        ready = message(b'Z', b'I')
        connection.sendall(message(b'R', (0).to_bytes(4, 'big')) + ready)
        while connection.recv(65536)[:1] == b'Q':
            connection.sendall(message(b'C', b'SELECT 0\0') + ready)


def ldap(plain):
    """Success for everything, RFC 4511: a bind response, then a search that finds nothing."""
    with context.wrap_socket(plain, server_side=True) as connection:
        while True:
            request = connection.recv(65536)
            if len(request) < 6:
                return
            kind = request[5]
            answer = {0x60: 0x61, 0x63: 0x65}.get(kind)
            if answer is None:
                return
            body = bytes([answer, 7, 10, 1, 0, 4, 0, 4, 0])
            connection.sendall(bytes([0x30, 3 + len(body), 2, 1, request[4]]) + body)


def serve(plain):
    try:
        {'http': http, 'postgres': postgres, 'ldap': ldap}[protocol](plain)
    except (OSError, ssl.SSLError):
        pass


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
os._exit(0)
