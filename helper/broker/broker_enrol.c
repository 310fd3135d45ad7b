/* SPDX-License-Identifier: BSD-2-Clause */
/* A user without a record enrols at a login: by an invitation, or in the window
 * that the settings name; proves a number by a code; gets a record in the
 * state. Its worker only says what was typed. */
#include "helper/broker/broker_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define USER_SUFFIX ".conf"
#define UID_MAX 999999999

/* SETTINGS_ENROLLED_FILE has the number of the newest record that was written:
 * next to it, an emptied or older state does not pass for one without records.
 */

/* Returns the number; 0 if the file is missing; or -1. */
static int64_t
file_read(const struct settings *conf)
{
	char text[24] = "";
	const int fd =
	    folder_open_file(conf->state_dir, SETTINGS_ENROLLED_FILE, O_RDONLY);
	const ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	(void)close(fd);
	return n > 0 ? decimal_read(text, INT64_MAX) : -1;
}

static bool
file_write(const struct settings *conf, int64_t newest)
{
	char text[24];

	PRINT_TO(text, "%lld", (long long)newest);
	return folder_replace_file(conf->state_dir, SETTINGS_ENROLLED_FILE,
		   text, strlen(text), false) == 0;
}

void
broker_enrol_keep_file(const struct settings *conf, struct store *s)
{
	const int64_t newest = store_enrolments(s), noted = file_read(conf);

	if (noted >= 0 && noted < newest && !file_write(conf, newest))
		log_problem("%s/" SETTINGS_ENROLLED_FILE ": %s",
		    conf->state_dir, strerror(errno));
}

/* The file exists from the first record on, whatever happens next, and stays
 * ahead of an older state, which the next record would else catch up. */
static bool
file_prepare(const struct settings *conf, struct store *s)
{
	const int64_t newest = store_enrolments(s), noted = file_read(conf);

	if (newest < 0 || noted <= newest)
		return newest >= 0 &&
		    (settings_has_enrolments(conf) || file_write(conf, 0));
	return file_write(conf, noted + 1);
}

/* True if the server lets this host enrol. */
static bool
is_window_of_fleet(const struct settings *conf, struct store *s)
{
	const char *host = conf->store.host;
	const int may = store_enrol_may(s);

	if (may == 0)
		log_notice("the state lets %s enrol no user, or no more in "
			   "this hour; run: twofactl state host change %s "
			   "--enrols",
		    host, host);
	else if (may < 0)
		log_problem("%s", store_cause(s));
	return may == 1;
}

bool
broker_enrol_is_window(const struct settings *conf, struct store *s)
{
	int64_t noted;

	if (!admission_allows_self(conf, admission_today(conf)))
		return false;
	if (settings_is_fleet(conf))
		return is_window_of_fleet(conf, s);
	noted = file_read(conf);
	if (noted >= 0 && store_enrolments(s) >= noted)
		return true;
	log_problem("%s is older than the enrolments that were made here: "
		    "the password alone enrols no user. Restore it; or, to go "
		    "on without them, remove %s/" SETTINGS_ENROLLED_FILE,
	    conf->state, conf->state_dir);
	return false;
}

bool
broker_enrol_may_follow(
    const struct broker_session *s, const struct settings *conf)
{
	const struct facts *f = &s->begin.facts;

	/* in a rehearsal anybody reads the code */
	return s->begun && s->enrol.absent && f->purpose == PURPOSE_LOGIN &&
	    f->conversation && f->one_field == NULL &&
	    !settings_is_rehearsal(conf) &&
	    admission_may_enrol(conf, f->service, f->first_factor != FIRST_NONE,
		(int64_t)s->peer.uid);
}

const char *
broker_enrol_owner(const struct broker_session *s)
{
	return s->enrol.number[0] != '\0' ? s->enrol.owner : s->bound_to.user;
}

struct limits_of_sends
broker_enrol_limits(const struct broker_session *s, const struct settings *conf)
{
	struct limits_of_sends limits = conf->sends;

	if (s->enrol.number[0] == '\0')
		return limits;
	if (limits.user_hour > LIMITS_ENROL_HOUR)
		limits.user_hour = LIMITS_ENROL_HOUR;
	if (limits.user_day > LIMITS_ENROL_DAY)
		limits.user_day = LIMITS_ENROL_DAY;
	return limits;
}

int
broker_enrol_note_finished(
    struct broker_session *s, size_t of, enum method method, int result)
{
	s->enrol.proven |= result == 1 && s->enrol.number[0] != '\0' &&
	    (METHOD_BIT(method) & METHODS_PHONE) != 0 &&
	    !broker_ticket_lacks_broker(s, of);
	return result;
}

static bool
may_enrol(struct broker_op_call *p)
{
	const struct broker_session *s = p->session;
	int64_t wait_s;

	return broker_enrol_may_follow(s, p->context->conf) &&
	    s->bound_to.like[0] == '\0' &&
	    store_guess_look(p->s, s->bound_to.user, s->bound_to.source,
		&wait_s, NULL) == GUESS_OPEN;
}

/* One number a login: no receipt of another counts for it. */
int64_t
broker_op_enrol_open(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct broker_enrolment *e = &s->enrol;
	const char *number = p->request->number;
	int found = 1;

	if (e->number[0] != '\0' || !may_enrol(p))
		return 0;
	if (p->request->hashes > 0)
		found = store_invitation_find(p->s, s->bound_to.user,
		    p->request->hash, (int)p->request->hashes, &e->invitation);
	if (found != 1 ||
	    (e->invitation.id == 0 &&
		!broker_enrol_is_window(p->context->conf, p->s)))
		return found < 0 ? -1 : 0;
	if (number == NULL)
		return 1;
	if (!phone_is_valid(number) ||
	    !reach_number_allowed(p->context->conf, number))
		return 0;
	PRINT_TO(e->number, "%s", number);
	PRINT_TO(e->owner, "%s" STORE_ENROLMENT, s->bound_to.user);
	PRINT_TO(s->record.phone, "%s", number);
	broker_ticket_bind(s, p->context->conf);
	return 1;
}

/* Returns whether a record may have this number, also one that cannot be
 * read. */
static bool
file_has(int folder, const char *name, const char *number)
{
	static char text[TRUSTED_FILE_USER_MAX + 1];
	const int fd = openat(
	    folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	const bool gone = fd < 0 && errno == ENOENT;

	if (fd >= 0)
		(void)close(fd);
	return !gone &&
	    (n < 0 || n == (ssize_t)sizeof(text) ||
		memmem(text, (size_t)n, number, strlen(number)) != NULL);
}

/* Of the files; the store compares with the records of the state. */
static bool
is_of_another(const struct settings *conf, const char *number)
{
	DIR *dir = opendir(conf->users_dir);
	const struct dirent *e;
	bool found = dir == NULL;

	while (!found && (e = readdir(dir)) != NULL) {
		const size_t len = strlen(e->d_name), end = strlen(USER_SUFFIX);

		found = e->d_name[0] != '.' && len > end &&
		    strcmp(e->d_name + len - end, USER_SUFFIX) == 0 &&
		    file_has(dirfd(dir), e->d_name, number);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

/* Writes the record. Returns NULL; or why not, with the result. */
static const char *
enrol(struct broker_op_call *p, int64_t *result)
{
	const struct settings *conf = p->context->conf;
	struct broker_session *s = p->session;
	const bool invited = s->enrol.invitation.id != 0;
	const bool fleet = settings_is_fleet(conf);
	char text[SECRET_MAX], uid[32] = "";
	const struct store_enrolment e = { .user = s->bound_to.user,
		.text = text,
		.phone = s->enrol.number,
		.by = invited ? "invitation" : "window",
		.invitation = invited ? &s->enrol.invitation : NULL };

	/* a number in a record has no more digits; hosts may have others */
	if (p->request->uid <= UID_MAX && (!fleet || conf->store.same_uids))
		PRINT_TO(uid, "uid = %lld;\n", (long long)p->request->uid);
	PRINT_TO(text, "%sphone = \"%s\";\nchannels = [\"sms\", \"voice\"];\n",
	    uid, s->enrol.number);
	if (!fleet && !file_prepare(conf, p->s))
		return "the state or its folder cannot be read and written";
	switch (store_enrol(p->s, &e)) {
	case STORE_ENROLLED_DONE:
		*result = BROKER_ENROLLED_DONE;
		broker_enrol_keep_file(conf, p->s);
		return NULL;
	case STORE_ENROLLED_BEFORE:
		*result = BROKER_ENROLLED_BEFORE;
		return "there is a record by now";
	case STORE_ENROLLED_SPENT:
		return "the invitation was used or has expired";
	case STORE_ENROLLED_PHONE:
		return "the number is another user's";
	case STORE_ENROLLED_REFUSED:
		return "the state lets this host enrol no user, or no more in "
		       "this hour";
	case STORE_ENROLLED_FAILED:
		break;
	}
	*result = -1;
	p->failed = true;
	return store_cause(p->s);
}

/* Like enrol(), once all is read again, as the window may have closed. */
static const char *
enrol_if_allowed(struct broker_op_call *p, int64_t *result)
{
	const struct broker_session *s = p->session;

	if (!may_enrol(p) ||
	    (s->enrol.invitation.id == 0 &&
		!broker_enrol_is_window(p->context->conf, p->s)))
		return "locked, or too late";
	if (is_of_another(p->context->conf, s->enrol.number))
		return "the number is in a file of users_dir, or one cannot be "
		       "read";
	if (broker_record_is_absent(p, s->bound_to.user))
		return enrol(p, result);
	*result = BROKER_ENROLLED_BEFORE;
	return "there is a record by now";
}

int64_t
broker_op_enrol_commit(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	const char *user = s->bound_to.user, *why;
	int64_t result = BROKER_ENROLLED_NO;

	if (!s->enrol.proven)
		return result;
	s->enrol.proven = false;
	why = enrol_if_allowed(p, &result);
	if (why != NULL)
		log_notice("%s has proven a number and is not enrolled: %s; to "
			   "enrol the user run twofactl enroll %s NUMBER",
		    user, why, user);
	else
		log_notice("%s%s enrolled at a login, by %s, from %s",
		    logline_event_prefix(EVENT_ENROLLED, user), user,
		    s->enrol.invitation.id != 0 ? "invitation" : "window",
		    s->bound_to.source);
	return result;
}
