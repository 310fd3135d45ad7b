/* SPDX-License-Identifier: BSD-2-Clause */
/* A private key that settings name. */
#ifndef TWOFA_RSA_KEY_H
#define TWOFA_RSA_KEY_H

#include "lib/system/trusted_file.h"

/* Read a file that is fit for a secret (trusted_file.h) and holds an RSA key
 * (rsakey.h). 0, or -1 with cause; pem is empty then. The caller wipes. */
int pem_read(const char *path, uid_t owner, struct pem *pem,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

#endif
