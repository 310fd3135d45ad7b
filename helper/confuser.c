/* SPDX-License-Identifier: BSD-2-Clause */
/* A user's record: users_dir/NAME.conf. */
#include "helper/confkeys.h"

#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "helper/confdoc.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define NAME_LEN 64

bool
user_name_valid(const char *name)
{
	size_t len = strspn(name, LETTERS DIGITS "_.@\\-");

	return len >= 1 && len <= NAME_LEN && name[len] == '\0' &&
	    strchr(".@\\-", name[0]) == NULL;
}

void
conf_read_phone(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct user_record *r = field;
	const char *phone = conf_text(scope, e, s);

	if (phone == NULL)
		return;
	if (!phone_valid(phone)) /* not shown: no number in the log */
		conf_wrong(scope, e, s, "is not an E.164 number");
	else
		snprintf(r->phone, sizeof(r->phone), "%s", phone);
}

static void
add_channel(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, struct user_record *r)
{
	static const unsigned allowed = METHOD_BIT(METHOD_SMS) |
	    METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_WHATSAPP) |
	    METHOD_BIT(METHOD_EMAIL);
	const char *name = conf_text(scope, e, s);
	enum method m;

	if (name == NULL)
		return;
	m = method_of_name(name);
	if ((allowed & METHOD_BIT(m)) == 0) {
		conf_wrong(scope, e, s, "\"%.40s\" is no channel", name);
		return;
	}
	for (size_t i = 0; i < r->channels; i++) {
		if (r->channel[i] == m) {
			conf_wrong(scope, e, s, "\"%s\" stands twice", name);
			return;
		}
	}
	r->channel[r->channels++] = m;
}

void
conf_read_channels(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct user_record *r = field;
	size_t n = s != NULL ? conf_list_len(scope, e, s) : 0;

	for (size_t i = 0; i < n; i++)
		add_channel(
		    scope, e, config_setting_get_elem(s, (unsigned)i), r);
	if (s == NULL)
		r->channel[r->channels++] = METHOD_SMS;
}

void
conf_read_preferred(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct user_record *r = field;
	const char *name = s != NULL ? conf_text(scope, e, s) : NULL;

	if (name == NULL)
		return;
	if (config_provider(scope->config, name) == NULL)
		conf_wrong(scope, e, s, "\"%s\" is not in twofa.conf", name);
	else
		snprintf(r->provider, sizeof(r->provider), "%s", name);
}

enum user_result
config_user(const struct config *c, const char *name, uid_t owner,
    struct user_record *r, const struct config_report *report)
{
	char path[CONFFILE_PATH_MAX + NAME_LEN + sizeof("/.conf")];
	struct conf_scope scope = {
		.file = path, .owner = owner, .report = report, .config = c
	};
	const struct conf_entry *entry;
	enum conffile_result result;
	config_t doc;
	size_t n;

	memset(r, 0, sizeof(*r));
	if (!user_name_valid(name))
		return USER_ERROR;
	snprintf(path, sizeof(path), "%s/%s.conf", c->users_dir, name);
	result = confdoc_read(&scope, CONFFILE_USER, &doc);
	if (result != CONFFILE_OK)
		return result == CONFFILE_ABSENT ? USER_ABSENT : USER_ERROR;
	conf_known(&scope, config_root_setting(&doc), CONF_USER, NULL);
	entry = conf_section(CONF_USER, &n);
	conf_group_read(&scope, entry, n, config_root_setting(&doc), r);
	config_destroy(&doc);
	if (scope.errors == 0)
		return USER_FOUND;
	memset(r, 0, sizeof(*r)); /* half a record is none */
	return USER_ERROR;
}
