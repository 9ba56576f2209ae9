/* One function behind many macros, as OpenSSL's SSL_CTX_ctrl: the prototypes in device.conf say under which name. */

int device_ctrl(int command, int value) { return command * 100 + value; }

/* A call from inside the library, through its own PLT. */
int device_reset(int value) { return device_ctrl(3, value); }
