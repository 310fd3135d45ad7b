/* SPDX-License-Identifier: BSD-2-Clause */
/* The people who share an account: the key people of a user's file. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>

struct people_reader {
	struct setting_scope scope;
	const config_setting_t *root;
	struct user_people *people;
	struct user_record account; /* only "enabled" is used */
	struct user_person *who;    /* the person to find, or NULL */
	struct user_record *record;
	bool found;
	bool outage; /* another user's record is temporarily unreadable */
};

/* clang-format off */
#define FINGERPRINT                                                            \
	.min = 1, .max = SSH_FINGERPRINT_LEN,                                  \
	    .valid = ssh_fingerprint_is_valid,                                 \
	    .allowed = "a fingerprint as ssh-keygen -l prints it: SHA256: "    \
	    "and 43 characters"
static const struct setting_entry user_people_entries[] = {
	{ "name", setting_read_copy, SETTING_AT(user_person, name),
	    .required = true, .min = 1, .max = USER_NAME_MAX,
	    .valid = user_name_is_valid,
	    .allowed = "a valid user name that no other person has" },
	{ "key", setting_read_copy, SETTING_AT(user_person, key),
	    FINGERPRINT },
	{ "cert_id", setting_read_copy, SETTING_AT(user_person, cert_id),
	    .min = 1, .max = SSH_CERT_ID_MAX, .valid = ssh_cert_id_is_valid,
	    .allowed = "1 to 255 bytes of printable ASCII without blanks" },
	{ "ca", setting_read_copy, SETTING_AT(user_person, ca),
	    FINGERPRINT },
	{ "user", setting_read_copy, SETTING_AT(user_person, user),
	    .min = 1, .max = USER_NAME_MAX, .valid = user_name_is_valid,
	    .allowed = "the name of a user who has a file" },
};

/* clang-format on */
/* Of the account, or of a person with a user's factors. */
static const struct setting_entry enabled_key =
    SETTING_BOOL("enabled", user_record, enabled, "true");

const struct setting_section user_person_keys =
    SETTING_SECTION(user_people_entries, &user_record_keys);

static const struct setting_entry user_people_key[] = {
	{ "people", NULL, /* read_people reads it */
	    .inside = &user_person_keys,
	    .allowed = "a list of 1 to 50 groups" },
};

const struct setting_section user_people_keys =
    SETTING_SECTION(user_people_key, &user_record_keys);

static void
report_duplicate(struct people_reader *r, const config_setting_t *group,
    const char *key, const char *value)
{
	setting_error_at(&r->scope, group, key,
	    "\"%s\" belongs to another person as well; expected each once",
	    value);
}

static bool
is_match(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

/* Compares the person with those before. */
static void
check_once(struct people_reader *r, const config_setting_t *group,
    const struct user_person *p)
{
	for (const struct user_person *o = r->people->person; o < p; o++) {
		if (is_match(p->name, o->name))
			report_duplicate(r, group, "name", p->name);
		if (is_match(p->key, o->key))
			report_duplicate(r, group, "key", p->key);
		if (is_match(p->cert_id, o->cert_id) && is_match(p->ca, o->ca))
			report_duplicate(r, group, "cert_id", p->cert_id);
	}
}

/* Refuses keys that have no effect in a group with "people" or "user": all but
 * the allowed ones. */
static void
refuse_other_keys(struct setting_scope *scope, const config_setting_t *group,
    const char *allowed, const char *with, const char *where)
{
	for (size_t i = 0; i < user_record_keys.n; i++) {
		const char *key = user_record_keys.entry[i].key;

		if (!text_has_word(allowed, key) &&
		    config_setting_get_member(group, key) != NULL)
			setting_error_at(scope, group, key,
			    "has no effect together with %s; expected %s", with,
			    where);
	}
}

/* A record whose user has left is read like none. */
static void
refuse_absent(
    struct people_reader *r, const config_setting_t *group, const char *user)
{
	const struct settings *conf = r->scope.settings;

	if (user_account_is_other(conf))
		setting_error_at(&r->scope, group, "user",
		    "\"%s\" has left; take this person out of people", user);
	else
		setting_error_at(&r->scope, group, "user",
		    "\"%s\" has no file; run: %s", user,
		    settings_enrol_command(conf, user));
}

/* Reads the record of the user p->user into own, which has the person's own
 * "enabled". */
static void
read_user_record(struct people_reader *r, const config_setting_t *group,
    const struct user_person *p, struct user_record *own)
{
	const struct setting_scope *s = &r->scope;
	unsigned char both[2 * SETTINGS_DIGEST_LEN];
	const bool enabled = own->enabled;
	const enum user_result found =
	    user_record_read(s->settings, p->user, own, s->report);

	if (found == USER_ABSENT)
		refuse_absent(r, group, p->user);
	else if (found != USER_FOUND)
		setting_error_at(&r->scope, group, "user",
		    found == USER_PEOPLE
			? "\"%s\" is itself shared by people; expected a user "
			  "with one record"
			: "the file of \"%s\" is wrong; correct it first",
		    p->user);
	r->outage |= found == USER_OUTAGE;
	if (found != USER_FOUND)
		return;
	own->enabled = own->enabled && enabled;
	memcpy(both, r->record->digest, SETTINGS_DIGEST_LEN);
	memcpy(both + SETTINGS_DIGEST_LEN, own->digest, SETTINGS_DIGEST_LEN);
	if (!sha256_of(both, sizeof(both), r->record->digest))
		settings_error(&r->scope, 0, "user", "out of memory");
}

/* Keeps the digest of this file, with that of the other user's file if any. */
static void
keep_record(struct people_reader *r, const struct user_person *p,
    struct user_record *own)
{
	memcpy(own->digest, r->record->digest, SETTINGS_DIGEST_LEN);
	user_apps_digest(&r->scope, own);
	own->enabled = own->enabled && r->account.enabled;
	*r->record = *own;
	*r->who = *p;
	r->found = true;
}

static void
read_person_record(struct people_reader *r, const config_setting_t *group,
    const struct user_person *p)
{
	struct user_record own = { .enabled = true };
	char owner_name[OWNER_MAX + 1];
	char user[sizeof(" --person ") + (size_t)2 * USER_NAME_MAX];
	const bool wanted = r->who != NULL && is_match(p->name, r->who->name);
	struct setting_scope *s = &r->scope;
	const char *account = s->user;

	PRINT_TO(user, "%s --person %s", account, p->name);
	owner_write(owner_name, account, p->name);
	s->user = user;
	s->owner_name = owner_name;
	s->no_secrets = !wanted;
	if (p->user[0] == '\0') {
		user_record_read_group(s, group, &own);
		if (own.sk_keys[0] != '\0')
			setting_error_at(s, group, "sk_keys",
			    "is not for one of several people");
		if (own.uid >= 0 || own.left)
			setting_error_at(s, group, "uid",
			    "is the account's; expected it beside people");
	} else {
		refuse_other_keys(
		    s, group, "enabled", "user", "in that user's own file");
		setting_group_read(s, &enabled_key, 1, group, &own);
		if (wanted)
			read_user_record(r, group, p, &own);
	}
	s->user = s->owner_name = account;
	if (wanted)
		keep_record(r, p, &own);
	user_record_wipe(&own);
}

static void
read_person(struct people_reader *r, const config_setting_t *group)
{
	struct user_person *p = &r->people->person[r->people->count];

	if (!setting_is_group(
		&(struct setting){ &r->scope, user_people_key, group }))
		return;
	setting_check_known(&r->scope, group, &user_person_keys, NULL);
	setting_group_read(
	    &r->scope, user_person_keys.entry, user_person_keys.n, group, p);
	if ((p->cert_id[0] != '\0') != (p->ca[0] != '\0'))
		settings_error(&r->scope,
		    setting_key_line_number(group, "cert_id"),
		    p->ca[0] != '\0' ? "cert_id" : "ca",
		    "is missing; expected cert_id and ca together: an id says "
		    "nothing without the key that signed it");
	check_once(r, group, p);
	r->people->count++;
	read_person_record(r, group, p);
}

static void
read_people(struct people_reader *r)
{
	const struct setting list = { &r->scope, user_people_key,
		config_setting_get_member(r->root, user_people_key->key) };
	const size_t n = setting_list_len(&list, USER_PEOPLE_MAX, "people");

	setting_check_known(&r->scope, r->root, &user_people_keys, NULL);
	setting_group_read(&r->scope, &enabled_key, 1, r->root, &r->account);
	r->people->enabled = r->account.enabled;
	refuse_other_keys(&r->scope, r->root, "enabled uid left", "people",
	    "in the person's group");
	for (size_t i = 0; i < n; i++)
		read_person(r, setting_item(&list, i).s);
}

static enum user_result
read_people_file(struct people_reader *r, const char *text)
{
	unsigned char digest[SETTINGS_DIGEST_LEN];
	char path[USER_PATH_MAX];
	enum user_result result;
	config_t doc;

	result = user_file_open(&r->scope, path, text, &doc,
	    r->record != NULL ? r->record->digest : digest);
	if (result != USER_FOUND)
		return result;
	r->root = config_root_setting(&doc);
	result = r->who != NULL ? USER_ABSENT : USER_FOUND;
	if (config_setting_get_member(r->root, user_people_key->key) != NULL) {
		read_people(r);
		if (r->scope.errors > 0)
			result = r->outage ? USER_OUTAGE : USER_ERROR;
		else if (r->who == NULL)
			result = USER_PEOPLE;
		else if (r->found)
			result = USER_FOUND;
	}
	config_destroy(&doc);
	return result;
}

enum user_result
user_people_read(const struct settings *c, const char *name, const char *text,
    struct user_people *people, const struct settings_report *report)
{
	struct people_reader r = { .scope = user_scope(c, name, report),
		.people = people };
	enum user_result result;

	memset(people, 0, sizeof(*people));
	result = read_people_file(&r, text);
	if (result != USER_PEOPLE)
		memset(people, 0, sizeof(*people));
	return result;
}

enum user_result
user_record_observe(const struct settings *c, const char *name,
    const char *text, struct user_record *r,
    const struct settings_report *report)
{
	enum user_result found = user_record_parse(c, name, text, r, report);
	struct user_people people;

	if (found != USER_PEOPLE)
		return found;
	found = user_people_read(c, name, text, &people, report);
	r->enabled = found == USER_PEOPLE && people.enabled;
	return found;
}

enum user_result
user_person_read(const struct settings *c, const char *name, const char *text,
    struct user_person *who, struct user_record *record,
    const struct settings_report *report)
{
	struct user_people people = { .count = 0 };
	struct people_reader r = { .scope = user_scope(c, name, report),
		.people = &people,
		.who = who,
		.record = record };
	enum user_result result;

	memset(record, 0, sizeof(*record));
	result = read_people_file(&r, text);
	if (result != USER_FOUND)
		user_record_wipe(record);
	return result;
}

bool
user_person_has_key(const struct user_person *p, const struct ssh_identity *who)
{
	return is_match(p->key, who->key) ||
	    (is_match(p->cert_id, who->cert_id) && is_match(p->ca, who->ca));
}

enum user_people_choice
user_people_choose(
    const struct user_people *people, const char *auth_info, size_t *at)
{
	struct ssh_identity who;
	bool first = true;

	*at = people->count;
	for (; ssh_identity_next(&auth_info, "", &who); first = false) {
		size_t found = 0;

		while (found < people->count &&
		    !user_person_has_key(&people->person[found], &who))
			found++;
		if (!first && found != *at)
			return USER_PEOPLE_UNCLEAR;
		*at = found;
	}
	return *at < people->count ? USER_PEOPLE_KNOWN : USER_PEOPLE_UNKNOWN;
}
