/*
 * Sets up contexts and connections of OpenSSL as lines of its input say, and prints what the library's own getters
 * answer: one line of JSON for each line. Words are `what=value`; those with `s.` before them are about a connection
 * of the context, which the first of them makes. Link with -lssl -lcrypto.
 *
 * `ciphers LIST SUITES` as arguments: prints what these stand for, or the library's own where they are `unset`.
 */
#include <openssl/conf.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int accepts(int preverified, X509_STORE_CTX *store)
{
    (void)store;
    return preverified;
}

static const SSL_METHOD *method_named(const char *name)
{
    if (strcmp(name, "client") == 0)
        return TLS_client_method();
    if (strcmp(name, "server") == 0)
        return TLS_server_method();
    if (strcmp(name, "only-1.2") == 0)
        return TLSv1_2_method();
    if (strcmp(name, "dtls") == 0)
        return DTLS_method();
    return TLS_method();
}

/* SSL_CONF_cmd with the flags of a file, or of a command line. */
static void configure(SSL_CTX *context, SSL *connection, unsigned flags, char *words)
{
    SSL_CONF_CTX *configuration = SSL_CONF_CTX_new();
    SSL_CONF_CTX_set_flags(configuration, flags | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE);
    if (connection != NULL)
        SSL_CONF_CTX_set_ssl(configuration, connection);
    else
        SSL_CONF_CTX_set_ssl_ctx(configuration, context);
    char *value = strchr(words, '=');
    if (value != NULL)
        *value++ = '\0';
    SSL_CONF_cmd(configuration, words, value);
    SSL_CONF_CTX_finish(configuration);
    SSL_CONF_CTX_free(configuration);
}

static void set_for_context(SSL_CTX *context, const char *what, char *value)
{
    long number = strtol(value, NULL, 0);
    if (strcmp(what, "min") == 0)
        SSL_CTX_set_min_proto_version(context, (int)number);
    else if (strcmp(what, "max") == 0)
        SSL_CTX_set_max_proto_version(context, (int)number);
    else if (strcmp(what, "on") == 0)
        SSL_CTX_set_options(context, strtoull(value, NULL, 0));
    else if (strcmp(what, "off") == 0)
        SSL_CTX_clear_options(context, strtoull(value, NULL, 0));
    else if (strcmp(what, "ciphers") == 0)
        SSL_CTX_set_cipher_list(context, value);
    else if (strcmp(what, "suites") == 0)
        SSL_CTX_set_ciphersuites(context, value);
    else if (strcmp(what, "level") == 0)
        SSL_CTX_set_security_level(context, (int)number);
    else if (strcmp(what, "verify") == 0)
        SSL_CTX_set_verify(context, (int)number, NULL);
    else if (strcmp(what, "verify-by-callback") == 0)
        SSL_CTX_set_verify(context, (int)number, accepts);
    else if (strcmp(what, "mode") == 0)
        SSL_CTX_set_mode(context, number);
    else if (strcmp(what, "no-mode") == 0)
        SSL_CTX_clear_mode(context, number);
    else if (strcmp(what, "cache") == 0)
        SSL_CTX_set_session_cache_mode(context, number);
    else if (strcmp(what, "tickets") == 0)
        SSL_CTX_set_num_tickets(context, (size_t)number);
    else if (strcmp(what, "early") == 0)
        SSL_CTX_set_max_early_data(context, (unsigned)number);
    else if (strcmp(what, "config") == 0)
        SSL_CTX_config(context, value);
    else if (strcmp(what, "file") == 0)
        configure(context, NULL, SSL_CONF_FLAG_FILE, value);
    else if (strcmp(what, "line") == 0)
        configure(context, NULL, SSL_CONF_FLAG_CMDLINE, value);
    else
        exit(3);
}

static void set_for_connection(SSL **place, const char *what, char *value, int line)
{
    SSL *connection = *place;
    long number = strtol(value, NULL, 0);
    if (strcmp(what, "min") == 0)
        SSL_set_min_proto_version(connection, (int)number);
    else if (strcmp(what, "max") == 0)
        SSL_set_max_proto_version(connection, (int)number);
    else if (strcmp(what, "on") == 0)
        SSL_set_options(connection, strtoull(value, NULL, 0));
    else if (strcmp(what, "off") == 0)
        SSL_clear_options(connection, strtoull(value, NULL, 0));
    else if (strcmp(what, "ciphers") == 0)
        SSL_set_cipher_list(connection, value);
    else if (strcmp(what, "suites") == 0)
        SSL_set_ciphersuites(connection, value);
    else if (strcmp(what, "level") == 0)
        SSL_set_security_level(connection, (int)number);
    else if (strcmp(what, "verify") == 0)
        SSL_set_verify(connection, (int)number, NULL);
    else if (strcmp(what, "mode") == 0)
        SSL_set_mode(connection, number);
    else if (strcmp(what, "tickets") == 0)
        SSL_set_num_tickets(connection, (size_t)number);
    else if (strcmp(what, "early") == 0)
        SSL_set_max_early_data(connection, (unsigned)number);
    else if (strcmp(what, "config") == 0)
        SSL_config(connection, value);
    else if (strcmp(what, "file") == 0)
        configure(NULL, connection, SSL_CONF_FLAG_FILE, value);
    else if (strcmp(what, "clear") == 0)
        SSL_clear(connection);
    else if (strcmp(what, "dup") == 0) {
        *place = SSL_dup(connection);
        SSL_set_verify_depth(connection, 7000 + line);
        SSL_free(connection);
    } else if (strcmp(what, "context") == 0) {
        /* The context of a server name, which is given up at once: the connection holds it. */
        SSL_CTX *other = SSL_CTX_new(TLS_method());
        if (number >= 0)
            SSL_CTX_set_security_level(other, (int)number);
        SSL_CTX_set_verify_depth(other, 5000 + line);
        SSL_CTX_set_options(other, SSL_OP_NO_TICKET);
        SSL_set_SSL_CTX(connection, other);
        SSL_CTX_free(other);
    } else
        exit(3);
}

static void print_ciphers(STACK_OF(SSL_CIPHER) *ciphers)
{
    printf("\"ciphers\":\"");
    for (int at = 0; at < sk_SSL_CIPHER_num(ciphers); at++)
        printf("%s%s", at == 0 ? "" : ":", SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, at)));
    printf("\"");
}

static void print_context(SSL_CTX *context)
{
    printf("\"minimum version\":%ld,\"maximum version\":%ld,", SSL_CTX_get_min_proto_version(context),
           SSL_CTX_get_max_proto_version(context));
    printf("\"options\":%llu,\"mode\":%ld,", (unsigned long long)SSL_CTX_get_options(context), SSL_CTX_get_mode(context));
    printf("\"security level\":%d,\"verify mode\":%d,\"verify depth\":%d,", SSL_CTX_get_security_level(context),
           SSL_CTX_get_verify_mode(context), SSL_CTX_get_verify_depth(context));
    printf("\"session cache\":%ld,\"tickets\":%zu,\"early data\":%u,", SSL_CTX_get_session_cache_mode(context),
           SSL_CTX_get_num_tickets(context), SSL_CTX_get_max_early_data(context));
    print_ciphers(SSL_CTX_get_ciphers(context));
}

static void print_connection(SSL *connection)
{
    printf("\"minimum version\":%ld,\"maximum version\":%ld,", SSL_get_min_proto_version(connection),
           SSL_get_max_proto_version(connection));
    printf("\"options\":%llu,\"mode\":%ld,", (unsigned long long)SSL_get_options(connection), SSL_get_mode(connection));
    printf("\"security level\":%d,\"verify mode\":%d,\"verify depth\":%d,", SSL_get_security_level(connection),
           SSL_get_verify_mode(connection), SSL_get_verify_depth(connection));
    printf("\"tickets\":%zu,\"early data\":%u,", SSL_get_num_tickets(connection), SSL_get_max_early_data(connection));
    print_ciphers(SSL_get_ciphers(connection));
}

static void follow(char *line, int number)
{
    SSL_CTX *context = NULL;
    SSL *connection = NULL;
    for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        char *value = strchr(word, '=');
        if (value == NULL)
            exit(3);
        *value++ = '\0';
        if (context == NULL) {
            context = SSL_CTX_new(method_named(strcmp(word, "method") == 0 ? value : ""));
            /* By this the line's objects are known in a report. */
            SSL_CTX_set_verify_depth(context, 1000 + number);
        }
        if (strcmp(word, "method") == 0)
            continue;
        if (strncmp(word, "s.", 2) != 0)
            set_for_context(context, word, value);
        else {
            if (connection == NULL) {
                connection = SSL_new(context);
                SSL_set_verify_depth(connection, 1000 + number);
            }
            if (strcmp(word, "s.new") != 0)
                set_for_connection(&connection, word + 2, value, number);
        }
    }
    printf("{\"context\":{");
    print_context(context);
    printf("}");
    if (connection != NULL) {
        printf(",\"connection\":{");
        print_connection(connection);
        printf("}");
    }
    printf("}\n");
    SSL_free(connection);
    SSL_CTX_free(context);
}

int main(int count, char **arguments)
{
    if (count == 4 && strcmp(arguments[1], "ciphers") == 0) {
        SSL_CTX *context = SSL_CTX_new(TLS_method());
        if (strcmp(arguments[3], "unset") != 0)
            SSL_CTX_set_ciphersuites(context, arguments[3]);
        if (strcmp(arguments[2], "unset") != 0)
            SSL_CTX_set_cipher_list(context, arguments[2]);
        printf("{");
        print_ciphers(SSL_CTX_get_ciphers(context));
        printf("}\n");
        SSL_CTX_free(context);
        return 0;
    }
    char line[4096];
    for (int number = 0; fgets(line, sizeof line, stdin) != NULL; number++)
        follow(line, number);
    return 0;
}
