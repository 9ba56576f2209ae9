/*
 * Fetches / from a server of HTTPS on localhost with BIOs alone, which hide every call on the connection itself:
 * fetches-by-bio PORT [FILE]. With a file of trusted certificates it verifies. With -DBY_LINES
 * it writes and reads lines through a buffer. Link with -lssl -lcrypto.
 */
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (count > 2) {
        if (SSL_CTX_load_verify_locations(context, arguments[2], NULL) != 1)
            return 3;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    }
    BIO *connection = BIO_new_ssl_connect(context);
    SSL *ssl = NULL;
    BIO_get_ssl(connection, &ssl);
    if (count > 2)
        SSL_set1_host(ssl, "localhost");
    BIO_set_conn_hostname(connection, "127.0.0.1");
    BIO_set_conn_port(connection, arguments[1]);
    if (BIO_do_connect(connection) <= 0 || BIO_do_handshake(connection) <= 0)
        return 1;
    char answer[512];
#ifdef BY_LINES
    BIO *lines = BIO_push(BIO_new(BIO_f_buffer()), connection);
    BIO_printf(lines, "GET / HTTP/1.0\r\n\r\n");
    if (BIO_flush(lines) <= 0)
        return 2;
    int length = BIO_gets(lines, answer, sizeof answer);
    BIO_pop(lines);
    BIO_free(lines);
#else
    BIO_puts(connection, "GET / HTTP/1.0\r\n\r\n");
    int length = BIO_read(connection, answer, sizeof answer);
#endif
    printf("%d bytes\n", length);
    BIO_free_all(connection);
    SSL_CTX_free(context);
    return length > 0 ? 0 : 2;
}
