/* SPDX-License-Identifier: BSD-2-Clause */
/* The mail by which each person hears what will be asked, and from when on. */
#include "twofactl/rollout/rollout.h"

#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/etc/etc.h"

static const char template[] =
    "To: %user%\n"
    "Subject: A code when you log in to %host%\n"
    "Auto-Submitted: auto-generated\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "\n"
    "Hello %name%,\n"
    "\n"
    "%host% asks for a code after your password: %day%.\n"
    "%what%\n"
    "\n"
    "Do not give such a code to anybody who asks for it, by phone or by mail.\n"
    "If one comes that you did not ask for, somebody has your password.\n\n";

enum { USER, NAME, HOST, DAY, WHAT, WORDS };
static const char *const placeholders[WORDS] = { "%user%", "%name%", "%host%",
	"%day%", "%what%" };

static void
write_mail(FILE *out, const char *text, const char *const value[WORDS])
{
	while (*text != '\0') {
		size_t n = 0;

		while (n < WORDS &&
		    strncmp(text, placeholders[n], strlen(placeholders[n])) !=
			0)
			n++;
		if (n < WORDS)
			fputs(value[n], out);
		else
			fputc(*text, out);
		text += n < WORDS ? strlen(placeholders[n]) : 1;
	}
}

/* A full name is its user's (chfn), so sendmail does not run as root. */
static int
send_mail(const char *text, const char *const value[WORDS])
{
	static const char *const argv[] = { CLIENT_SENDMAIL, "-t", "-oi",
		NULL };
	char *mail OWNED(owned_text) = NULL;
	size_t len;
	FILE *stream = open_memstream(&mail, &len);
	int rc = -1;

	if (stream != NULL) {
		write_mail(stream, text, value);
		mail = text_stream_end(stream, &mail);
	}
	if (mail != NULL)
		rc = run_program_with_text(argv, mail);
	return rc == 0 ? 0
		       : terminal_error("%s gets no mail",
			     terminal_shell_quote(value[USER]));
}

/* The next step of this person. */
static const char *
what_to_do(const struct lockout_row *row)
{
	if (!denial_is_denied(&row->plan[1]))
		return "You are enrolled, and need to do nothing.";
	return "You are not ready for that, and cannot log in then: please ask "
	       "your\nadministrators before.";
}

/* Writes from when on this host asks. */
static void
write_day(const struct rollout *r, char out[64])
{
	char day[DAY_TEXT_MAX];

	day_text(r->c->conf->unenrolled_until, day);
	if (r->stage == ROLLOUT_UNTIL && day[0] != '\0')
		snprintf(out, 64, "of everybody after %s", day);
	else
		snprintf(out, 64, "%s",
		    r->stage == ROLLOUT_ALL ? "of everybody, now"
					    : "of everybody, soon");
}

/* True for one who will be asked for a code or denied, and is named. */
static bool
is_told(const struct rollout *r, const struct lockout_row *row)
{
	return row->decided && user_name_is_valid(row->name) &&
	    (row->plan[1].end == ADMISSION_ON ||
		denial_is_denied(&row->plan[1])) &&
	    (r->named.count == 0 || name_list_has(&r->named, row->name));
}

enum ctl_exit
rollout_mail(const struct rollout *r)
{
	struct trusted_file own OWNED(trusted_file_free) = { .text = NULL };
	char host[HOST_NAME_MAX + 1] = "", day[64];
	const char *value[WORDS] = { [HOST] = host, [DAY] = day };
	enum ctl_exit status = CTL_DONE;
	size_t told = 0;

	if (r->typed->file != NULL &&
	    place_file_read_path_or_stdin(&own, r->typed->file) != 0)
		return CTL_FAILED;
	(void)gethostname(host, HOST_NAME_MAX);
	write_day(r, day);
	for (size_t i = 0; i < r->table.count; i++) {
		const struct lockout_row *row = &r->table.row[i];
		const char *text = own.text != NULL ? own.text : template;

		if (!is_told(r, row))
			continue;
		told++;
		value[USER] = value[NAME] = row->name;
		if (row->full_name[0] != '\0' &&
		    setting_text_is_printable_utf8(row->full_name))
			value[NAME] = row->full_name;
		value[WHAT] = what_to_do(row);
		if (!r->typed->send)
			write_mail(stdout, text, value);
		else if (send_mail(text, value) != 0)
			status = CTL_FAILED;
	}
	if (told == 0 || told < r->named.count)
		return terminal_error_status(CTL_NO,
		    "%zu mails: the others are not asked for a code, or cannot "
		    "log in; see: twofactl rollout who",
		    told);
	if (r->typed->send && status == CTL_DONE)
		printf("%zu mails were handed to " CLIENT_SENDMAIL ".\n", told);
	return status;
}
