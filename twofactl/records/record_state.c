/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records in the state: read by the helper and cached while twofactl
 * runs, staged, and written in batches. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/fleet_records/fleet_records.h"

#define WRITE_MS 120000 /* deadline for writing one batch */
#define ROLE "twofa_"   /* and a host's name */

struct state_user {
	char user[USER_NAME_MAX + 1];
	char *text; /* NULL if no such record exists, or it is unreadable */
	size_t len;
	bool there, unreadable;
	char groups[FLEET_GROUPS_MAX + 1];
	char enrolled_by[SETTINGS_STORE_HOST_MAX + 1]; /* a host, or "" */
	int64_t at;                                    /* when it was written */
	unsigned char seal[FLEET_SEAL_LEN];
	char *staged;        /* new text, or NULL */
	char *staged_groups; /* new groups; NULL to keep them */
};

static struct record_state {
	struct record_source source; /* settings point to it */
	struct run run;
	struct state_user *entry; /* sorted by user */
	size_t count, cap;
	bool admin;
	bool all, failed; /* all were read, or reading them failed */
	const char *groups;
	struct state_user *part; /* more parts of its text will follow */
} own;

/* Returns NULL if the record was not requested yet. */
static struct state_user *
record_state_find(const char *user)
{
	return own.count == 0 ? NULL
			      : bsearch(user, own.entry, own.count,
				    sizeof(*own.entry), name_list_compare);
}

/* Finds the entry or adds an empty one. Returns NULL after reporting. */
static struct state_user *
record_state_add(const char *user)
{
	struct state_user *e = record_state_find(user);
	size_t at = own.count;

	if (e != NULL)
		return e;
	if (!NAME_LIST_ROOM(own.entry, own.cap, own.count)) {
		terminal_error("%s", strerror(errno));
		return NULL;
	}
	/* the helper sends them in this order */
	while (at > 0 && strcmp(own.entry[at - 1].user, user) > 0)
		at--;
	e = &own.entry[at];
	memmove(e + 1, e, (own.count++ - at) * sizeof(*e));
	memset(e, 0, sizeof(*e));
	PRINT_TO(e->user, "%s", user);
	return e;
}

/* Decodes base64 and appends it to the text. Returns 0 or -1. */
static int
record_state_append(struct state_user *e, const char *code)
{
	const size_t len = strlen(code), room = len / 4 * 3;
	char *more = realloc(e->text, e->len + room + 1);
	int n;

	if (more == NULL)
		return -1;
	e->text = more;
	n = base64_decode(code, len, (unsigned char *)more + e->len);
	if (n < 0 || e->len + (size_t)n > TRUSTED_FILE_USER_MAX)
		return -1;
	e->len += (size_t)n;
	e->text[e->len] = '\0';
	return strlen(e->text) == e->len ? 0 : -1;
}

/* by: the role that wrote the record last, and how: "twofa_web01 window". Keeps
 * that host; an administrator's role is followed by other words. */
static void
keep_enrolled_by(struct state_user *e, const char *by)
{
	struct text_part rest = text_part(by), role, why;

	(void)text_part_next(&rest, " ", &role);
	(void)text_part_next(&rest, " ", &why);
	if (text_part_begins(&role, ROLE) &&
	    text_has_part("window invitation phone", " ", &why))
		PRINT_TO(e->enrolled_by, "%.*s", (int)(role.len - strlen(ROLE)),
		    role.at + strlen(ROLE));
}

/* Begins an entry by the first part of a record. Returns NULL if the part is
 * invalid: the helper is not trusted. */
static struct state_user *
begin_entry(const struct item *r)
{
	struct state_user *e;

	if (!user_name_is_valid(r->text[1]) ||
	    !fleet_batch_groups_are_valid(r->text[2]) ||
	    (e = record_state_add(r->text[1])) == NULL || e->there ||
	    (r->text[3][0] != '\0' &&
		!hex_parse(r->text[3], e->seal, FLEET_SEAL_LEN)))
		return NULL;
	e->there = true;
	(void)item_copy_text(r, 2, e->groups, sizeof(e->groups));
	keep_enrolled_by(e, r->text[6]);
	e->at = r->number[7];
	return e;
}

static int
record_state_take(void *ctx, const struct item *r)
{
	struct state_user *e = own.part;

	(void)ctx;
	if (r->kind != ITEM_RECORD)
		return -1;
	if (e == NULL)
		e = begin_entry(r);
	if (e == NULL || strcmp(e->user, r->text[1]) != 0)
		return -1;
	own.part = r->number[4] == FLEET_PART_MORE ? e : NULL;
	e->unreadable = r->number[4] == FLEET_PART_UNREADABLE;
	return e->unreadable ? 0 : record_state_append(e, r->text[5]);
}

/* Empties the cache, so that records are requested again. */
void
record_state_forget(void)
{
	for (size_t i = 0; i < own.count; i++)
		free(own.entry[i].text);
	own.count = 0;
	own.all = false;
}

/* Requests a user's record, or for "" all. Returns 0, or -1 after an error. */
static int
record_state_ask(const char *user)
{
	const struct client_request call = { .purpose = PURPOSE_RECORDS,
		.user = user,
		.record = record_state_take };
	enum ctl_exit status;

	own.part = NULL;
	status = client_request(&own.run, &call);
	if (status == CTL_DONE && own.part == NULL)
		return 0;
	record_state_forget(); /* the others would seem not to exist */
	return -1;
}

static int
load_all(void)
{
	if (!own.all && !own.failed) {
		own.all = record_state_ask("") == 0;
		own.failed = !own.all;
	}
	return own.all ? 0 : -1;
}

/* Returns the entry, requested if it is not cached; an empty one if no such
 * record exists, which is cached too. Returns NULL after printing an error. */
static const struct state_user *
record_state_look(const char *user)
{
	static const struct state_user none;
	const struct state_user *e;

	if (own.admin && load_all() != 0)
		return NULL;
	e = record_state_find(user);
	if (e != NULL || own.admin)
		return e != NULL ? e : &none;
	return record_state_ask(user) == 0 ? record_state_add(user) : NULL;
}

static enum record_source_found
record_state_read_text(
    struct record_source *source, const char *user, const char **text)
{
	const struct state_user *e = record_state_look(user);

	source->cause = "see the line above";
	source->why = REASON_STATE;
	if (e == NULL)
		return RECORD_SOURCE_FAILED;
	if (e->unreadable) {
		source->cause =
		    "its seal is wrong, so it is not what an administrator "
		    "wrote for that user; remove it, and enroll the user again";
		return RECORD_SOURCE_FAILED;
	}
	source->why = REASON_NONE;
	*text = e->text;
	return e->text != NULL ? RECORD_SOURCE_THERE : RECORD_SOURCE_NONE;
}

const char *
record_state_list(struct name_list *list)
{
	if (own.admin && load_all() != 0)
		return "the records in the state cannot be listed: see above";
	for (size_t i = 0; own.admin && i < own.count; i++)
		if (own.entry[i].there &&
		    name_list_add(list, own.entry[i].user) != 0)
			return "out of memory: free some";
	return NULL;
}

void
record_state_use(const struct run *run, struct settings *conf)
{
	/* of users who enrolled at a login, too: they are only read there */
	if (!conf->users_state && !settings_has_enrolments(conf))
		return;
	own.source = (struct record_source){ .text = record_state_read_text,
		.unseal = fleet_seal_open };
	own.run = *run;
	own.admin = !conf->users_state ||
	    access(client_admin_path(run->conf), F_OK) == 0;
	conf->records = &own.source;
}

const char *
record_state_unlisted(void)
{
	return own.admin ? NULL
			 : "on the administrator's machine alone, which has "
			   "the file " CLIENT_ADMIN_FILE " beside twofa.conf";
}

const char *
record_state_groups(const char *user)
{
	const struct state_user *e = record_state_find(user);

	return e != NULL ? e->groups : "";
}

const char *
record_state_enrolled_by(const char *user, int64_t *at)
{
	const struct state_user *e = record_state_find(user);

	*at = e != NULL ? e->at : 0;
	return e != NULL ? e->enrolled_by : "";
}

void
record_state_give(const char *groups)
{
	own.groups = groups;
}

bool
record_state_given(const char *user)
{
	return own.groups == NULL ||
	    strcmp(own.groups, record_state_groups(user)) == 0;
}

static void
unstage(struct state_user *e)
{
	free(e->staged);
	free(e->staged_groups);
	e->staged = e->staged_groups = NULL;
}

static int
keep_text(const char *user, const char *text)
{
	struct state_user *e = record_state_add(user);

	if (e == NULL)
		return -1;
	unstage(e);
	e->staged = strdup(text);
	if (own.groups != NULL)
		e->staged_groups = strdup(own.groups);
	if (e->staged != NULL &&
	    (own.groups == NULL || e->staged_groups != NULL))
		return 0;
	terminal_error("%s", strerror(errno));
	unstage(e);
	return -1;
}

static int
record_state_stage(struct record_file *e)
{
	return keep_text(e->user.account, e->text);
}

/* Gets the text to change: the one staged before, for another person of the
 * same account, or else the one in the state. */
static enum record_source_found
record_state_text(struct record_file *e, const char **text)
{
	const struct state_user *known = record_state_find(e->user.account);
	enum record_source_found found = RECORD_SOURCE_THERE;

	*text = known != NULL ? known->staged : NULL;
	e->staged_before = *text != NULL;
	if (*text == NULL)
		found =
		    record_state_read_text(&own.source, e->user.account, text);
	if (found == RECORD_SOURCE_FAILED)
		terminal_error_to(e->report, "%s in the state: %s",
		    e->user.account, own.source.cause);
	return found;
}

/* Writes one batch of staged records. Returns 0, or -1 after an error. */
static int
write_some(size_t *next, int64_t *written)
{
	static char text[FRAME_RECORD_MAX + 1];
	int64_t count = 0;
	const struct client_request call = { .purpose = PURPOSE_RECORD_PUT,
		.text = text,
		.deadline_ms = WRITE_MS,
		.count = &count,
		.counts = ITEM_LEFT };
	size_t used = 0, more;
	enum ctl_exit status;

	for (; *next < own.count; ++*next) {
		const struct state_user *e = &own.entry[*next];

		if (e->staged == NULL)
			continue;
		more = fleet_batch_add(text, used, e->user, e->staged_groups,
		    e->there ? e->seal : NULL, e->staged);
		if (more == 0 && used == 0)
			return terminal_error(
			    "%s: the record is too long", e->user);
		if (more == 0)
			break;
		used = more;
	}
	if (used == 0)
		return 0;
	status = client_request(&own.run, &call);
	*written += count;
	return status == CTL_DONE ? 0 : -1;
}

static void
record_state_unstage(struct record_file *e)
{
	(void)e; /* all entries, not just this one */
	for (size_t i = 0; i < own.count; i++)
		unstage(&own.entry[i]);
}

/* Writes all staged records; then nothing is staged, also after an error. */
static int
record_state_write(struct record_file *e)
{
	int64_t written = 0;
	size_t next = 0;
	int rc = 0;

	while (rc == 0 && next < own.count)
		rc = write_some(&next, &written);
	if (rc != 0)
		terminal_error("%lld record%s in the state changed, the others "
			       "are as before",
		    (long long)written, written == 1 ? " was" : "s were");
	record_state_unstage(e);
	record_state_forget(); /* the seals have changed */
	return rc;
}

int
record_state_put(const char *user, const char *text)
{
	return keep_text(user, text) == 0 ? record_state_write(NULL) : -1;
}

static enum ctl_exit
record_state_remove(const struct settings *conf, const char *user, int folder)
{
	char seal[2 * FLEET_SEAL_LEN + 1];
	const struct client_request call = {
		.purpose = PURPOSE_RECORD_REMOVE, .user = user, .request = seal
	};
	const struct state_user *e = record_state_look(user);

	(void)conf;
	(void)folder;
	if (e == NULL || !e->there)
		return e == NULL ? CTL_FAILED : CTL_NO;
	hex_text(e->seal, FLEET_SEAL_LEN, seal);
	if (client_request(&own.run, &call) != CTL_DONE)
		return CTL_FAILED;
	record_state_forget();
	return CTL_DONE;
}

const struct record_place record_place_state = {
	.word = "state",
	.within = "the state",
	.text = record_state_text,
	.stage = record_state_stage,
	.write = record_state_write,
	.unstage = record_state_unstage,
	.remove = record_state_remove,
};
