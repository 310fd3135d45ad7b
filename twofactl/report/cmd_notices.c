/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl notices: reports to an admin what the journal has of outages, locks
 * and last recovery codes, and which exceptions end soon. A notice with locks
 * alone waits twice as long after each: who locks accounts all night sends no
 * flood, and neither delays nor hides what else happens. */
#include "twofactl/report/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"

#define HOUR INT64_C(3600)
#define WAIT_MOST_S (8 * HOUR)
#define BACK_S (7 * 24 * HOUR) /* older events are not reported */
#define REMIND_S (48 * HOUR)   /* of exceptions */
#define CODES_FEW 3            /* as the helper's own line has it */
#define CODES_LEFT " code, "   /* precedes the number there */
#define TEXT_MAX 400           /* a name of 255 bytes, and words */
#define LOCKS_MOST 10          /* in one notice */
#define FOUND_MOST 20

struct notices {
	struct settings *conf;
	int64_t now;
	/* from ETC_NOTICES_FILE: the journal was told up to there; of the last
	 * notice; until locks alone are told; exceptions were told of */
	int64_t read_to, told_at, wait_s, reminded_at;
	/* each thing once */
	struct {
		char text[4 * TEXT_MAX];
		size_t times;
	} found[FOUND_MOST];
	size_t count, more;
	bool locks_alone, reminds;
};

static void __attribute__((format(printf, 3, 4)))
add(struct notices *n, bool lock, const char *fmt, ...)
{
	char raw[TEXT_MAX], text[4 * TEXT_MAX];
	size_t i = 0;

	PRINT_GIVEN(raw, fmt);
	escape_text(raw, text, sizeof(text));
	n->locks_alone = n->locks_alone && lock;
	while (i < n->count && strcmp(n->found[i].text, text) != 0)
		i++;
	if (i < n->count) {
		n->found[i].times++;
	} else if (i < (lock ? LOCKS_MOST : FOUND_MOST)) {
		PRINT_TO(n->found[i].text, "%s", text);
		n->found[i].times = 1;
		n->count++;
	} else {
		n->more++;
	}
}

/* A fault of host, state or provider, or one that denies everybody. */
static bool
is_outage(const char *word)
{
	const enum reason reason = reason_from_word(word);

	return reason == REASON_OUTAGE || reason_denies_everyone(word) ||
	    reason_text(reason)->class == REASON_CLASS_FAILED;
}

static bool
is_event(const char *word, enum event event)
{
	return strcmp(word, logline_event_word(event)) == 0;
}

/* A name, a number of codes, a reason: reports nothing else of a line. */
static void
add_noticed(void *ctx, int64_t at, const char *event, const char *user,
    const char *reason, const char *line)
{
	const char *left = strstr(line, CODES_LEFT);
	struct notices *n = ctx;
	long codes = CODES_FEW;

	if (left != NULL)
		codes = strtol(left + strlen(CODES_LEFT), NULL, 10);

	if (at < n->read_to || at >= n->now)
		return;
	if (is_outage(reason))
		add(n, false, "outage: a login met \"%s\"", reason);
	else if (is_event(event, EVENT_LOCKED))
		add(n, true, "locked by wrong codes: %s", user);
	else if (is_event(event, EVENT_SHUT))
		add(n, true, "locked until twofactl unlock: %s", user);
	else if (is_event(event, EVENT_RECOVERY_USED) && codes < CODES_FEW)
		add(n, false, "recovery codes left: %s has %ld", user, codes);
}

static void
add_exceptions(struct notices *n)
{
	const unsigned today = admission_today(n->conf);
	char end[DAY_END_MAX];
	struct exception e;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(n->conf); i++) {
		if (!settings_exception_at(n->conf, i, &e) ||
		    day_days_left(e.until, today) < 0 ||
		    day_days_left(e.until, today) > SETTINGS_SOON_DAYS)
			continue;
		day_end_text(e.until, today, end);
		add(n, false, "exception: %s: %s", e.name, end);
		n->reminds = true;
	}
}

/* What was told by a clock that was ahead counts as not told. */
static void
read_told(struct notices *n)
{
	int64_t *const number[] = { &n->read_to, &n->told_at, &n->wait_s,
		&n->reminded_at };
	struct etc_file f OWNED(etc_file_free) = { .text = NULL };
	char *p;

	if (etc_file_read(ETC_NOTICES_FILE, &f) != 0)
		terminal_error("%s", etc_cause);
	p = f.text;
	for (size_t i = 0; i < COUNT_OF(number); i++) {
		*number[i] = p != NULL ? strtoll(p, &p, 10) : 0;
		if (*number[i] > n->now)
			*number[i] = 0;
	}
	if (n->read_to == 0)
		n->read_to = n->now - HOUR;
	if (n->read_to < n->now - BACK_S)
		n->read_to = n->now - BACK_S;
}

/* Returns 0, or -1 after reporting. */
static int
write_told(const struct notices *n)
{
	char text[128];
	const struct etc_file f = { .text = text, .mode = 0600 };

	PRINT_TO(text, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
	    n->read_to, n->told_at, n->wait_s, n->reminded_at);
	return etc_file_write(ETC_NOTICES_FILE, &f) == 0
	    ? 0
	    : terminal_error("%s", etc_cause);
}

/* Returns 0, or -1 after reporting. */
static int
send_notice(const struct notices *n)
{
	static const char *const by_mail[] = { CLIENT_SENDMAIL, "-t", "-oi",
		NULL };
	const char *const by_command[] = { n->conf->notify, NULL };
	const bool mail = strcmp(n->conf->notify, SETTINGS_NOTIFY_MAIL) == 0;
	static char text[FOUND_MOST * sizeof(n->found[0]) + HOST_NAME_MAX];
	char host[HOST_NAME_MAX + 1] = "";

	(void)gethostname(host, HOST_NAME_MAX);
	PRINT_TO(text, "%spam_twofa on %s: %zu notices\n\n",
	    mail ? "To: root\nAuto-Submitted: auto-generated\nSubject: " : "",
	    host, n->count);
	for (size_t i = 0; i < n->count; i++)
		PRINT_APPEND(
		    text, "%s (%zu)\n", n->found[i].text, n->found[i].times);
	if (n->more > 0)
		PRINT_APPEND(text, "and %zu more\n", n->more);
	PRINT_APPEND(text,
	    "\nSee: twofactl report --events --since 1d; twofactl doctor\n");
	return run_program_with_text(mail ? by_mail : by_command, text);
}

/* Sends what was found, unless it waits. What was not sent is told by the next
 * run. Returns 0, or -1 after reporting. */
static int
send_found(struct notices *n)
{
	const int64_t quiet_s = n->now - n->told_at;
	const bool waits =
	    !n->reminds && quiet_s < (n->locks_alone ? n->wait_s : HOUR);

	if (n->count > 0 && waits)
		return write_told(n);
	if (n->count > 0 && send_notice(n) != 0)
		return -1;
	if (quiet_s > 2 * WAIT_MOST_S)
		n->wait_s = HOUR / 2;
	if (n->count > 0 && n->wait_s < WAIT_MOST_S)
		n->wait_s *= 2;
	if (n->count > 0)
		n->told_at = n->now;
	if (n->reminds)
		n->reminded_at = n->now;
	n->read_to = n->now;
	return write_told(n);
}

/* Without a journal, of exceptions alone. */
static enum ctl_exit
tell(const struct run *run, struct notices *n)
{
	enum ctl_exit status = CTL_JOURNAL;

	read_told(n);
	n->locks_alone = true;
	if (n->now - n->reminded_at >= REMIND_S)
		add_exceptions(n);
	if (journal_read != NULL)
		status = journal_read(run, n->read_to, n, add_noticed);
	if (status == CTL_JOURNAL)
		terminal_error(JOURNAL_NONE);
	return send_found(n) == 0 ? status : CTL_FAILED;
}

/* Also with faulty settings, by which every login is denied. */
enum ctl_exit
cmd_notices(const struct arguments *typed)
{
	static struct notices n;
	enum ctl_exit status = CTL_SETTINGS;
	bool faulty;

	n.now = time(NULL);
	n.conf =
	    settings_load_faulty(typed->run.conf, 0, &complain_report, &faulty);
	if (n.conf == NULL)
		return status;
	if (n.conf->notify[0] == '\0')
		status = terminal_error_status(CTL_NO,
		    "notify is not set, so nobody is told; run: twofactl edit");
	else if (typed->send)
		status = send_notice(&n) == 0 ? CTL_DONE : CTL_FAILED;
	else
		status = tell(&typed->run, &n);
	settings_free(n.conf);
	return status == CTL_DONE && faulty ? CTL_SETTINGS : status;
}
