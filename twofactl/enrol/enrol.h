/* SPDX-License-Identifier: BSD-2-Clause */
/* Enrols users, one or many, changes and removes them, and helps those who lost
 * a phone. */
#ifndef TWOFA_ENROL_H
#define TWOFA_ENROL_H

#include "twofactl/records/records.h"

/* enrol.c: proves that codes reach a user, before the record (its text) is
 * used. The first of its channels that can deliver sends the code, to the phone
 * or "" for the first, to be typed at the terminal. Messages count against the
 * limits. Returns CTL_DONE if proven, CTL_NO if not, as the prompts said, else
 * another status after reporting. */
enum ctl_exit enrol_prove_delivery(const struct run *, const struct target *,
    const char *record, const char *phone);

/* Asks for a code by a dialogue of the helper about these facts, of which it
 * sets what a prompt needs. Returns as client_request(). */
enum ctl_exit enrol_ask_code(
    const struct run *, struct facts *, struct client_request);

/* recovery_codes.c: recovery codes of an owner (values.h), made by the helper;
 * local: break-glass codes of this host. */

struct new_codes {
	int64_t left; /* number before; -1 if unknown */
	unsigned count;
	int64_t number; /* by which a new bypass code can be ended */
	char code[RECOVERY_MAX][RECOVERY_LEN + 1];
};

#define RECOVERY_CODES_COUNT UINT_MAX /* for count: sets left alone */

/* Replaces the present codes by count new ones, 0 for none. Returns CTL_DONE,
 * or another status after reporting. The caller wipes. */
enum ctl_exit recovery_codes_make(const struct run *, const char *owner,
    bool local, unsigned count, struct new_codes *);

/* typed_key.c: a typed key is its fingerprint, or a file from ssh-keygen with a
 * key (id_ed25519.pub) or a certificate (id_ed25519-cert.pub). Of a certificate
 * its id and the key that signed it are set. Returns 0, or -1 after reporting
 * the problem of that option's value. */
int typed_key_read(
    struct ssh_identity *, const char *option, const char *typed);

#endif
