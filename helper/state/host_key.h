/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.key in state_dir: 32 random bytes, made once. It keys the HMAC of our
 * own codes, and a decoy's answers. Unless hosts share another key, it also
 * keys the HMAC of numbers and of apps' secrets and codes. latency.h has the
 * other small file there.
 */
#ifndef TWOFA_HOST_KEY_H
#define TWOFA_HOST_KEY_H

#include "helper/state/latency.h"

#define HOST_KEY_LEN 32

/*
 * Read dir/host.key, or make it (with O_EXCL and link, so that two helpers
 * agree). 0, or -1 with errno: EPERM for a file of another owner or open to
 * others, EBADMSG for one that is not 32 bytes long, ELOOP for a symlink,
 * EINVAL for anything but a regular file, else the system call's. The caller
 * wipes.
 */
int host_key_read(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* The same without making one: -1 with ENOENT when there is none. */
int host_key_look(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* The key for what hosts with a common state must all find: fleet, HOST_KEY_LEN
 * bytes, if they share one; NULL: dir's own, by host_key_read. */
int shared_key_read(const char *dir, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN]);

/* HMAC-SHA-256 of the name with the key. If the library cannot compute it, the
 * process ends and the login is denied. */
void host_key_hmac(const unsigned char key[HOST_KEY_LEN], const char *name,
    unsigned char out[32]);

/* How a state keeps what it must not show. _text: the name's HMAC in
 * hexadecimal. _number: that of the number's SHA-256 in hexadecimal, which was
 * stored before version 8. 0, or -1: libcrypto has no SHA-256. */
#define HOST_KEY_TEXT 65
void host_key_text(const unsigned char key[HOST_KEY_LEN], const char *name,
    char out[HOST_KEY_TEXT]);
int host_key_number(const unsigned char key[HOST_KEY_LEN], const char *number,
    char out[HOST_KEY_TEXT]);

#endif
