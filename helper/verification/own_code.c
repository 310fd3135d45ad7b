/* SPDX-License-Identifier: BSD-2-Clause */
/* Locally generated codes, which the provider only carries. Where a provider
 * broker sends the message, its code is that broker's, and this one unused. */

#include "helper/verification/verification_inside.h"
#include <errno.h>
#include <sys/random.h>

/* The largest multiple of ten in a byte; higher values would make some digits
 * likelier. */
#define BYTE_LIMIT 250

int
own_code_make(unsigned digits, char *out)
{
	unsigned char byte;
	unsigned i = 0;

	while (i < digits && getrandom(&byte, sizeof(byte), 0) == 1)
		if (byte < BYTE_LIMIT)
			out[i++] = (char)('0' + byte % 10);
	explicit_bzero(&byte, sizeof(byte));
	if (i < digits)
		explicit_bzero(out, digits);
	out[i < digits ? 0 : digits] = '\0';
	return i < digits ? -1 : 0;
}

/* Without host.key none could be checked: a state broker looks for itself. */
int
own_code_new(struct verify *v)
{
	unsigned char key[HOST_KEY_LEN] = { 0 };

	v->own_code_of = false;
	if (!store_is_brokered(v->login->store) &&
	    store_read_host_key(v->login->env->conf, NULL, key) != 0)
		return -1;
	explicit_bzero(key, sizeof(key));
	if (v->x.p->code_length > PROVIDER_CODE_MAX ||
	    system_random_name(v->own_id) != 0 ||
	    own_code_make(v->x.p->code_length, v->x.ctx.code) != 0) {
		log_problem(
		    "no random code could be made: %s", strerror(errno));
		return -1;
	}
	v->own_id[0] = STORE_OWN_ID;
	return 0;
}

enum outcome
own_code_check(const struct verify *v, const char *code)
{
	const struct login *l = v->login;
	/* "" never matches */
	const bool fits = strlen(code) == v->x.p->code_length;
	const int right = store_own_code_check(
	    l->store, l->env->conf, l->user, &v->row, fits ? code : "");

	if (right < 0)
		log_problem("%s", store_cause(l->store));
	if (right < 0 || right == STORE_CODE_GONE)
		return OUTCOME_DENY;
	return right == 1 ? OUTCOME_OK : OUTCOME_WRONG;
}
