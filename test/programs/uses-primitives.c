/*
 * Digests, ciphers, keys and derivations that an audit finds fault with, and as many that it does not. Link with
 * -lcrypto.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>

static unsigned char bytes[64], key[32] = { 1 };

static void digests(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestInit_ex(context, EVP_get_digestbyname("md5"), NULL);
    EVP_MD *lax = EVP_MD_fetch(NULL, "SHA1", "-fips");
    EVP_DigestInit_ex(context, lax, NULL);
    EVP_MD_free(lax);
    EVP_MD_free(EVP_MD_fetch(NULL, "SHA1", NULL));
    EVP_MD_CTX_free(context);
    unsigned length;
    HMAC(EVP_sha1(), key, sizeof key, bytes, 9, bytes, &length);
}

static void ciphers(void)
{
    RAND_bytes(bytes, 16);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, bytes);
    EVP_EncryptInit_ex(context, fetched, NULL, key, NULL);
    EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), NULL, key, bytes);
    EVP_DecryptInit_ex(context, EVP_des_ede3_cbc(), NULL, key, bytes);
    EVP_CIPHER_free(fetched);
    EVP_CIPHER_CTX_free(context);
}

static void keys(void)
{
    PKCS5_PBKDF2_HMAC("word", 4, bytes, 8, 100, EVP_sha256(), 16, key);
    PKCS5_PBKDF2_HMAC("word", 4, bytes, 8, 100000, EVP_sha256(), 16, key);
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    EVP_PKEY *pair = NULL;
    EVP_PKEY_keygen_init(making);
    EVP_PKEY_CTX_set_rsa_keygen_bits(making, 1024);
    EVP_PKEY_keygen(making, &pair);
    EVP_PKEY_CTX *encryption = EVP_PKEY_CTX_new(pair, NULL), *signature = EVP_PKEY_CTX_new(pair, NULL);
    EVP_PKEY_sign_init(signature);
    EVP_PKEY_CTX_set_rsa_padding(signature, RSA_PKCS1_PADDING);
    EVP_PKEY_encrypt_init(encryption);
    EVP_PKEY_CTX_set_rsa_padding(encryption, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_free(signature);
    EVP_PKEY_CTX_free(encryption);
    EVP_PKEY_CTX_free(making);
    EVP_PKEY_free(pair);
}

int main(void)
{
    digests();
    ciphers();
    keys();
    puts("done");
    return 0;
}
