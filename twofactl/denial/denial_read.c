/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a record, and locks, recovery codes, bypass codes and invitations of
 * all users. */
#include "twofactl/denial/denial.h"

#include <stdlib.h>

#include "twofactl/client/client.h"
#include "twofactl/records/records.h"

/* Bits of a bypass code's use (items.h): it may still log in, or enrol. */
#define USE_LOGIN 1
#define USE_ENROL 2

struct denial_user {
	char name[OWNER_MAX + 1];
	struct denial_state state;
};

enum user_result
denial_read_record(
    const struct settings *conf, const char *user, struct user_record *record)
{
	const enum user_result found =
	    user_record_read(conf, user, 0, record, &settings_report_none);

	/* each person has a record, which decides about the code */
	return found == USER_PEOPLE
	    ? user_people_read_enabled(
		  conf, user, 0, &record->enabled, &settings_report_none)
	    : found;
}

void
denial_state_add_code(struct denial_state *s, int64_t use)
{
	if ((use & USE_LOGIN) == 0)
		return;
	s->codes |= METHOD_BIT(METHOD_BYPASS);
	s->invited |= (use & USE_ENROL) != 0;
}

static struct denial_user *
denial_add_user(struct denial_states *all, const char *name)
{
	struct denial_user *u;

	if (!NAME_LIST_ROOM(all->user, all->cap, all->count))
		return NULL;
	u = &all->user[all->count++];
	*u = (struct denial_user){ .name = "" };
	PRINT_TO(u->name, "%s", name);
	return u;
}

static int
denial_take_user(void *ctx, const struct item *r)
{
	struct denial_user *u;

	if (r->kind != ITEM_USER)
		return 0;
	u = denial_add_user(ctx, r->text[1]);
	if (u == NULL)
		return -1;
	u->state.locked = r->number[3] > 0 || r->number[4] != 0;
	if (r->number[7] > 0)
		u->state.codes |= METHOD_BIT(METHOD_RECOVERY);
	return 0;
}

static struct denial_user *
denial_find_user(const struct denial_states *all, const char *name)
{
	return all->count == 0 ? NULL
			       : bsearch(name, all->user, all->count,
				     sizeof(*all->user), name_list_compare);
}

/* Each user with a bypass code has a row already. */
static int
denial_take_code(void *ctx, const struct item *r)
{
	struct denial_user *u = NULL;

	if (r->kind == ITEM_BYPASS)
		u = denial_find_user(ctx, r->text[1]);
	if (u != NULL)
		denial_state_add_code(&u->state, r->number[3]);
	return 0;
}

enum ctl_exit
denial_states_read(const struct run *run, const struct settings *conf,
    struct denial_states *all)
{
	const struct client_request users = { .purpose = PURPOSE_STATUS,
		.ctx = all,
		.record = denial_take_user };
	const struct client_request codes = { .purpose = PURPOSE_STATUS,
		.request = PURPOSE_STATUS_CODES,
		.ctx = all,
		.record = denial_take_code };
	enum ctl_exit status;

	*all = (struct denial_states){ .count = 0 };
	if (settings_is_fleet(conf) &&
	    (!conf->users_state || !record_place_can_list(conf)))
		return CTL_DONE;
	status = client_request(run, &users);
	if (all->count > 0)
		qsort(all->user, all->count, sizeof(*all->user),
		    name_list_compare);
	if (status == CTL_DONE)
		status = client_request(run, &codes);
	if (status != CTL_DONE)
		denial_states_free(all);
	return status;
}

void
denial_states_free(struct denial_states *all)
{
	free(all->user);
	*all = (struct denial_states){ .count = 0 };
}

struct denial_state
denial_states_find(const struct denial_states *all, const char *name)
{
	const struct denial_user *u =
	    all != NULL ? denial_find_user(all, name) : NULL;

	return u != NULL ? u->state : (struct denial_state){ .locked = false };
}
