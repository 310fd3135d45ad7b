/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * People enrolled, one or many, changed and removed; help for who lost a
 * phone.
 */
#ifndef TWOFA_ENROL_H
#define TWOFA_ENROL_H

#include "twofactl/records/records.h"

/* Proof that codes reach a person, before the record is used: its text for the
 * target, from records.h. The first of its channels that can deliver sends the
 * code, which is asked for at the terminal. Messages count in the limits.
 * CTL_DONE: proven. CTL_NO: not proven; the prompts said so. Else after
 * complaining. */
enum ctl_exit enrol_proof(
    const struct run *, const struct target *, const char *record);

/*
 * Reads phone numbers as people and spreadsheets write them, into E.164. A text
 * with two possible meanings is refused, because a wrong number locks a user
 * out. Pure.
 */

/* "+44 (0)20 7946-0000", "0044 20...", or with country "44" also "020 ...".
 * country: a calling code without plus; NULL none. out: a valid number by
 * phone_is_valid. NULL, or what is wrong, to follow "the number ", and out is
 * "". */
const char *typed_number_read(
    const char *typed, const char *country, char out[PHONE_MAX + 1]);

/* What is wrong with a number in national form, without a country. */
extern const char typed_number_no_country[];

/* Is it a calling code: 1 to 3 digits that are not the start of another one? */
int typed_number_country_check(const char *country); /* 0, or -1 */

/*
 * A typed key: its fingerprint, or a file from ssh-keygen with a key
 * (id_ed25519.pub) or a certificate (id_ed25519-cert.pub).
 */

/* 0; for a certificate, its id and the key that signed it are set. -1 after
 * complaining about that option's value. */
int typed_key_read(
    struct ssh_identity *, const char *option, const char *typed);

/* Recovery codes of an owner (values.h), made by the helper; local: break-glass
 * codes of this host. */

struct new_codes {
	int64_t left; /* number before; -1 unknown */
	unsigned count;
	char code[RECOVERY_MAX][RECOVERY_LEN + 1];
};

/* The number of codes. CTL_DONE, or after complaining. */
enum ctl_exit recovery_codes_left(
    const struct run *, const char *owner, bool local, int64_t *left);

/* Replace the present codes by this many new ones, 0 for none. CTL_DONE, or
 * after complaining. The caller wipes. */
enum ctl_exit recovery_codes_make(const struct run *, const char *owner,
    bool local, unsigned count, struct new_codes *);

#endif
