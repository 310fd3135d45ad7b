/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounts that a user has at identity providers: the key accounts of a
 * user's record. */
#include "lib/settings/settings.h"

#include <libconfig.h>

#include "lib/settings/settings_inside.h"

bool
user_subject_is_valid(const char *subject)
{
	const size_t len = strnlen(subject, USER_SUBJECT_MAX + 1);

	for (size_t i = 0; i < len; i++)
		if (subject[i] < '!' || subject[i] > '~' ||
		    strchr("\"\\", subject[i]) != NULL)
			return false;
	return len > 0 && len <= USER_SUBJECT_MAX;
}

/* clang-format off */
static const struct setting_entry accounts_entries[] = {
	{ "provider", setting_read_copy,
	    SETTING_AT(user_subject, provider), .required = true, .min = 1,
	    .max = SETTINGS_NAME_MAX,
	    .charset = SETTING_UPPER SETTING_LOWER SETTING_DIGITS "_-",
	    .allowed = "the name of a provider in twofa.conf" },
	{ "issuer", setting_read_copy, SETTING_AT(user_subject, issuer),
	    .required = true, .min = 1, .max = SETTING_TEXT_MAX,
	    .allowed = "the base_url of that provider" },
	{ "sub", setting_read_copy, SETTING_AT(user_subject, sub),
	    .required = true, .min = 1, .max = USER_SUBJECT_MAX,
	    .valid = user_subject_is_valid,
	    .allowed = "1 to 255 bytes of printable ASCII without blanks, "
	    "quotes and backslashes" },
};

/* clang-format on */
const struct setting_section user_account_keys =
    SETTING_SECTION(accounts_entries, NULL);

void
user_accounts_read(const struct setting *v, void *field)
{
	struct user_record *r = field;
	const bool none = v->s == NULL ||
	    (config_setting_is_list(v->s) == CONFIG_TRUE &&
		config_setting_length(v->s) == 0);
	const size_t n =
	    none ? 0 : setting_list_len(v, USER_SUBJECTS_MAX, "accounts");

	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);
		struct user_subject subject = { "", "", "" };
		size_t same = 0;

		if (!setting_is_group(&one))
			continue;
		(void)setting_section_read(&one, &subject);
		while (same < r->subjects &&
		    strcmp(r->subject[same].provider, subject.provider) != 0)
			same++;
		if (same < r->subjects)
			setting_reject(&one, "has two accounts at \"%.32s\"",
			    subject.provider);
		else
			r->subject[r->subjects++] = subject;
	}
}
