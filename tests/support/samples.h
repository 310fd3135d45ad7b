/* SPDX-License-Identifier: BSD-2-Clause */
/* The account, user and verification that a type's recorded replies are of. */
#ifndef TWOFA_TESTS_SAMPLES_H
#define TWOFA_TESTS_SAMPLES_H

#include <stdbool.h>

#include "helper/providers/providers.h"

#define SAMPLE_PHONE "+447700900000"
#define SAMPLE_RECEIVER "alice-7Yk2m"
#define SAMPLE_EMAIL "alice@example.org"
#define SAMPLE_IDENTITY "ff483d1ff591898a9942916050d2ca3f"
#define SAMPLE_FACTOR "YF03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SAMPLE_AUTHY_ID "1234567"
#define SAMPLE_SETTINGS 6
#define SAMPLE_STATUSES 2

/*
 * One file tests/providers/TYPE for each provider type. A line is a word and
 * what belongs to it; "#" begins a comment. Read here:
 *
 *   id ID, method NAME, start STATUS [STATUS], check STATUS [STATUS], idless,
 *   loose             as in struct sample
 *   set KEY VALUE     a key of twofa.conf; a secret's value is the secret
 *                     itself, but for a private key, which is made for the
 *                     run
 *
 * and by tests/e2e/rig/vendors.py, for types that send codes:
 *
 *   again CALL...     what a login asks for in which one more message is
 *                     wanted, by the simulator's names of endpoints, in their
 *                     order. Each type that sends codes has it; those tests
 *                     take no other type
 *   document FILE     the vendor's own (CONTRIBUTING says where it lies)
 *   channels NAME...  those of that document
 *   contract KEY VALUE  a key that these channels need beside those above
 */
struct sample {
	const char *type;
	const char *id;     /* of our verification; NULL: none */
	enum method method; /* where a row names none */
	/* HTTP statuses that a start and an accepting check or poll may have;
	 * any other is never OK */
	long start_status[SAMPLE_STATUSES];
	long check_status[SAMPLE_STATUSES];
	bool idless; /* a check's reply does not name the verification */
	/* any 2xx is a yes, with a text anywhere in its body, cut or not */
	bool loose;
	/* the type's own keys; a secret's value is the secret itself */
	struct {
		const char *key, *value;
	} setting[SAMPLE_SETTINGS];
};

/* The nth, NULL at the end. */
const struct sample *sample_nth(unsigned n);
const struct sample *sample_of_type(const char *type);

/* Settings as settings_load would leave them: code_length and expiry as of the
 * type, its keys from the sample, absent numbers at their default. */
void sample_conf(const struct sample *, struct provider_conf *);
/* A running verification under these settings; every text is set. */
void sample_ctx(
    const struct sample *, const struct provider_conf *, struct provider_ctx *);
/* Both for a type, whose table entry it returns. */
const struct provider_ops *sample_fill(
    const char *type, struct provider_conf *, struct provider_ctx *);
/* What a server replied. */
void sample_reply(struct http_reply *, long status, const char *body);

/* The type's own key of this name. Fails the test when there is none. */
const struct setting_key *sample_key(
    const struct provider_ops *, const char *name);

#endif
