/* Gives texts with their lengths to functions: what follows in memory is nobody's business. */
#define _GNU_SOURCE
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uchar.h>
#include <unistd.h>
#include <wchar.h>

int X509_VERIFY_PARAM_set1_host(void *, const char *, size_t);
int sqlite3_bind_text(void *, int, const char *, int, void *);
int SSL_CTX_set_alpn_protos(void *, const unsigned char *, unsigned);
int X509_NAME_add_entry_by_txt(void *, const char *, int, const void *, int, int, int);
int curl_easy_setopt(void *, int, long);

/* One page of text without any end. */
static char text[32] = "shownHIDDEN";
static wchar_t wide[32] = L"shownHIDDEN";

struct parameter {
  const char *key;
  unsigned type;
  void *data;
  size_t size, returned;
};
struct parameter OSSL_PARAM_construct_utf8_string(const char *, char *, size_t);

/* Of an address counts what its length says. Nothing is connected: the descriptor is none. */
static void passAddresses(void) {
  static struct sockaddr_un path = { AF_UNIX, "/shownHIDDEN" }, name = { AF_UNIX, "\0shownHIDDEN" };
  connect(-1, (struct sockaddr *)&path, 2 + 6);
  bind(-1, (struct sockaddr *)&path, 2);
  sendto(-1, "", 0, 0, (struct sockaddr *)&name, 2 + 6);
  connect(-1, (struct sockaddr *)&path, sizeof path);
  struct sockaddr_un own = { AF_UNIX, "" };
  socklen_t length = 2 + 6;
  int plain = socket(AF_UNIX, SOCK_DGRAM, 0);
  getsockname(plain, (struct sockaddr *)&own, &length);
  close(plain);
}

int main(void) {
  passAddresses();
  void *some = text;
  struct re_pattern_buffer pattern;
  memset(&pattern, 0, sizeof pattern);
  re_compile_pattern(text, 5, &pattern);
  regfree((regex_t *)&pattern);
  char16_t unit;
  mbstate_t state;
  memset(&state, 0, sizeof state);
  mbrtoc16(&unit, text, 5, &state);
  volatile int result = wcsncmp(wide, L"shown", 5);
  result = wcsncmp(wide, L"short", 1000);
  X509_VERIFY_PARAM_set1_host(some, text, 5);
  X509_VERIFY_PARAM_set1_host(some, "to its end", 0);
  sqlite3_bind_text(some, 1, text, 5, NULL);
  sqlite3_bind_text(some, 2, "to its end", -1, NULL);
  SSL_CTX_set_alpn_protos(some, (const unsigned char *)"\x02h2\x08http/1.1HIDDEN", 12);
  SSL_CTX_set_alpn_protos(some, (const unsigned char *)"\x05h2", 3);
  X509_NAME_add_entry_by_txt(some, "CN", 0x1001, text, 5, -1, 0);
  X509_NAME_add_entry_by_txt(some, "CN", 0x1001, "to its end", -1, -1, 0);
  OSSL_PARAM_construct_utf8_string("digest", text, 5);
  OSSL_PARAM_construct_utf8_string("digest", "to its end", 0);
  curl_easy_setopt(some, 32, 6 | (7L << 16));
  curl_easy_setopt(some, 84, 4);
  curl_easy_setopt(some, 10002, (long)"https://bob:hunter2@localhost/");
  curl_easy_setopt(some, 10004, (long)"bob:hunter2@localhost:3128");
  /* The end of a file is no failure; to read what cannot be read is one. */
  char *line = NULL;
  size_t size = 0;
  FILE *nothing = fopen("/dev/null", "r");
  FILE *writable = fopen("/dev/null", "w");
  if (nothing == NULL || writable == NULL) return 1;
  result = (int)getline(&line, &size, nothing);
  result = (int)getdelim(&line, &size, ';', writable);
  fclose(nothing);
  fclose(writable);
  free(line);
  return result == -1 ? 0 : 1;
}
