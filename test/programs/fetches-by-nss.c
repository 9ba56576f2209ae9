/*
 * Fetches / from a server of HTTPS on 127.0.0.1 with NSS: fetches-by-nss PORT none|accept|verify|hook [FILE]. `none`
 * puts in a hook that accepts everything, `accept` lets bad certificates pass; `verify` keeps NSS's own verification, with
 * the certificate in FILE, in PEM, as an authority. Link with -lssl3 -lsmime3 -lnss3 -lnspr4.
 */
#include <cert.h>
#include <certdb.h>
#include <nspr.h>
#include <nss.h>
#include <pk11pub.h>
#include <secitem.h>
#include <ssl.h>
#include <sslproto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SECStatus anything(void *argument, PRFileDesc *socket, PRBool check, PRBool is_server)
{
    (void)argument, (void)socket, (void)check, (void)is_server;
    return SECSuccess;
}

static SECStatus never_mind(void *argument, PRFileDesc *socket)
{
    (void)argument, (void)socket;
    return SECSuccess;
}

static void trust(const char *path)
{
    static char text[16384];
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    CERTCertificate *authority = CERT_DecodeCertFromPackage(text, (int)length);
    CERTCertTrust trusted = { CERTDB_TRUSTED_CA | CERTDB_VALID_CA, 0, 0 };
    if (authority == NULL || CERT_ChangeCertTrust(CERT_GetDefaultCertDB(), authority, &trusted) != SECSuccess)
        exit(3);
}

int main(int count, char **arguments)
{
    if (count < 3 || NSS_NoDB_Init(NULL) != SECSuccess || NSS_SetDomesticPolicy() != SECSuccess)
        return 3;
    if (count > 3)
        trust(arguments[3]);
    PRNetAddr address;
    PR_InitializeNetAddr(PR_IpAddrLoopback, (PRUint16)atoi(arguments[1]), &address);
    PRFileDesc *socket = SSL_ImportFD(NULL, PR_NewTCPSocket());
    if (strcmp(arguments[2], "none") == 0)
        SSL_AuthCertificateHook(socket, anything, NULL);
    if (strcmp(arguments[2], "accept") == 0)
        SSL_BadCertHook(socket, never_mind, NULL);
    SSL_SetURL(socket, "localhost");
    if (PR_Connect(socket, &address, PR_INTERVAL_NO_TIMEOUT) != PR_SUCCESS)
        return 4;
    SSL_ResetHandshake(socket, PR_FALSE);
    if (SSL_ForceHandshake(socket) != SECSuccess)
        return 1;
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    char answer[512];
    if (PR_Write(socket, request, sizeof request - 1) < 0)
        return 2;
    int length = PR_Read(socket, answer, sizeof answer);
    printf("%d bytes\n", length);
    PR_Close(socket);
    return length > 0 ? 0 : 2;
}
