"""A TLS handshake over loopback, server and client in one process; makes its certificate in the folder argv[1]."""
import os, socket, ssl, subprocess, sys, threading

key, certificate = (os.path.join(sys.argv[1], name) for name in ("key.pem", "certificate.pem"))
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
     "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
    check=True, stderr=subprocess.DEVNULL)

server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))


def serve():
    with server_context.wrap_socket(listener.accept()[0], server_side=True) as connection:
        connection.sendall(connection.recv(100).upper())


server = threading.Thread(target=serve)
server.start()
client_context = ssl.create_default_context(cafile=certificate)
with client_context.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname="127.0.0.1") as client:
    client.sendall(b"hello\n")
    print(client.version(), client.recv(100).decode().lower(), end="")
server.join()
