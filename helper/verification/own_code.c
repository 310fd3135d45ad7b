/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that we make and check ourselves, and codes that were used. */
#include "helper/verification/verification.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "helper/store/store.h"
#include "helper/verification/verification_inside.h"
#include "lib/provider_types/provider_types.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

/* The code and its verifier. */

#define CODE_MAX 10
/* The largest multiple of ten in a byte: using higher values would make some
 * digits likelier. */
#define BYTE_LIMIT 250

static int
digit(char *out)
{
	unsigned char byte;

	do {
		if (getrandom(&byte, sizeof(byte), 0) != 1)
			return -1;
	} while (byte >= BYTE_LIMIT);
	*out = (char)('0' + byte % 10);
	explicit_bzero(&byte, sizeof(byte));
	return 0;
}

int
own_code_make(unsigned digits, char *out)
{
	unsigned i;

	for (i = 0; i < digits; i++)
		if (digit(&out[i]) != 0) {
			explicit_bzero(out, digits);
			return -1;
		}
	out[digits] = '\0';
	return 0;
}

int
own_code_verifier(const unsigned char key[HOST_KEY_LEN], const char *user,
    const char *id, const char *code, unsigned char out[OWN_CODE_VERIFIER_LEN])
{
	/* "code" separates this from the decoys' use of the same key, which
	 * takes a bare name */
	char text[sizeof("code\n\n\n") + OWN_CODE_USER_MAX + RANDOM_NAME_LEN +
	    CODE_MAX];
	int n =
	    snprintf(text, sizeof(text), "code\n%s\n%s\n%s", user, id, code);
	int rc = -1;

	/* shortened texts of two codes could be equal */
	if (n >= 0 && (size_t)n < sizeof(text)) {
		host_key_hmac(key, text, out);
		rc = 0;
	}
	explicit_bzero(text, sizeof(text));
	return rc;
}

bool
own_code_equal(const unsigned char a[OWN_CODE_VERIFIER_LEN],
    const unsigned char b[OWN_CODE_VERIFIER_LEN])
{
	return CRYPTO_memcmp(a, b, OWN_CODE_VERIFIER_LEN) == 0;
}

/* A verification with our own code: the provider only carries the message. */

_Static_assert(STORE_VERIFIER_LEN == OWN_CODE_VERIFIER_LEN, "one verifier");

/* 0, or -1 after a log line. The caller wipes. */
static int
own_code_key_read(const struct verify *v, unsigned char key[HOST_KEY_LEN])
{
	const char *dir = v->login->env->conf->state_dir;

	if (host_key_read(dir, key) == 0)
		return 0;
	log_problem(
	    "%s/host.key cannot be read or made: %s; without it no code "
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
	log_problem("no random code could be made: %s", strerror(errno));
	return -1;
}

int
verify_own_make(struct verify *v)
{
	unsigned char key[HOST_KEY_LEN];
	int rc = -1;

	v->own_beside = false;
	if (v->x.p->code_length <= PROVIDER_CODE_MAX &&
	    own_code_key_read(v, key) == 0)
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
	v->own_id[RANDOM_NAME_LEN] = '\0';
	if (own_code_key_read(v, key) == 0)
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
		log_problem("%s", store_cause(l->store));
	/* 0: used or replaced after the try was counted */
	if (count > 0 && own_code_key_read(v, key) == 0)
		o = code_right(v, key, kept, count, code) ? OUTCOME_OK
							  : OUTCOME_WRONG;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(kept, sizeof(kept));
	return o;
}

/* How a used code of an app is stored. */

_Static_assert(STORE_OWNER_MAX > 32 + TWILIO_SID_LEN &&
	STORE_OWNER_MAX > 32 + AUTHY_ID_MAX,
    "an owner fits");

/* 0, or -1 after a log line. */
static int
own_code_read_key(const struct settings *conf, unsigned char key[HOST_KEY_LEN])
{
	errno = 0;
	if (host_key_shared(conf->state_dir, settings_fleet_key(conf), key) ==
	    0)
		return 0;
	log_problem("%s/host.key cannot be read or made: %s; it is a file "
		    "of 32 bytes, and like its folder twofa's own (0600, "
		    "0700): fix that, or remove it",
	    conf->state_dir, strerror(errno));
	return -1;
}

/* The digest's end identifies the key, because the same code has another digest
 * under another key. */
static void
own_code_mark(const unsigned char key[HOST_KEY_LEN],
    unsigned char digest[STORE_CODE_DIGEST])
{
	unsigned char name[STORE_CODE_DIGEST];

	host_key_hmac(key, "host.key", name);
	memcpy(digest + STORE_KEYED_DIGEST, name,
	    STORE_CODE_DIGEST - STORE_KEYED_DIGEST);
}

int
used_code_secret(const struct settings *conf, const struct secret *secret,
    unsigned char digest[STORE_CODE_DIGEST])
{
	unsigned char key[HOST_KEY_LEN];
	char text[SECRET_MAX + sizeof("totp:")];

	if (own_code_read_key(conf, key) != 0)
		return -1;
	snprintf(text, sizeof(text), "totp:%s", secret->b);
	host_key_hmac(key, text, digest);
	explicit_bzero(text, sizeof(text));
	own_code_mark(key, digest);
	explicit_bzero(key, sizeof(key));
	return 0;
}

int
used_code_name(const struct login *login, const struct provider_type *type,
    const char *code, struct store_code *out)
{
	const struct user_record *r = login->record;
	unsigned char key[HOST_KEY_LEN];
	char text[STORE_OWNER_MAX + 32];
	int known;

	out->seconds = USED_CODE_S;
	snprintf(out->owner, sizeof(out->owner), "%s:%s", type->name,
	    type->by_authy_id ? r->authy_id : r->totp_factor);
	snprintf(text, sizeof(text), "app:%s:%s", out->owner, code);
	known = own_code_read_key(login->env->conf, key);
	if (known == 0) {
		host_key_hmac(key, text, out->digest);
		own_code_mark(key, out->digest);
	}
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return known;
}
