/* SPDX-License-Identifier: BSD-2-Clause */
/* The people who share an account: the key people of a user's file. */
#include "lib/settings/settings.h"

#include <libconfig.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "lib/settings/settings_inside.h"

struct reading {
	struct setting_scope scope;
	const config_setting_t *root;
	struct user_people *people;
	struct user_record account; /* the account's "enabled" */
	/* the wanted person; NULL: no one */
	struct user_person *who;
	struct user_record *record;
	bool found;
	bool away; /* another user's record cannot be read at present */
};

/* clang-format off */
static const struct setting_entry user_people_entries[] = {
	{ "name", setting_read_copy, SETTING_AT(user_person, name),
	    .required = true, .min = 1, .max = USER_NAME_MAX,
	    .valid = user_name_is_valid,
	    .allowed = "a name as users have, unlike any other person's" },
	{ "key", setting_read_copy, SETTING_AT(user_person, key),
	    .min = 1, .max = SSH_FINGERPRINT_LEN, .valid = ssh_fingerprint_is_valid,
	    .allowed = "a fingerprint as ssh-keygen -l prints it: SHA256: and "
	    "43 characters" },
	{ "cert_id", setting_read_copy, SETTING_AT(user_person, cert_id),
	    .min = 1, .max = SSH_CERT_ID_MAX, .valid = ssh_cert_id_is_valid,
	    .allowed = "1 to 255 bytes of printable ASCII without blanks" },
	{ "ca", setting_read_copy, SETTING_AT(user_person, ca),
	    .min = 1, .max = SSH_FINGERPRINT_LEN, .valid = ssh_fingerprint_is_valid,
	    .allowed = "a fingerprint as ssh-keygen -l prints it: SHA256: and "
	    "43 characters" },
	{ "user", setting_read_copy, SETTING_AT(user_person, user),
	    .min = 1, .max = USER_NAME_MAX, .valid = user_name_is_valid,
	    .allowed = "the name of a user with a file of his own" },
};

/* clang-format on */

/* Keys that are allowed beside people, and beside a person's "user". */
static const struct setting_entry enabled_key = { "enabled", setting_read_bool,
	SETTING_AT(user_record, enabled), .dflt = "true" };

const struct setting_section user_person_keys =
    SETTING_SECTION(user_people_entries, &user_record_keys);

static const struct setting_entry user_people_key[] = {
	{ "people", NULL,
	    /* user_people_read_people */ .inside = &user_person_keys,
	    .allowed = "a list of 1 to 50 groups" },
};

const struct setting_section user_people_keys =
    SETTING_SECTION(user_people_key, &user_record_keys);

static void
twice(struct reading *r, const config_setting_t *group, const char *key,
    const char *value)
{
	settings_error(&r->scope, setting_line_of(group, key), key,
	    "\"%s\" is another person's as well, allowed: each once", value);
}

static bool
same(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

/* Compares with the people before. */
static void
check_once(struct reading *r, const config_setting_t *group,
    const struct user_person *p)
{
	for (const struct user_person *o = r->people->person; o < p; o++) {
		if (same(p->name, o->name))
			twice(r, group, "name", p->name);
		if (same(p->key, o->key))
			twice(r, group, "key", p->key);
		if (same(p->cert_id, o->cert_id) && same(p->ca, o->ca))
			twice(r, group, "cert_id", p->cert_id);
	}
}

/* Refuse keys beside "people" or "user" that would seem to have an effect. */
static void
user_people_check_alone(struct setting_scope *scope,
    const config_setting_t *group, const char *beside, const char *where)
{
	for (size_t i = 0; i < user_record_keys.n; i++) {
		const char *key = user_record_keys.entry[i].key;

		if (strcmp(key, enabled_key.key) != 0 &&
		    config_setting_get_member(group, key) != NULL)
			settings_error(scope, setting_line_of(group, key), key,
			    "stands beside %s, allowed: %s", beside, where);
	}
}

/* Another user's record; *own: what the person has besides. */
static void
read_other(struct reading *r, const config_setting_t *group,
    const struct user_person *p, struct user_record *own)
{
	const struct setting_scope *s = &r->scope;
	unsigned char both[2 * SETTINGS_DIGEST_LEN];
	const bool enabled = own->enabled;

	memcpy(both, r->record->digest, SETTINGS_DIGEST_LEN);
	switch (
	    user_record_read(s->settings, p->user, s->owner, own, s->report)) {
	case USER_FOUND:
		own->enabled = own->enabled && enabled;
		memcpy(both + SETTINGS_DIGEST_LEN, own->digest,
		    SETTINGS_DIGEST_LEN);
		if (EVP_Digest(both, sizeof(both), r->record->digest, NULL,
			EVP_sha256(), NULL) != 1)
			settings_error(&r->scope, 0, "user", "out of memory");
		return;
	case USER_ABSENT:
		settings_error(&r->scope, setting_line_of(group, "user"),
		    "user",
		    "\"%s\" has no file, allowed: a user with one; run: "
		    "twofactl enroll %s PHONE",
		    p->user, p->user);
		return;
	case USER_PEOPLE:
		settings_error(&r->scope, setting_line_of(group, "user"),
		    "user",
		    "\"%s\" is itself shared by people, allowed: a user with "
		    "a file of his own",
		    p->user);
		return;
	case USER_OUTAGE:
		r->away = true;
		break;
	case USER_ERROR:
		break;
	}
	settings_error(&r->scope, setting_line_of(group, "user"), "user",
	    "the file of \"%s\" is wrong, allowed: one that is right", p->user);
}

/* Keep the digest of the file and of the other user's. */
static void
user_people_keep(
    struct reading *r, const struct user_person *p, struct user_record *own)
{
	memcpy(own->digest, r->record->digest, SETTINGS_DIGEST_LEN);
	own->enabled = own->enabled && r->account.enabled;
	*r->record = *own;
	*r->who = *p;
	r->found = true;
}

static void
user_people_read_factors(struct reading *r, const config_setting_t *group,
    const struct user_person *p)
{
	struct user_record own = { .enabled = true };
	char kept[OWNER_MAX + 1];
	char user[sizeof(" --person ") + (size_t)2 * USER_NAME_MAX];
	const bool chosen = r->who != NULL && same(p->name, r->who->name);
	struct setting_scope *s = &r->scope;
	const char *account = s->user;

	snprintf(user, sizeof(user), "%s --person %s", account, p->name);
	owner_write(kept, account, p->name);
	s->user = user;
	s->kept = kept;
	s->no_secrets = !chosen;
	if (p->user[0] == '\0') {
		user_record_group(s, group, &own);
		if (own.sk_keys[0] != '\0')
			settings_error(s, setting_line_of(group, "sk_keys"),
			    "sk_keys", "is not for one of several people");
	} else {
		user_people_check_alone(
		    s, group, "user", "in that user's own file");
		setting_group_read(s, &enabled_key, 1, group, &own);
		if (chosen)
			read_other(r, group, p, &own);
	}
	s->user = s->kept = account;
	if (chosen)
		user_people_keep(r, p, &own);
	user_record_wipe(&own);
}

static void
user_people_read_person(struct reading *r, const config_setting_t *group)
{
	struct user_person *p = &r->people->person[r->people->count];

	if (!setting_is_group(
		&(struct setting){ &r->scope, user_people_key, group }))
		return;
	setting_check_known(&r->scope, group, &user_person_keys, NULL);
	setting_group_read(
	    &r->scope, user_person_keys.entry, user_person_keys.n, group, p);
	if ((p->cert_id[0] != '\0') != (p->ca[0] != '\0'))
		settings_error(&r->scope, setting_line_of(group, "cert_id"),
		    p->ca[0] != '\0' ? "cert_id" : "ca",
		    "is missing, allowed: cert_id and ca together; an id says "
		    "nothing without the key that signed it");
	check_once(r, group, p);
	r->people->count++;
	user_people_read_factors(r, group, p);
}

static void
user_people_read_people(struct reading *r)
{
	const struct setting list = { &r->scope, user_people_key,
		config_setting_get_member(r->root, user_people_key->key) };
	const size_t n = setting_list_len(&list);

	setting_check_known(&r->scope, r->root, &user_people_keys, NULL);
	setting_group_read(&r->scope, &enabled_key, 1, r->root, &r->account);
	r->people->enabled = r->account.enabled;
	user_people_check_alone(
	    &r->scope, r->root, "people", "in the person's group");
	if (n > USER_PEOPLE_MAX) {
		setting_reject(&list, "has %zu people", n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		user_people_read_person(r, setting_item(&list, i).s);
}

static enum user_result
user_people_read_document(struct reading *r)
{
	if (config_setting_get_member(r->root, user_people_key->key) == NULL)
		return r->who != NULL ? USER_ABSENT : USER_FOUND;
	user_people_read_people(r);
	if (r->scope.errors > 0)
		return r->away ? USER_OUTAGE : USER_ERROR;
	if (r->who == NULL)
		return USER_PEOPLE;
	return r->found ? USER_FOUND : USER_ABSENT;
}

static enum user_result
user_people_read_file(struct reading *r, const char *text)
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
	result = user_people_read_document(r);
	config_destroy(&doc);
	return result;
}

static struct reading
reading_of(const struct settings *c, const char *name, uid_t owner,
    const struct settings_report *report)
{
	return (struct reading){ .scope = { .file = name,
				     .owner = owner,
				     .report = report,
				     .settings = c,
				     .user = name,
				     .kept = name } };
}

enum user_result
user_people_read(const struct settings *c, const char *name, const char *text,
    uid_t owner, struct user_people *people,
    const struct settings_report *report)
{
	struct reading r = reading_of(c, name, owner, report);
	enum user_result result;

	r.people = people;
	memset(people, 0, sizeof(*people));
	result = user_people_read_file(&r, text);
	if (result != USER_PEOPLE)
		memset(people, 0, sizeof(*people));
	return result;
}

enum user_result
user_people_enabled(const struct settings *c, const char *name, uid_t owner,
    bool *enabled, const struct settings_report *report)
{
	struct user_people *people = calloc(1, sizeof(*people));
	enum user_result found = USER_ERROR;

	*enabled = false;
	if (people == NULL) {
		report->line(report->ctx, "people: out of memory");
		return USER_ERROR;
	}
	found = user_people_read(c, name, NULL, owner, people, report);
	*enabled = found == USER_PEOPLE && people->enabled;
	free(people);
	return found;
}

enum user_result
user_person_read(const struct settings *c, const char *name, const char *text,
    uid_t owner, struct user_person *who, struct user_record *record,
    const struct settings_report *report)
{
	struct reading r = reading_of(c, name, owner, report);
	enum user_result result = USER_ERROR;

	r.people = calloc(1, sizeof(*r.people));
	r.who = who;
	r.record = record;
	memset(record, 0, sizeof(*record));
	if (r.people != NULL)
		result = user_people_read_file(&r, text);
	else
		settings_error(&r.scope, 0, "people", "out of memory");
	free(r.people);
	if (result != USER_FOUND)
		user_record_wipe(record);
	return result;
}

bool
user_person_has_key(const struct user_person *p, const struct ssh_identity *who)
{
	return same(p->key, who->key) ||
	    (same(p->cert_id, who->cert_id) && same(p->ca, who->ca));
}
