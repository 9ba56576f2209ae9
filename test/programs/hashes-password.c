/* Hashes a password, and asks for the hash of none. */
#include "fixture.h"
#include <crypt.h>

int main(void) {
  struct crypt_data data = {0};
  const char *hash = crypt("correct horse", "$5$saltsalt");
  int good = hash != NULL && strncmp(hash, "$5$saltsalt$", 12) == 0;
  const char *again = crypt_r("battery staple", "$5$saltsalt", &data);
  int known = again != NULL && crypt_rn(NULL, again, &data, 1) == NULL;
  expect("crypt", 1);
  expect("crypt_r", 1);
  expect("crypt_rn", 1);
  return good && known ? 0 : 1;
}
