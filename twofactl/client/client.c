/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl asks of a running helper, which is believed only when verdict,
 * end and exit status agree. */
#include "twofactl/client/client.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/rules/rules.h"

#define DEADLINE_MS 30000 /* the state may be busy for some seconds */
#define MARGIN_S 5        /* for the helper's end */

int (*link_admin)(const char *conf, enum facts_purpose purpose,
    char password[STATE_ADMIN_LEN + 1]);

uid_t link_uid;

const char *
client_real_user(void)
{
	const char *name = getenv("SUDO_USER");

	return name != NULL && user_name_is_valid(name) ? name : "";
}

uid_t
client_sudo_caller(struct account *who)
{
	const char *text = getenv("SUDO_UID");
	char *end = NULL;
	const unsigned long uid = text != NULL ? strtoul(text, &end, 10) : 0;

	if (uid == 0 || uid >= UINT32_MAX || *end != '\0' ||
	    accounts_find_uid((uid_t)uid, who) != ACCOUNT_FOUND ||
	    setenv("SUDO_USER", who->name, 1) != 0)
		return 0;
	return (uid_t)uid;
}

struct facts
client_facts(
    const struct run *run, const char *owner, enum facts_purpose purpose)
{
	static char boot[BOOT_ID_MAX + 1];

	system_boot_id(boot);
	return (struct facts){ .purpose = purpose,
		.conf = run->conf,
		.deadline_ms = DEADLINE_MS,
		.user = owner,
		.service = "twofactl",
		.tty = "",
		.rhost = "",
		.ssh_addr = "",
		.ruser = client_real_user(),
		.real_uid = link_uid != 0 ? link_uid : getuid(),
		.boot_id = boot,
		.auth_info = "",
		.request = "",
		.record = "" };
}

/* End it: returns status, or CTL_FAILED after complaining. Wipes. */
static enum ctl_exit
link_close(struct client *l, enum ctl_exit status)
{
	explicit_bzero(l->bytes, sizeof(l->bytes));
	/* it is done only if both signs say so */
	return helper_process_end(&l->run) == 0 ? status : CTL_FAILED;
}

/* 0, or -1 after closing the connection. */
static int
link_begin(struct client *l, const struct facts *facts, int64_t ms)
{
	static unsigned char bytes[FRAME_BEGIN_MAX];
	struct frame f;
	int rc, error;

	l->deadline = frame_clock_ms() + ms;
	frame_init(&f, FRAME_BEGIN, bytes, sizeof(bytes));
	facts_put(&f, facts);
	rc = frame_send(l->run.sock, &f);
	error = errno;
	explicit_bzero(bytes, f.len);
	if (rc == 0)
		return 0;
	terminal_error("the helper could not be asked: %s", strerror(error));
	(void)link_close(l, CTL_FAILED);
	return -1;
}

int
client_open(struct client *l, const struct run *run, const struct facts *facts)
{
	const int64_t ms = facts->deadline_ms + MARGIN_S * INT64_C(1000);
	char password[STATE_ADMIN_LEN + 1] = "";
	struct facts f = *facts;
	int rc = -1;

	memset(l, 0, sizeof(*l));
	if (link_admin != NULL &&
	    link_admin(run->conf, f.purpose, password) != 0)
		return -1;
	if (password[0] != '\0')
		f.state_admin = password;
	if (helper_process_start(&l->run, run->helper, (unsigned)(ms / 1000)) ==
	    0)
		rc = link_begin(l, &f, ms);
	explicit_bzero(password, sizeof(password));
	return rc;
}

/* 0, or -1 after killing the helper. */
static int
link_count(struct client *l, size_t *seen, size_t most)
{
	if (++*seen <= most)
		return 0;
	l->flooded = true;
	helper_process_kill(&l->run);
	return -1;
}

/* The clock is checked here: waiting frames arrive at any time. */
static enum frame_result
receive(struct client *l, struct frame *f, unsigned types)
{
	enum frame_result r = FRAME_TIMEOUT;

	if (frame_clock_ms() < l->deadline)
		r = frame_recv(l->run.sock, f, types, l->bytes,
		    sizeof(l->bytes), l->deadline);
	if (r == FRAME_TIMEOUT)
		helper_process_kill(&l->run);
	return r;
}

enum frame_result
client_receive(struct client *l, struct frame *f)
{
	const enum frame_result r = receive(
	    l, f, 1u << FRAME_SAY | 1u << FRAME_ASK | 1u << FRAME_VERDICT);

	if (r == FRAME_OK && f->type == FRAME_ASK &&
	    link_count(l, &l->lines, CLIENT_LINES) != 0)
		return FRAME_BAD;
	return r;
}

int
client_read_item(struct client *l, const struct frame *f, struct item *r)
{
	if (item_read(r, frame_text(f, FIELD_TEXT)) != 0)
		return -1;
	if (r->kind == ITEM_USER || r->kind == ITEM_SOURCE ||
	    r->kind == ITEM_HELD || r->kind == ITEM_RECORD)
		return link_count(l, &l->rows, CLIENT_ROWS);
	return link_count(l, &l->lines, CLIENT_LINES);
}

/* Answer an ASK; NULL: ABORT. 0 or -1. */
static int
link_answer(struct client *l, const char *answer)
{
	struct frame f;

	frame_init(&f, answer != NULL ? FRAME_ANSWER : FRAME_ABORT, l->bytes,
	    sizeof(l->bytes));
	if (answer != NULL) {
		frame_put_text(&f, FIELD_ANSWER, answer);
		frame_put_number(&f, FIELD_TYPED, (int64_t)strlen(answer));
	} else {
		frame_put_number(&f, FIELD_ABORT, ABORT_CONVERSATION);
	}
	return frame_send(l->run.sock, &f);
}

const char *
client_failure_text(const struct client *l, enum frame_result r)
{
	if (l->flooded)
		return "sent more than any request needs, and was killed; "
		       "install twofactl and twofa-helper again";
	switch (r) {
	case FRAME_EOF:
	case FRAME_FAILED:
		return "ended without a verdict; see: journalctl -t "
		       "twofa-helper";
	case FRAME_TIMEOUT:
		return "did not end in time, and was killed; try again";
	case FRAME_BAD:
	case FRAME_OTHER_VERSION:
	case FRAME_OK:
		break;
	}
	return "sent what this version does not know; install the same "
	       "version of twofactl and twofa-helper";
}

enum reason
client_reason(const struct frame *verdict)
{
	const char *word = frame_text(verdict, FIELD_REASON);

	return word != NULL ? reason_from_word(word) : REASON_NONE;
}

/* The exit status for a denial's reason; CTL_NO when it has none. */
static enum ctl_exit
link_status(enum reason reason)
{
	const enum reason_class class = reason_text(reason)->class;

	return class == REASON_CLASS_CORRECT ? CTL_SETTINGS
	    : class == REASON_CLASS_FAILED   ? CTL_FAILED
					     : CTL_NO;
}

/* After the verdict only the end may come: returns status, or CTL_FAILED after
 * complaining. */
static enum ctl_exit
link_finish(struct client *l, enum ctl_exit status)
{
	struct frame f;
	enum frame_result r = FRAME_OK;

	/* with a listening helper END replaces the exit status */
	if (l->run.pid == 0)
		r = receive(l, &f, 1u << FRAME_END);
	if (r == FRAME_OK)
		r = client_receive(l, &f);
	else if (r == FRAME_EOF)
		r = FRAME_FAILED;
	if (r == FRAME_EOF)
		return status;
	return terminal_error_exit(
	    CTL_FAILED, "the helper %s", client_failure_text(l, r));
}

#define SHOWN_MAX (4 * FRAME_PROMPT_MAX + 1)

struct talk {
	const struct client_request *call;
	struct client link;
	bool answered, told;
	struct item record;
};

/* Wait for a line, or until the helper goes on at the deadline. */
static bool
wait_for_line(const struct talk *t)
{
	struct pollfd p[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->link.run.sock, .events = POLLIN },
		{ .fd = terminal_end(), .events = POLLIN },
	};
	int64_t left;
	int n;

	do {
		left = t->link.deadline - frame_clock_ms();
		n = poll(p, 3, left > INT_MAX ? INT_MAX : (int)left);
	} while (n < 0 && errno == EINTR);
	return n > 0 && p[1].revents == 0;
}

/* A line that is too long is sent as "", which is never a code. If the helper
 * is gone, its verdict or end counts. */
static int
answer_prompt(struct talk *t, const struct frame *f)
{
	char prompt[SHOWN_MAX], line[FRAME_ANSWER_MAX + 1] = "";
	bool typed;

	escape_text(frame_text(f, FIELD_TEXT), prompt, sizeof(prompt));
	(void)fflush(stdout);
	fputs(prompt, stderr);
	if (!wait_for_line(t)) {
		fputc('\n', stderr);
		return 0;
	}
	typed = terminal_read_line("", line, sizeof(line)) == 0;
	(void)link_answer(&t->link, typed ? line : NULL);
	explicit_bzero(line, sizeof(line));
	return 0;
}

static int
answer(struct talk *t, const struct frame *f)
{
	int rc = 0;

	if (t->call->dialogue)
		return answer_prompt(t, f);
	if (t->answered)
		return -1;
	t->answered = true;
	if (t->call->asked != NULL)
		rc = t->call->asked(t->call->ctx);
	t->told = rc > 0;
	return rc == 0 ? link_answer(&t->link, t->call->answer) : -1;
}

/* An error, a line of a dialogue, the number that is wanted, or a record. Lines
 * go where prompts do, to keep their order. */
static int
take_item(struct talk *t, const struct frame *f)
{
	const struct client_request *call = t->call;
	const struct item *r = &t->record;

	if (client_read_item(&t->link, f, &t->record) != 0)
		return -1;
	if (r->kind == ITEM_ERROR)
		terminal_error(CLIENT_SAYS "%s", r->text[1]);
	else if (call->dialogue && r->kind == ITEM_SAY)
		fprintf(stderr, "%s\n", r->text[1]);
	else if (call->count != NULL && r->kind == call->counts)
		*call->count = r->number[1];
	else
		return call->record != NULL ? call->record(call->ctx, r) : -1;
	return 0;
}

static enum ctl_exit
judge(const struct talk *t, const struct frame *f)
{
	const struct client_request *call = t->call;
	const enum reason reason = client_reason(f);
	const enum ctl_exit status = link_status(reason);
	const char *word = frame_text(f, FIELD_REASON);
	int64_t verdict = -1;

	if (frame_number(f, FIELD_VERDICT, &verdict) != 0)
		verdict = -1;
	if (call->dialogue &&
	    (verdict < VERDICT_DENY || verdict > VERDICT_ALLOW))
		return terminal_error_exit(CTL_FAILED, "the helper %s",
		    client_failure_text(&t->link, FRAME_BAD));
	if (call->verdict != NULL)
		call->verdict(call->ctx, f);
	if (verdict == VERDICT_ALLOW && (t->answered || call->answer == NULL))
		return CTL_DONE;
	if (reason == REASON_KEPT && t->answered)
		return call->answer == NULL ? CTL_DONE : CTL_FAILED;
	if (call->dialogue || reason == REASON_NOTHING ||
	    reason == REASON_DEADLINE || reason == REASON_STATE ||
	    status == CTL_SETTINGS)
		return status;
	return terminal_error_exit(
	    CTL_FAILED, "the helper refused: %s", word != NULL ? word : "");
}

static enum ctl_exit
listen_to(struct talk *t)
{
	enum frame_result r;
	struct frame f;

	for (;;) {
		r = client_receive(&t->link, &f);
		if (r == FRAME_OK && f.type == FRAME_VERDICT)
			return link_finish(&t->link, judge(t, &f));
		if (r != FRAME_OK ||
		    (f.type == FRAME_ASK ? answer(t, &f) : take_item(t, &f)) !=
			0)
			break;
	}
	if (!t->told)
		terminal_error(
		    "the helper %s", client_failure_text(&t->link, r));
	return CTL_FAILED;
}

enum ctl_exit
client_request(const struct run *run, const struct client_request *call)
{
	struct facts facts = client_facts(
	    run, call->user != NULL ? call->user : "", call->purpose);
	struct talk t = { .call = call };
	enum ctl_exit status;
	int rc;

	if (call->request != NULL)
		facts.request = call->request;
	if (call->text != NULL)
		facts.record = call->text;
	if (call->deadline_ms != 0)
		facts.deadline_ms = call->deadline_ms;
	if (call->facts != NULL)
		facts = *call->facts;
	t.link.run.sock = call->sock; /* of a listening helper, owned now */
	rc = call->sock > 0 ? link_begin(&t.link, &facts,
				  facts.deadline_ms + MARGIN_S * INT64_C(1000))
			    : client_open(&t.link, run, &facts);
	if (rc != 0)
		return CTL_FAILED;
	status = link_close(&t.link, listen_to(&t));
	explicit_bzero(&t, sizeof(t));
	return status;
}

#define PROVIDER_PROBE_DEADLINE_MS (60 * INT64_C(1000))

struct probe {
	void *ctx;
	void (*found)(void *ctx, const char *name, const char *words);
};

static int
link_take_problem(void *ctx, const struct item *r)
{
	const struct probe *probe = ctx;

	if (r->kind == ITEM_PROBLEM)
		probe->found(probe->ctx, r->text[1], r->text[2]);
	return 0;
}

enum ctl_exit
client_probe(const struct run *run, const char *conf, void *ctx,
    void (*found)(void *ctx, const char *name, const char *words))
{
	struct run other = *run;
	struct probe probe = { ctx, found };
	const struct client_request call = { .purpose = PURPOSE_DOCTOR,
		.deadline_ms = PROVIDER_PROBE_DEADLINE_MS,
		.ctx = &probe,
		.record = link_take_problem };

	other.conf = conf;
	return client_request(&other, &call);
}

void
client_audit(enum event event, const char *user, const char *fmt, ...)
{
	const char *caller = client_real_user();
	const char *head =
	    logline_event_prefix(event, user != NULL ? user : "-");
	const bool named = user != NULL && event == EVENT_NONE;
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	log_notice("%s%s%s%s by uid=%lld%s%s", head, what,
	    named ? " user=" : "", named ? user : "", (long long)getuid(),
	    caller[0] != '\0' ? " ruser=" : "", caller);
}
