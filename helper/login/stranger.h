/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An unknown name at the prompt of a shared account: it is asked for a code
 * like one of the people, with prompts of the same shape and separate counts.
 * Nothing is sent, and no code is right.
 */
#ifndef TWOFA_STRANGER_H
#define TWOFA_STRANGER_H

#include "lib/settings/settings.h"
#include "lib/values/values.h"

#define STRANGER_MAC 32

/* The digest of a name at this account. It is made for every name, so that a
 * known one takes as long. 0, or -1 after a log line: host.key is missing. */
int stranger_mac(const struct settings *, const char *account, const char *name,
    unsigned char mac[STRANGER_MAC]);

/* Which person's prompts it gets; its name in the state. */
size_t stranger_like(const unsigned char mac[STRANGER_MAC], size_t people);
void stranger_hex(
    const unsigned char mac[STRANGER_MAC], char hex[PERSON_STRANGER_LEN + 1]);

/* Replace that person's own data in the record; its shape stays. */
void stranger_disguise(const struct settings *,
    const unsigned char mac[STRANGER_MAC], struct user_record *);

#endif
