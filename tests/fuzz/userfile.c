/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: any text as a user's file, for the helper and for twofactl,
 * which changes one key in it.
 */
#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "tests/fuzz/fuzz.h"
#include "twofactl/records/records.h"

#define USER "alice"

static struct settings conf;
static char output[65536 + 256];

FUZZ_LIBCONFIG_LEAKS

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_enter();
	conf.users_dir = fuzz_folder;
	conf.owner = getuid();
	conf.provider_count = 1;
	conf.provider[0].name = "vonage";
	conf.provider[0].type = provider_type_find("vonage-verify");
	must(conf.provider[0].type != NULL, "a provider");
	return 0;
}

static void
line(void *ctx, const char *text)
{
	unsigned *lines = ctx;

	(*lines)++;
	must(text[0] != '\0' && strchr(text, '\n') == NULL, "one line");
}

static enum user_result
load(const char *text, size_t len, struct user_record *r, unsigned *lines)
{
	const struct settings_report report = { .ctx = lines, .line = line };

	fuzz_write(USER ".conf", text, len);
	*lines = 0;
	return user_record_read(&conf, USER, r, &report);
}

static void
record_look(const struct user_record *r)
{
	must(r->channels >= 1 && r->channels <= METHOD_COUNT, "a channel");
	for (size_t i = 0; i < r->channels; i++) {
		must(r->channel[i] > METHOD_NONE &&
			r->channel[i] < METHOD_COUNT &&
			r->channel[i] != METHOD_RECOVERY,
		    "a channel is one");
		for (size_t k = 0; k < i; k++)
			must(r->channel[k] != r->channel[i], "each once");
	}
	must(r->phone[0] == '\0' || phone_is_valid(r->phone), "a number");
	must(r->email[0] == '\0' || email_is_valid(r->email), "an address");
	must(r->provider[0] == '\0' || strcmp(r->provider, "vonage") == 0,
	    "a provider that is there");
	must((r->push_factor[0] == '\0' && r->totp_factor[0] == '\0') ||
		r->push_identity[0] != '\0',
	    "a factor has its identity");
}

/* A file that loads still loads with another number, and says that one. */
static void
change(const char *text, const struct user_record *before)
{
	static const struct record_text_change number = { .key = "phone",
		.value = "+447700900999" };
	struct user_record r;
	unsigned lines;
	size_t len;

	if (before->phone[0] == '\0' || text[0] == '\0' ||
	    record_text_put_key(
		text, NULL, &number, output, sizeof(output), &len) != 0)
		return;
	must(len < sizeof(output) && output[len] == '\0', "a text's end");
	if (len > 65536)
		return;
	must(load(output, len, &r, &lines) == USER_FOUND &&
		strcmp(r.phone, "+447700900999") == 0 &&
		strcmp(r.email, before->email) == 0 &&
		r.enabled == before->enabled && r.channels == before->channels,
	    "one key changes, and no other");
}

static void
person_look(const struct user_person *p)
{
	must(user_name_is_valid(p->name), "a name");
	must(p->key[0] == '\0' || ssh_fingerprint_is_valid(p->key), "a key");
	must((p->ca[0] == '\0') == (p->cert_id[0] == '\0'), "an id and its ca");
	must(p->ca[0] == '\0' || ssh_fingerprint_is_valid(p->ca), "a ca");
	must(p->ca[0] == '\0' || ssh_cert_id_is_valid(p->cert_id), "an id");
	must(p->user[0] == '\0' || user_name_is_valid(p->user), "a user");
}

/* The list that output is; found, when it fits into a file. */
static bool
changed_list(size_t len, struct user_people *list)
{
	unsigned lines = 0;
	const struct settings_report report = { .ctx = &lines, .line = line };

	must(len < sizeof(output) && output[len] == '\0', "a text's end");
	if (len > 65536)
		return false;
	must(
	    user_people_read(&conf, USER, output, list, &report) == USER_PEOPLE,
	    "a list that was right is so when it is changed");
	return true;
}

/* One of them changes, comes or goes, and nobody else. */
static void
change_people(const char *text, const struct user_people *before, size_t at)
{
	static const struct record_text_change number = { .key = "phone",
		.value = "+447700900999" };
	static const char added[] = "zz-fuzz";
	const char *who = before->person[at].name;
	static struct user_people after;
	const size_t one = sizeof(after.person[0]), count = before->count;
	size_t len;

	if (before->person[at].user[0] == '\0' &&
	    record_text_has_person(text, who) == 1 &&
	    record_text_put_key(
		text, who, &number, output, sizeof(output), &len) == 0 &&
	    changed_list(len, &after))
		must(memcmp(&after, before, sizeof(after)) == 0, "a phone");
	if (record_text_drop_person(text, who, output, sizeof(output), &len) ==
		0 &&
	    changed_list(len, &after))
		must(after.count == count - 1 &&
			memcmp(after.person, before->person, at * one) == 0 &&
			memcmp(&after.person[at], &before->person[at + 1],
			    (count - 1 - at) * one) == 0,
		    "one goes");
	if (count < USER_PEOPLE_MAX &&
	    record_text_has_person(text, added) == 0 &&
	    record_text_put_key(
		text, added, &number, output, sizeof(output), &len) == 0 &&
	    changed_list(len, &after))
		must(after.count == count + 1 &&
			memcmp(after.person, before->person, count * one) ==
			    0 &&
			strcmp(after.person[count].name, added) == 0,
		    "one comes");
}

/* Whoever stands in a list that is right has a record, or another's. */
static void
people(const char *text)
{
	static struct user_people list;
	unsigned lines = 0;
	const struct settings_report report = { .ctx = &lines, .line = line };
	enum user_result found =
	    user_people_read(&conf, USER, NULL, &list, &report);

	must(found == USER_PEOPLE || found == USER_ERROR, "people or an error");
	must((found == USER_ERROR) == (lines > 0), "an error has a line");
	must((found == USER_PEOPLE) == (list.count > 0), "half a list");
	for (size_t i = 0; i < list.count; i++) {
		struct user_person who = list.person[i];
		struct user_record r;

		person_look(&who);
		found = user_person_read(&conf, USER, NULL, &who, &r, &report);
		must(found == USER_FOUND || found == USER_ERROR, "is there");
		must(found != USER_FOUND ||
			memcmp(&who, &list.person[i], sizeof(who)) == 0,
		    "the same one");
		if (found == USER_FOUND)
			record_look(&r);
		user_record_wipe(&r);
		if (text != NULL && i < 3)
			change_people(text, &list, i);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct user_record none;
	char *text = fuzz_text(data, size);
	struct user_record r;
	unsigned lines = 0;
	enum user_result found = load(text, size, &r, &lines);

	must((found == USER_ERROR) == (lines > 0), "an error has a line");
	must(found != USER_ABSENT, "the file is there");
	if (found == USER_FOUND) {
		record_look(&r);
		if (strlen(text) == size)
			change(text, &r);
	} else {
		must(memcmp(&r, &none, sizeof(r)) == 0, "half a record");
		if (found == USER_PEOPLE)
			people(strlen(text) == size ? text : NULL);
	}
	free(text);
	return 0;
}
