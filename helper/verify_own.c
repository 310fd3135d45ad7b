/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification whose code is our own: the provider carries the message. */
#include "helper/verify.h"

#include <errno.h>
#include <string.h>

#include "helper/log.h"
#include "helper/owncode.h"
#include "helper/statedir.h"

_Static_assert(STORE_VERIFIER_LEN == OWNCODE_VERIFIER_LEN, "one verifier");

/* 0, or -1 after a log line. The caller wipes. */
static int
key_read(const struct verify *v, unsigned char key[HOSTKEY_LEN])
{
	char dir[STATEDIR_MAX];

	if (statedir_of(v->env->conf->state, dir) == 0 &&
	    hostkey_read(dir, key) == 0)
		return 0;
	log_mend("host.key beside %s cannot be read or made: %s; without it no "
		 "code of our own can be checked: it is a file of 32 bytes, "
		 "and like its folder twofa's own (0600, 0700)",
	    v->env->conf->state, strerror(errno));
	return -1;
}

static int
make_with(struct verify *v, const unsigned char key[HOSTKEY_LEN])
{
	if (nonce_make(v->own_id) == 0 &&
	    owncode_make(v->x.p->code_length, v->x.ctx.code) == 0 &&
	    owncode_verifier(
		key, v->user, v->own_id, v->x.ctx.code, v->own_verifier) == 0)
		return 0;
	log_mend("no random code could be made: %s", strerror(errno));
	return -1;
}

int
verify_own_make(struct verify *v)
{
	unsigned char key[HOSTKEY_LEN];
	int rc = -1;

	if (v->x.p->code_length <= PROVIDER_CODE_MAX && key_read(v, key) == 0)
		rc = make_with(v, key);
	explicit_bzero(key, sizeof(key));
	return rc;
}

int
verify_own_keep(struct verify *v)
{
	return store_verifier_put(
	    v->store, v->row.id, v->env->number, v->own_verifier);
}

void
verify_own_wipe(struct verify *v)
{
	explicit_bzero(v->x.ctx.code, sizeof(v->x.ctx.code));
	explicit_bzero(v->own_verifier, sizeof(v->own_verifier));
}

static bool
code_right(const struct verify *v, const unsigned char key[HOSTKEY_LEN],
    const unsigned char kept[STORE_VERIFIER_LEN], const char *code)
{
	unsigned char typed[STORE_VERIFIER_LEN];
	bool right;

	right = strlen(code) == v->x.p->code_length &&
	    owncode_verifier(key, v->user, v->row.request_id, code, typed) ==
		0 &&
	    owncode_equal(typed, kept);
	explicit_bzero(typed, sizeof(typed));
	return right;
}

/* Counted already, and not expired. DENY: nothing to compare it with. */
enum outcome
verify_own_check(const struct verify *v, const char *code)
{
	unsigned char key[HOSTKEY_LEN], kept[STORE_VERIFIER_LEN];
	enum outcome o = OUTCOME_DENY;

	switch (
	    store_verifier_get(v->store, v->row.id, v->row.request_id, kept)) {
	case 1:
		if (key_read(v, key) != 0)
			break;
		o = code_right(v, key, kept, code) ? OUTCOME_OK : OUTCOME_WRONG;
		break;
	case 0: /* used or replaced since the try was counted */
		break;
	default:
		log_mend("%s", store_cause(v->store));
		break;
	}
	explicit_bzero(key, sizeof(key));
	explicit_bzero(kept, sizeof(kept));
	return o;
}
