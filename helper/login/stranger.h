/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody whose name at the prompt of an account is nobody's: asked on like
 * one of its people, with prompts of the same shape and counts of his own.
 * Nothing is sent, and no code is right.
 */
#ifndef TWOFA_STRANGER_H
#define TWOFA_STRANGER_H

#include "lib/identity/person_name.h"
#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

#define STRANGER_MAC 32

/* What a name at this account stands for; asked of every name, so that one that
 * is somebody's takes as long. 0, or -1 after a log line: host.key cannot be
 * had. */
int stranger_mac(const struct settings *, const char *account, const char *name,
    unsigned char mac[STRANGER_MAC]);

/* Which of so many people the prompts are like; how the state calls him. */
size_t stranger_like(const unsigned char mac[STRANGER_MAC], size_t people);
void stranger_hex(
    const unsigned char mac[STRANGER_MAC], char hex[PERSON_STRANGER_LEN + 1]);

/* Take from that one's record what is his, and leave its shape. */
void stranger_disguise(const struct settings *,
    const unsigned char mac[STRANGER_MAC], struct user_record *);

#endif
