/* Functions with the names of well-known ones, which their bundled prototypes describe. */
#include <stddef.h>

int X509_VERIFY_PARAM_set1_host(void *param, const char *name, size_t length) {
  return param != NULL && name != NULL && length < 1000;
}

int sqlite3_bind_text(void *statement, int index, const char *text, int length, void *destructor) {
  return statement != NULL && index > 0 && text != NULL && length < 1000 && destructor == NULL ? 0 : 1;
}

int SSL_CTX_set_alpn_protos(void *context, const unsigned char *list, unsigned length) {
  return context != NULL && list != NULL && length > 0 ? 0 : 1;
}

int X509_NAME_add_entry_by_txt(void *name, const char *field, int type, const unsigned char *bytes,
                               int length, int place, int set) {
  return name != NULL && field != NULL && type > 0 && bytes != NULL && length < 1000 && place == -1 && set == 0;
}

struct parameter {
  const char *key;
  unsigned type;
  void *data;
  size_t size, returned;
};

struct parameter OSSL_PARAM_construct_utf8_string(const char *key, char *text, size_t size) {
  return (struct parameter){ .key = key, .type = 4, .data = text, .size = size };
}

int curl_easy_setopt(void *handle, int option, long value) {
  return handle != NULL && option > 0 && value >= 0 ? 0 : 1;
}
