/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl notices: tells an admin what the journal has of outages, locks and
 * last recovery codes, and which exceptions end soon. A notice with locks alone
 * waits twice as long after each: who locks accounts all night sends no flood,
 * and neither delays nor hides what else happens. */
#include "twofactl/report/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/etc/etc.h"

#define HOUR INT64_C(3600)
#define WAIT_MOST_S (8 * HOUR)
#define BACK_S (7 * 24 * HOUR) /* nothing older is told */
#define REMIND_S (48 * HOUR)   /* of exceptions */
#define CODES_FEW 3            /* as the helper's own line has it */
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
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
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

static bool
is_outage(const char *word)
{
	const enum reason reason = reason_from_word(word);

	return reason == REASON_OUTAGE || reason == REASON_TRANSIENT ||
	    reason == REASON_CONFIG || reason == REASON_ACCOUNT ||
	    reason_is_state_failure(reason) || reason_denies_everyone(word);
}

/* A name, a number of codes, a reason: nothing else of a line is told. */
static void
take_line(void *ctx, const struct journal_line *l)
{
	const char *user = l->field[JOURNAL_USER];
	const char *left = strstr(l->text, " code, ");
	struct notices *n = ctx;
	unsigned codes;

	if (l->at < n->read_to || l->at >= n->now)
		return;
	if (l->login && is_outage(l->field[JOURNAL_REASON]))
		add(n, false, "outage: a login met \"%s\"",
		    l->field[JOURNAL_REASON]);
	else if (l->event == EVENT_LOCKED)
		add(n, true, "locked by wrong codes: %s", user);
	else if (l->event == EVENT_SHUT)
		add(n, true, "locked until twofactl unlock: %s", user);
	else if (l->event == EVENT_RECOVERY_USED && left != NULL &&
	    sscanf(left, " code, %u left", &codes) == 1 && codes < CODES_FEW)
		add(n, false, "recovery codes left: %s has %u", user, codes);
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
	struct etc_file f;

	if (etc_file_read(ETC_NOTICES_FILE, &f) != 0)
		terminal_error("%s", etc_cause);
	if (f.text == NULL ||
	    sscanf(f.text, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
		&n->read_to, &n->told_at, &n->wait_s, &n->reminded_at) != 4 ||
	    n->read_to > n->now || n->told_at > n->now ||
	    n->reminded_at > n->now) {
		n->read_to = n->now - HOUR;
		n->told_at = n->wait_s = n->reminded_at = 0;
	}
	if (n->read_to < n->now - BACK_S)
		n->read_to = n->now - BACK_S;
	etc_file_free(&f);
}

/* Returns CTL_DONE, or CTL_FAILED: then the next run tells the same. */
static enum ctl_exit
write_told(struct notices *n, bool failed)
{
	char text[128];
	const struct etc_file f = { .there = true, .text = text, .mode = 0600 };

	PRINT_TO(text, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n%s",
	    n->read_to, n->told_at, n->wait_s, n->reminded_at,
	    failed ? ETC_NOTICES_FAILED : "");
	if (etc_file_write(ETC_NOTICES_FILE, &f) != 0)
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	return failed ? CTL_FAILED : CTL_DONE;
}

/* Returns the notice, which the caller frees; NULL if memory is short. */
static char *
notice_text(const struct notices *n, bool mail)
{
	char host[HOST_NAME_MAX + 1] = "", *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	(void)gethostname(host, HOST_NAME_MAX);
	if (mail)
		fputs(
		    "To: root\nAuto-Submitted: auto-generated\nSubject: ", out);
	fprintf(out, "pam_twofa on %s: %zu notices\n\n", host, n->count);
	for (size_t i = 0; i < n->count; i++) {
		fputs(n->found[i].text, out);
		if (n->found[i].times > 1)
			fprintf(out, ", %zu times", n->found[i].times);
		fputc('\n', out);
	}
	if (n->more > 0)
		fprintf(out, "and %zu more\n", n->more);
	fputs("\nSee: twofactl report --events --since 1d; twofactl doctor\n",
	    out);
	return text_stream_end(out, &text);
}

/* Returns 0, or -1 after reporting. */
static int
send_notice(const struct notices *n)
{
	const bool mail = strcmp(n->conf->notify, SETTINGS_NOTIFY_MAIL) == 0;
	const char *const by_mail[] = { SENDMAIL, "-t", "-oi", NULL };
	const char *const by_command[] = { n->conf->notify, NULL };
	char *text = notice_text(n, mail);
	const int rc = text != NULL
	    ? run_program_with_text(mail ? by_mail : by_command, text)
	    : -1;

	free(text);
	return rc;
}

/* Sends what was found, unless it waits. */
static enum ctl_exit
send_found(struct notices *n)
{
	const int64_t quiet_s = n->now - n->told_at;

	if (quiet_s > 2 * WAIT_MOST_S)
		n->wait_s = 0;
	if (n->count > 0 && quiet_s < (n->locks_alone ? n->wait_s : HOUR) &&
	    !n->reminds)
		return write_told(n, false);
	if (n->count > 0 && send_notice(n) != 0)
		return write_told(n, true);
	if (n->count > 0) {
		n->told_at = n->now;
		n->wait_s = n->wait_s == 0    ? HOUR
		    : n->wait_s < WAIT_MOST_S ? 2 * n->wait_s
					      : WAIT_MOST_S;
	}
	if (n->reminds)
		n->reminded_at = n->now;
	n->read_to = n->now;
	return write_told(n, false);
}

/* Without a journal, of exceptions alone. */
static enum ctl_exit
tell(const struct run *run, struct notices *n)
{
	enum ctl_exit status = CTL_JOURNAL, sent;

	read_told(n);
	n->locks_alone = true;
	if (n->now - n->reminded_at >= REMIND_S)
		add_exceptions(n);
	if (journal_read != NULL)
		status = journal_check_files(n->read_to);
	if (status == CTL_JOURNAL)
		terminal_error(JOURNAL_NONE);
	else if (journal_read(run, n->read_to, n, take_line) != CTL_DONE)
		status = CTL_FAILED;
	sent = send_found(n);
	return sent == CTL_DONE ? status : sent;
}

/* Also with faulty settings, by which every login is denied. */
enum ctl_exit
cmd_notices(const struct arguments *typed)
{
	const struct run run = options_shared_arguments(typed);
	static struct notices n;
	enum ctl_exit status = CTL_SETTINGS;
	bool faulty;

	n.now = time(NULL);
	n.conf = settings_load_faulty(run.conf, 0, &complain_report, &faulty);
	if (n.conf == NULL)
		return status;
	if (n.conf->notify[0] == '\0')
		status = terminal_error_status(CTL_NO,
		    "notify is not set, so nobody is told; run: twofactl edit");
	else if (typed->send)
		status = send_notice(&n) == 0 ? CTL_DONE : CTL_FAILED;
	else
		status = tell(&run, &n);
	settings_free(n.conf);
	return status == CTL_DONE && faulty ? CTL_SETTINGS : status;
}
