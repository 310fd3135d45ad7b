/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification with our own code: the provider only carries the message. */
#include "helper/verification/verify.h"

#include <errno.h>
#include <string.h>

#include "helper/verification/own_code.h"
#include "lib/system/system.h"

_Static_assert(STORE_VERIFIER_LEN == OWN_CODE_VERIFIER_LEN, "one verifier");

/* 0, or -1 after a log line. The caller wipes. */
static int
key_read(const struct verify *v, unsigned char key[HOST_KEY_LEN])
{
	const char *dir = v->login->env->conf->state_dir;

	if (host_key_read(dir, key) == 0)
		return 0;
	log_mend("%s/host.key cannot be read or made: %s; without it no code "
		 "of our own can be checked: it is a file of 32 bytes, and "
		 "like its folder twofa's own (0600, 0700)",
	    dir, strerror(errno));
	return -1;
}

static int
make_with(struct verify *v, const unsigned char key[HOST_KEY_LEN])
{
	if (random_name(v->own_id) == 0 &&
	    own_code_make(v->x.p->code_length, v->x.ctx.code) == 0 &&
	    own_code_verifier(key, v->login->user, v->own_id, v->x.ctx.code,
		v->own_verifier) == 0)
		return 0;
	log_mend("no random code could be made: %s", strerror(errno));
	return -1;
}

int
verify_own_make(struct verify *v)
{
	unsigned char key[HOST_KEY_LEN];
	int rc = -1;

	v->own_beside = false;
	if (v->x.p->code_length <= PROVIDER_CODE_MAX && key_read(v, key) == 0)
		rc = make_with(v, key);
	explicit_bzero(key, sizeof(key));
	return rc;
}

int
verify_own_beside(struct verify *v)
{
	unsigned char key[HOST_KEY_LEN];
	int rc = -1;

	memcpy(v->own_id, v->row.request_id, sizeof(v->own_id));
	v->own_id[NONCE_LEN] = '\0';
	if (key_read(v, key) == 0)
		rc = own_code_verifier(key, v->login->user, v->own_id,
		    v->x.ctx.code, v->own_verifier);
	explicit_bzero(key, sizeof(key));
	v->own_beside = rc == 0;
	return rc;
}

void
verify_own_wipe(struct verify *v)
{
	explicit_bzero(v->x.ctx.code, sizeof(v->x.ctx.code));
	explicit_bzero(v->own_verifier, sizeof(v->own_verifier));
}

static bool
code_right(const struct verify *v, const unsigned char key[HOST_KEY_LEN],
    const unsigned char kept[STORE_VERIFIERS][STORE_VERIFIER_LEN], int count,
    const char *code)
{
	unsigned char typed[STORE_VERIFIER_LEN];
	bool right = false;

	if (strlen(code) != v->x.p->code_length ||
	    own_code_verifier(
		key, v->login->user, v->row.request_id, code, typed) != 0)
		return false;
	for (int i = 0; i < count; i++)
		right = own_code_equal(typed, kept[i]) || right;
	explicit_bzero(typed, sizeof(typed));
	return right;
}

/* The try is counted and the code has not expired. DENY: there is nothing to
 * compare with. */
enum outcome
verify_own_check(const struct verify *v, const char *code)
{
	const struct login *l = v->login;
	unsigned char key[HOST_KEY_LEN];
	unsigned char kept[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	enum outcome o = OUTCOME_DENY;
	int count =
	    store_verifier_get(l->store, v->row.id, v->row.request_id, kept);

	if (count < 0)
		log_mend("%s", store_cause(l->store));
	/* 0: used or replaced after the try was counted */
	if (count > 0 && key_read(v, key) == 0)
		o = code_right(v, key, kept, count, code) ? OUTCOME_OK
							  : OUTCOME_WRONG;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(kept, sizeof(kept));
	return o;
}
