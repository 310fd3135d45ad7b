/* SPDX-License-Identifier: BSD-2-Clause */
/* The records in the state, kept while twofactl runs. */
#include "twofactl/records/state_records.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fleet_records/fleet_records.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "twofactl/link/link.h"
#include "twofactl/link/state_admin.h"
#include "twofactl/terminal/terminal.h"

#define FIRST 64

struct state_records state_records_own;
#define own state_records_own

/* Where it is, or would be. */
static size_t
place_of(const char *user)
{
	size_t low = 0, high = own.count;

	while (low < high) {
		const size_t at = low + (high - low) / 2;

		if (strcmp(own.entry[at].user, user) < 0)
			low = at + 1;
		else
			high = at;
	}
	return low;
}

struct state_record *
state_record_find(const char *user)
{
	const size_t at = place_of(user);

	return at < own.count && strcmp(own.entry[at].user, user) == 0
	    ? &own.entry[at]
	    : NULL;
}

struct state_record *
state_record_add(const char *user)
{
	const size_t cap = own.cap == 0 ? FIRST : 2 * own.cap;
	struct state_record *e = state_record_find(user), *more;
	const size_t at = place_of(user);

	if (e != NULL)
		return e;
	if (own.count == own.cap) {
		more = realloc(own.entry, cap * sizeof(*more));
		if (more == NULL) {
			complain("%s", strerror(errno));
			return NULL;
		}
		own.entry = more;
		own.cap = cap;
	}
	e = &own.entry[at];
	memmove(e + 1, e, (own.count++ - at) * sizeof(*e));
	memset(e, 0, sizeof(*e));
	snprintf(e->user, sizeof(e->user), "%s", user);
	return e;
}

/* --- what the helper says --- */

/* Behind what came of it before. */
static int
append(struct state_record *e, const char *code)
{
	const size_t len = strlen(code), room = len / 4 * 3;
	char *more = realloc(e->text, e->len + room + 1);
	int n;

	if (more == NULL)
		return -1;
	e->text = more;
	n = len == 0 ? 0
		     : EVP_DecodeBlock((unsigned char *)more + e->len,
			   (const unsigned char *)code, (int)len);
	if (len % 4 != 0 || n < 0 || e->len + (size_t)n > TRUSTED_FILE_USER_MAX)
		return -1;
	for (size_t i = len; i > 0 && code[i - 1] == '='; i--)
		n--;
	e->len += (size_t)n;
	e->text[e->len] = '\0';
	return strlen(e->text) == e->len ? 0 : -1;
}

/* The first part of one: the helper is not trusted to end the one before. */
static struct state_record *
begin_entry(const struct record *r)
{
	struct state_record *e;

	if (!user_name_valid(r->text[1]) || !record_batch_groups(r->text[2]) ||
	    (e = state_record_add(r->text[1])) == NULL || e->there ||
	    (r->text[3][0] != '\0' &&
		record_batch_bytes(r->text[3], e->seal) != 0))
		return NULL;
	e->there = true;
	(void)record_copy(r, 2, e->groups, sizeof(e->groups));
	return e;
}

static int
take(void *ctx, const struct record *r)
{
	struct state_record *e = own.part;

	(void)ctx;
	if (r->kind != ADMIN_RECORD)
		return -1;
	if (e == NULL)
		e = begin_entry(r);
	if (e == NULL || strcmp(e->user, r->text[1]) != 0)
		return -1;
	own.part = r->number[4] == RECORD_PART_MORE ? e : NULL;
	e->unreadable = r->number[4] == RECORD_PART_UNREADABLE;
	return e->unreadable ? 0 : append(e, r->text[5]);
}

void
state_records_forget(void)
{
	for (size_t i = 0; i < own.count; i++)
		free(own.entry[i].text);
	own.count = 0;
	own.all = false;
}

/* Ask for it, or for all. 0 or -1 after complaining. */
static int
ask(const char *user)
{
	struct facts facts = helper_link_facts(own.ctl, PURPOSE_RECORDS);
	const struct helper_request call = { .facts = &facts, .record = take };
	enum ctl_exit status;

	facts.user = user;
	own.part = NULL;
	status = helper_request(own.ctl, &call);
	if (status == CTL_DONE && own.part == NULL)
		return 0;
	state_records_forget(); /* half of them would be none of the others */
	return -1;
}

static int
load_all(void)
{
	if (!own.all && !own.failed) {
		own.all = ask("") == 0;
		own.failed = !own.all;
	}
	return own.all ? 0 : -1;
}

/* An entry is there as soon as it was asked for: none means that it was not. */
const struct state_record *
state_record_look(const char *user)
{
	static const struct state_record none;
	const struct state_record *e;

	if (own.admin && load_all() != 0)
		return NULL;
	e = state_record_find(user);
	if (e != NULL || own.admin)
		return e != NULL ? e : &none;
	return ask(user) == 0 ? state_record_add(user) : NULL;
}

static enum record_found
read_text(struct record_source *source, const char *user, const char **text)
{
	const struct state_record *e = state_record_look(user);

	source->cause = "see the line above";
	source->why = REASON_STATE;
	if (e == NULL)
		return RECORD_FAILED;
	if (e->unreadable) {
		source->cause =
		    "its seal is wrong, so it is not what an administrator "
		    "wrote for that user; remove it, and enroll the user again";
		return RECORD_FAILED;
	}
	source->why = REASON_NONE;
	*text = e->text;
	return e->text != NULL ? RECORD_THERE : RECORD_NONE;
}

static int
read_names(struct record_source *source, void *ctx,
    int (*add)(void *ctx, const char *user))
{
	source->cause = "the records in the state cannot be listed: see above";
	if (!own.admin)
		return 0;
	if (load_all() != 0)
		return -1;
	source->cause = "out of memory: free some";
	for (size_t i = 0; i < own.count; i++)
		if (own.entry[i].there && add(ctx, own.entry[i].user) != 0)
			return -1;
	return 0;
}

void
state_records_use(const struct ctl *ctl, struct settings *conf)
{
	char path[TRUSTED_FILE_PATH_MAX + 1];

	if (!conf->users_state)
		return;
	own.source =
	    (struct record_source){ .text = read_text, .names = read_names };
	own.ctl = ctl;
	own.admin = state_admin_path(ctl->conf, path, sizeof(path)) == 0 &&
	    access(path, F_OK) == 0;
	conf->records = &own.source;
}

bool
state_records_one_by_one(const struct settings *conf)
{
	return conf->users_state && !own.admin;
}

bool
state_records_listed(const struct settings *conf)
{
	if (!state_records_one_by_one(conf))
		return true;
	complain("users = \"state\": who has a record in the state can be "
		 "listed on the administrator's machine alone, which has the "
		 "file " STATE_ADMIN_FILE
		 " beside twofa.conf; here %s has the files of this host",
	    conf->users_dir);
	return false;
}

static void
file_of(const struct settings *conf, const char *user,
    char path[TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + 8])
{
	snprintf(path, TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + 8, "%s/%s.conf",
	    conf->users_dir, user);
}

bool
state_records_holds(const struct settings *conf, const char *user)
{
	char path[TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + 8];

	file_of(conf, user, path);
	return conf->users_state && access(path, F_OK) != 0;
}

const char *
state_records_place(const struct settings *conf, const char *user)
{
	static char path[TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + 8];

	if (state_records_holds(conf, user))
		return "the state";
	file_of(conf, user, path);
	return path;
}

const char *
state_records_groups(const char *user)
{
	const struct state_record *e = state_record_find(user);

	return e != NULL ? e->groups : "";
}
