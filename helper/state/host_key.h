/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.key in state_dir: 32 random bytes, made once. Codes of our own are known
 * by an HMAC under it. So are, unless hosts share another key, numbers, an
 * app's secrets and codes; and a decoy's answers are drawn from it. latency.h
 * is the other small file there.
 */
#ifndef TWOFA_HOST_KEY_H
#define TWOFA_HOST_KEY_H

#include "helper/state/latency.h"

#define HOST_KEY_LEN 32

/*
 * Read dir/host.key, or make it (O_EXCL, link: two helpers at once agree).
 * 0, or -1 with errno: EPERM for a file of another owner or open to others,
 * EBADMSG for one that is not 32 bytes long, ELOOP for a symlink, EINVAL for
 * anything but a regular file, else of the system call. The caller wipes.
 */
int host_key_read(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* The same, but none is made: -1 with ENOENT where there is none. */
int host_key_look(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* What hosts that share a state must find alike is under the key that they
 * share: fleet, HOST_KEY_LEN bytes; NULL: there is none, and it is dir's, as of
 * host_key_read. */
int shared_key_read(const char *dir, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN]);

/* HMAC-SHA-256 of the name under the key. A library that cannot compute it
 * ends the process, which is a denial: there is no second-best answer. */
void host_key_hmac(const unsigned char key[HOST_KEY_LEN], const char *name,
    unsigned char out[32]);

#endif
