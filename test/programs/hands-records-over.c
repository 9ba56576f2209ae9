/*
 * Fetches / from a server of HTTPS on 127.0.0.1 with TLS in memory, and hands its records to the kernel in one of
 * several ways: hands-records-over PORT messages|number|instruction|vectors. Link with libssl.a and libcrypto.a, and
 * -s, so that nothing but those records tells of TLS. -DWITHOUT_INSTRUCTION leaves out what tells that the program has
 * a system call of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int connection;

#if defined __x86_64__ && !defined WITHOUT_INSTRUCTION
static long own_call(long number, long first, void *second, long third)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
    return result;
}
#else
#define own_call syscall
#endif

static long messages(int is_write, void *bytes, size_t length)
{
    struct iovec piece = { bytes, length };
    struct mmsghdr message = { .msg_hdr = { .msg_iov = &piece, .msg_iovlen = 1 } };
    if (is_write)
        return sendmmsg(connection, &message, 1, 0) == 1 ? (long)message.msg_len : -1;
    return recvmmsg(connection, &message, 1, 0, NULL) == 1 ? (long)message.msg_len : -1;
}

static long number(int is_write, void *bytes, size_t length)
{
    return syscall(is_write ? SYS_write : SYS_read, connection, bytes, length);
}

static long instruction(int is_write, void *bytes, size_t length)
{
    if (is_write)
        return own_call(SYS_write, connection, bytes, (long)length);
    return own_call(SYS_read, connection, bytes, (long)length);
}

static long vectors(int is_write, void *bytes, size_t length)
{
    struct iovec piece = { bytes, length };
    return is_write ? pwritev2(connection, &piece, 1, -1, 0) : preadv2(connection, &piece, 1, -1, 0);
}

static const struct {
    const char *name;
    long (*pass)(int is_write, void *bytes, size_t length);
} ways[] = { { "messages", messages },
             { "number", number },
             { "instruction", instruction },
             { "vectors", vectors } };

int main(int count, char **arguments)
{
    long (*pass)(int, void *, size_t) = NULL;
    for (size_t at = 0; count > 2 && at < sizeof ways / sizeof *ways; at++)
        if (strcmp(ways[at].name, arguments[2]) == 0)
            pass = ways[at].pass;
    struct sockaddr_in peer = { .sin_family = AF_INET };
    if (pass == NULL)
        return 3;
    peer.sin_port = htons((unsigned short)atoi(arguments[1]));
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&peer, sizeof peer) != 0)
        return 4;
    SSL *ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    static char bytes[20000];
    int has_asked = 0;
    for (int round = 0; round < 100; round++) {
        if (SSL_do_handshake(ssl) == 1 && !has_asked)
            has_asked = SSL_write(ssl, "GET / HTTP/1.0\r\n\r\n", 18) == 18;
        int length;
        while ((length = BIO_read(out, bytes, sizeof bytes)) > 0)
            if (pass(1, bytes, (size_t)length) != length)
                return 5;
        if (has_asked && (length = SSL_read(ssl, bytes, sizeof bytes)) > 0) {
            printf("%d bytes\n", length);
            return 0;
        }
        long got = pass(0, bytes, sizeof bytes);
        if (got <= 0)
            return 6;
        BIO_write(in, bytes, (int)got);
    }
    return 7;
}
