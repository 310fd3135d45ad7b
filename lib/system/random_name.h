/* SPDX-License-Identifier: BSD-2-Clause */
/* A random name that cannot be guessed: 128 bits in lower-case hex. */
#ifndef TWOFA_RANDOM_NAME_H
#define TWOFA_RANDOM_NAME_H

#define NONCE_LEN 32

/* 0, or -1 with errno when the kernel has no random bytes. */
int random_name(char out[NONCE_LEN + 1]);

#endif
