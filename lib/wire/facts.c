/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of a login, written to a BEGIN frame and read from it. Pure. */
#include "lib/wire/wire.h"

#include <stdlib.h>
#include <string.h>

#define DEADLINE_MAX_MS (3600 * INT64_C(1000))

void
facts_put(struct frame *f, const struct facts *facts)
{
	frame_put_number(f, FIELD_PURPOSE, facts->purpose);
	frame_put_text(f, FIELD_CONF, facts->conf);
	frame_put_number(f, FIELD_DEADLINE_MS, facts->deadline_ms);
	frame_put_text(f, FIELD_USER, facts->user);
	frame_put_text(f, FIELD_SERVICE, facts->service);
	frame_put_text(f, FIELD_TTY, facts->tty);
	frame_put_text(f, FIELD_RHOST, facts->rhost);
	frame_put_text(f, FIELD_SSH_ADDRESS, facts->ssh_addr);
	frame_put_text(f, FIELD_RUSER, facts->ruser);
	frame_put_number(f, FIELD_REAL_UID, facts->real_uid);
	frame_put_number(f, FIELD_SESSION_ID, facts->session_id);
	frame_put_number(f, FIELD_LEADER_START, facts->leader_start);
	frame_put_text(f, FIELD_BOOT_ID, facts->boot_id);
	frame_put_number(f, FIELD_CONVERSATION, facts->conversation);
	frame_put_number(f, FIELD_FIRST_FACTOR, facts->first_factor);
	frame_put_text(f, FIELD_AUTH_INFO, facts->auth_info);
	frame_put_text(f, FIELD_ADMIN_REQUEST, facts->request);
	frame_put_text(f, FIELD_RECORD, facts->record);
	frame_put_number(f, FIELD_LEADER_TTY, facts->leader_tty);
	frame_put_text(f, FIELD_ONE_FIELD, facts->one_field);
	frame_put_text(f, FIELD_STATE_ADMIN, facts->state_admin);
}

static int
numbers_get(const struct frame *f, struct facts *facts)
{
	int64_t purpose = 0, conversation = 0, factor = 0;
	const struct {
		enum frame_field tag;
		int64_t low, high, *number;
	} of[] = {
		{ FIELD_PURPOSE, PURPOSE_LOGIN, PURPOSE_COUNT - 1, &purpose },
		{ FIELD_DEADLINE_MS, 1, DEADLINE_MAX_MS, &facts->deadline_ms },
		{ FIELD_REAL_UID, 0, UINT32_MAX, &facts->real_uid },
		{ FIELD_SESSION_ID, 0, INT32_MAX, &facts->session_id },
		{ FIELD_LEADER_START, 0, INT64_MAX, &facts->leader_start },
		{ FIELD_CONVERSATION, false, true, &conversation },
		{ FIELD_FIRST_FACTOR, FIRST_NONE, FIRST_SSH_METHODS, &factor },
	};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (frame_number(f, of[i].tag, of[i].number) != 0 ||
		    *of[i].number < of[i].low || *of[i].number > of[i].high)
			return -1;
	facts->purpose = (enum facts_purpose)purpose;
	facts->conversation = conversation != 0;
	facts->first_factor = (enum first_factor)factor;
	return 0;
}

static void
text_get(const struct frame *f, enum frame_field tag, const char **text)
{
	*text = frame_text(f, tag);
	if (*text == NULL)
		*text = "";
}

static bool
one_field_fits(const struct facts *f)
{
	return f->one_field == NULL ||
	    (!f->conversation &&
		(f->one_field[0] == '\0' ||
		    one_field_kind_of(f->one_field) != ONE_FIELD_NONE));
}

static bool
state_admin_fits(const struct facts *f)
{
	return f->state_admin == NULL ||
	    (f->purpose != PURPOSE_LOGIN &&
		strspn(f->state_admin, "0123456789abcdef") == STATE_ADMIN_LEN);
}

/* Only for PURPOSE_EXPLAIN, in request. */
static int
socket_uid_get(struct facts *f)
{
	char *end;

	if (f->purpose != PURPOSE_EXPLAIN || f->request[0] == '\0')
		return 0;
	f->socket_uid = strtoll(f->request, &end, 10);
	return *end == '\0' && f->socket_uid >= 1 && f->socket_uid <= UINT32_MAX
	    ? 0
	    : -1;
}

int
facts_get(const struct frame *f, struct facts *facts)
{
	*facts = (struct facts){ 0 };
	text_get(f, FIELD_CONF, &facts->conf);
	text_get(f, FIELD_USER, &facts->user);
	text_get(f, FIELD_SERVICE, &facts->service);
	text_get(f, FIELD_TTY, &facts->tty);
	text_get(f, FIELD_RHOST, &facts->rhost);
	text_get(f, FIELD_SSH_ADDRESS, &facts->ssh_addr);
	text_get(f, FIELD_RUSER, &facts->ruser);
	text_get(f, FIELD_BOOT_ID, &facts->boot_id);
	text_get(f, FIELD_AUTH_INFO, &facts->auth_info);
	text_get(f, FIELD_ADMIN_REQUEST, &facts->request);
	text_get(f, FIELD_RECORD, &facts->record);
	facts->one_field = frame_text(f, FIELD_ONE_FIELD);
	facts->state_admin = frame_text(f, FIELD_STATE_ADMIN);
	/* absent if the module is older; then there is no terminal */
	(void)frame_number(f, FIELD_LEADER_TTY, &facts->leader_tty);
	if (facts->conf[0] != '/' || facts->leader_tty < 0 ||
	    facts->leader_tty > UINT32_MAX || numbers_get(f, facts) != 0 ||
	    !one_field_fits(facts) || !state_admin_fits(facts) ||
	    socket_uid_get(facts) != 0)
		return -1;
	/* a login's record is always the user's file */
	return facts->record[0] == '\0' || facts->purpose == PURPOSE_ENROL ||
		facts->purpose == PURPOSE_RECORD_PUT ||
		facts->purpose == PURPOSE_REGISTER ||
		facts->purpose == PURPOSE_REKEY
	    ? 0
	    : -1;
}
