/* SPDX-License-Identifier: BSD-2-Clause */
/* The digests under which used app codes are stored. */
#include "helper/providers/providers.h"

_Static_assert(STORE_OWNER_MAX > 32 + TWILIO_SID_LEN &&
	STORE_OWNER_MAX > 32 + AUTHY_ID_MAX &&
	STORE_OWNER_MAX > 32 + USER_SUBJECT_ID_MAX,
    "an owner fits");

int
provider_used_code_make(struct store *s, const struct settings *conf,
    const struct user_record *r, const struct provider_conf *p,
    const char *code, struct store_code *out)
{
	char text[STORE_OWNER_MAX + 32], id[USER_SUBJECT_ID_MAX + 1];
	int known;

	*out = (struct store_code){
		.seconds = STORE_CODE_USED_S, .typed = code, .provider = p->name
	};
	if (store_is_brokered(s))
		return 0;
	user_subject_id(reach_account(r, p), id);
	PRINT_TO(out->owner, "%s:%s", p->type->name,
	    p->type->by_authy_id           ? r->authy_id
		: p->type->account != NULL ? id
					   : r->totp_factor);
	PRINT_TO(text, "%s:%s", out->owner, code);
	known = store_mac(conf, STORE_MAC_APP_CODE, text, out->digest);
	explicit_bzero(text, sizeof(text));
	return known;
}
