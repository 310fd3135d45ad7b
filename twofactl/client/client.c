/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of twofactl to a helper, which is believed only if verdict, end and
 * exit status agree. */
#include "twofactl/client/client.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/rules/rules.h"

#define DEADLINE_MS 30000 /* the state may be busy for some seconds */
#define PROVIDER_PROBE_DEADLINE_MS (60 * INT64_C(1000))
#define MARGIN_MS 5000 /* for the helper's end */
#define SHOWN_MAX (4 * FRAME_PROMPT_MAX + 1)

/* Purposes that use the operator's role. Logins, trial logins and checks of
 * this host use the host's role, which they are to exercise. */
#define BIT(purpose) (UINT64_C(1) << PURPOSE_##purpose)
#define AS_OPERATOR                                                            \
	(BIT(UNLOCK) | BIT(RECOVERY_CODES) | BIT(TOTP) | BIT(FORGET) |         \
	    BIT(STATUS) | BIT(ENROL) | BIT(PUSH) | BIT(EXPLAIN) | BIT(SHAPE) | \
	    BIT(GOT_IN) | BIT(IMPORT) | BIT(RECORDS) | BIT(RECORD_PUT) |       \
	    BIT(RECORD_REMOVE) | BIT(REKEY) | BIT(ALERT) | BIT(DESK))

const char *
client_sudo_user_name(void)
{
	const char *name = getenv("SUDO_USER");

	return name != NULL && user_name_is_valid(name) ? name : "";
}

uid_t
client_sudo_caller(struct account *who)
{
	const int64_t uid = decimal_read(getenv("SUDO_UID"), UINT32_MAX - 1);

	if (uid < 1 || accounts_find_uid((uid_t)uid, who) != ACCOUNT_FOUND ||
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
		.ruser = client_sudo_user_name(),
		.real_uid = getuid(),
		.boot_id = boot,
		.auth_info = "",
		.request = "",
		.record = "" };
}

/* Ends the request and wipes its bytes. Returns status, or CTL_FAILED after
 * reporting. */
static enum ctl_exit
end_request(struct client *c, enum ctl_exit status)
{
	explicit_bzero(c->bytes, sizeof(c->bytes));
	return helper_process_end(&c->run) == 0 ? status : CTL_FAILED;
}

/* Returns 0, or -1 after closing the connection. */
static int
client_send_begin(struct client *c, const struct facts *facts)
{
	static unsigned char bytes[FRAME_BEGIN_MAX];
	struct frame f;
	int rc, error;

	c->deadline = frame_clock_ms() + facts->deadline_ms + MARGIN_MS;
	frame_init(&f, FRAME_BEGIN, bytes, sizeof(bytes));
	facts_put(&f, facts);
	rc = frame_send(c->run.sock, &f);
	error = errno;
	explicit_bzero(bytes, f.len);
	if (rc == 0)
		return 0;
	terminal_error("the helper could not be asked: %s", strerror(error));
	(void)end_request(c, CTL_FAILED);
	return -1;
}

int
client_open(struct client *c, const struct run *run, const struct facts *facts)
{
	const int64_t ms = facts->deadline_ms + MARGIN_MS;
	char password[STATE_ADMIN_LEN + 1] = "";
	struct facts f = *facts;
	int rc = -1;

	if ((AS_OPERATOR >> f.purpose & 1) != 0 &&
	    client_admin_read_password(run->conf, password) != 0)
		return -1;
	if (password[0] != '\0')
		f.state_admin = password;
	if (helper_process_start(&c->run, run->helper, (unsigned)(ms / 1000)) ==
	    0)
		rc = client_send_begin(c, &f);
	explicit_bzero(password, sizeof(password));
	return rc;
}

/* Counts a received item. Returns 0, or -1 after killing the helper. */
static int
count_received(struct client *c, size_t *seen, size_t most)
{
	if (++*seen <= most)
		return 0;
	c->flooded = true;
	helper_process_kill(&c->run);
	return -1;
}

/* Waits for the helper's next frame. True if a held signal comes first, besides
 * one that ended the last question: that stays pending, for its effect when
 * signals are no longer held. */
static bool
is_signalled(const struct client *c)
{
	struct pollfd p[] = {
		{ .fd = c->run.sock, .events = POLLIN },
		{ .fd = terminal_signal_fd(), .events = POLLIN },
	};
	struct signalfd_siginfo first;
	const bool came = read(p[1].fd, &first, sizeof(first)) > 0;

	(void)frame_poll(p, 2, c->deadline);
	if (came)
		(void)raise((int)first.ssi_signo);
	return p[0].revents == 0 && p[1].revents != 0;
}

/* The deadline is checked first: frames that are queued never time out. */
static enum frame_result
receive(struct client *c, struct frame *f, unsigned types)
{
	enum frame_result r = FRAME_TIMEOUT;

	c->left = c->may_leave && is_signalled(c);
	if (!c->left && frame_clock_ms() < c->deadline)
		r = frame_recv(c->run.sock, f, types, c->bytes,
		    sizeof(c->bytes), c->deadline);
	if (r == FRAME_TIMEOUT)
		helper_process_kill(&c->run);
	return r;
}

enum frame_result
client_receive(struct client *c, struct frame *f)
{
	const enum frame_result r = receive(
	    c, f, 1u << FRAME_SAY | 1u << FRAME_ASK | 1u << FRAME_VERDICT);

	if (r == FRAME_OK && f->type == FRAME_ASK &&
	    count_received(c, &c->lines, CLIENT_LINES) != 0)
		return FRAME_BAD;
	return r;
}

int
client_read_item(struct client *c, const struct frame *f, struct item *r)
{
	if (item_read(r, frame_text(f, FIELD_TEXT)) != 0)
		return -1;
	if (r->kind == ITEM_USER || r->kind == ITEM_SOURCE ||
	    r->kind == ITEM_HELD || r->kind == ITEM_RECORD ||
	    r->kind == ITEM_GOT_IN || r->kind == ITEM_HOST ||
	    r->kind == ITEM_BYPASS)
		return count_received(c, &c->rows, CLIENT_ROWS);
	return count_received(c, &c->lines, CLIENT_LINES);
}

/* Answers an ASK; NULL sends ABORT. Returns 0 or -1. */
static int
client_send_answer(struct client *c, const char *answer)
{
	struct frame f;

	frame_init(&f, answer != NULL ? FRAME_ANSWER : FRAME_ABORT, c->bytes,
	    sizeof(c->bytes));
	if (answer != NULL) {
		frame_put_text(&f, FIELD_ANSWER, answer);
		frame_put_number(&f, FIELD_TYPED, (int64_t)strlen(answer));
	} else {
		frame_put_number(&f, FIELD_ABORT, ABORT_CONVERSATION);
	}
	return frame_send(c->run.sock, &f);
}

const char *
client_failure_text(const struct client *c, enum frame_result r)
{
	if (c->flooded)
		return "sent more than any request needs, and was killed; "
		       "install twofactl and twofa-helper again";
	if (c->left)
		return "was ended; a login may have to wait for its code";
	if (r == FRAME_EOF || r == FRAME_FAILED)
		return "ended without a verdict; see: journalctl -t "
		       "twofa-helper";
	if (r == FRAME_TIMEOUT)
		return "did not end in time, and was killed; try again";
	return "sent what this version does not know; install the same "
	       "version of twofactl and twofa-helper";
}

enum reason
client_reason(const struct frame *verdict)
{
	const char *word = frame_text(verdict, FIELD_REASON);

	return word != NULL ? reason_from_word(word) : REASON_NONE;
}

/* Only the end may follow the verdict. Returns status, or CTL_FAILED after
 * reporting. */
static enum ctl_exit
finish_request(struct client *c, enum ctl_exit status)
{
	struct frame f;
	enum frame_result r = FRAME_OK;

	/* a worker of the listener sends END in place of an exit status */
	if (c->run.pid == 0)
		r = receive(c, &f, 1u << FRAME_END);
	if (r == FRAME_OK)
		r = client_receive(c, &f);
	else if (r == FRAME_EOF)
		r = FRAME_FAILED;
	if (r == FRAME_EOF)
		return status;
	return terminal_error_status(
	    CTL_FAILED, "the helper %s", client_failure_text(c, r));
}

/* Waits for a line to read. False if the helper sends first, or at the
 * deadline. */
static bool
wait_for_line(const struct client *c)
{
	struct pollfd p[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = c->run.sock, .events = POLLIN },
		{ .fd = terminal_signal_fd(), .events = POLLIN },
	};

	return frame_poll(p, 3, c->deadline) > 0 && p[1].revents == 0;
}

/* Sends a line that is too long as "", which is never a code. If the helper has
 * ended, its verdict or end is read next. */
static int
answer_prompt(struct client *c, const struct frame *f)
{
	char prompt[SHOWN_MAX], line[FRAME_ANSWER_MAX + 1] = "";
	bool typed;

	escape_text(frame_text(f, FIELD_TEXT), prompt, sizeof(prompt));
	(void)fflush(stdout);
	fputs(prompt, stderr);
	if (!wait_for_line(c)) {
		fputc('\n', stderr);
		return 0;
	}
	typed = terminal_read_line("", line, sizeof(line)) == 0;
	(void)client_send_answer(c, typed ? line : NULL);
	c->may_leave = !typed;
	explicit_bzero(line, sizeof(line));
	return 0;
}

static int
answer(struct client *c, const struct frame *f)
{
	int rc = 0;

	if (c->call->dialogue)
		return answer_prompt(c, f);
	if (c->answered)
		return -1;
	c->answered = true;
	if (c->call->asked != NULL)
		rc = c->call->asked(c->call->ctx);
	c->reported = rc > 0;
	return rc == 0 ? client_send_answer(c, c->call->answer) : -1;
}

/* Handles an error, a line of a dialogue, the wanted number or a record. Lines
 * go to stderr like prompts, to keep their order. */
static int
take_item(struct client *c, const struct frame *f)
{
	const struct client_request *call = c->call;
	const struct item *r = &c->record;

	if (client_read_item(c, f, &c->record) != 0)
		return -1;
	if (r->kind == ITEM_ERROR)
		terminal_error(CLIENT_SAYS "%s", r->text[1]);
	else if (call->dialogue && r->kind == ITEM_SAY) {
		fprintf(stderr, "%s\n", r->text[1]);
		if (strncmp(r->text[1], TOTP_URI, strlen(TOTP_URI)) == 0)
			qr_text_show(r->text[1]);
		c->may_leave = true;
	} else if (call->count != NULL && r->kind == call->counts)
		*call->count = r->number[1];
	else
		return call->record != NULL ? call->record(call->ctx, r) : -1;
	return 0;
}

/* Exit status for the reason of a denial. */
static enum ctl_exit
status_from_reason(enum reason reason)
{
	const enum reason_class class = reason_text(reason)->class;

	if (class == REASON_CLASS_CORRECT)
		return CTL_SETTINGS;
	return class == REASON_CLASS_FAILED ? CTL_FAILED : CTL_NO;
}

static enum ctl_exit
verdict_status(const struct client *c, const struct frame *f)
{
	const struct client_request *call = c->call;
	const enum reason reason = client_reason(f);
	const enum ctl_exit status = status_from_reason(reason);
	const char *word = frame_text(f, FIELD_REASON);
	int64_t verdict = -1;

	if (frame_number(f, FIELD_VERDICT, &verdict) != 0)
		verdict = -1;
	if (call->dialogue &&
	    (verdict < VERDICT_DENY || verdict > VERDICT_ALLOW))
		return terminal_error_status(CTL_FAILED, "the helper %s",
		    client_failure_text(c, FRAME_BAD));
	if (call->verdict != NULL)
		call->verdict(call->ctx, f);
	if (verdict == VERDICT_ALLOW && (c->answered || call->answer == NULL))
		return CTL_DONE;
	if (reason == REASON_KEPT && c->answered)
		return call->answer == NULL ? CTL_DONE : CTL_FAILED;
	if (call->dialogue || reason == REASON_NOTHING ||
	    reason == REASON_DEADLINE || reason == REASON_STATE ||
	    status == CTL_SETTINGS)
		return status;
	return terminal_error_status(
	    CTL_FAILED, "the helper refused: %s", word != NULL ? word : "");
}

static enum ctl_exit
receive_all(struct client *c)
{
	enum frame_result r;
	struct frame f;

	for (;;) {
		r = client_receive(c, &f);
		if (r == FRAME_OK && f.type == FRAME_VERDICT)
			return finish_request(c, verdict_status(c, &f));
		if (r != FRAME_OK ||
		    (f.type == FRAME_ASK ? answer(c, &f) : take_item(c, &f)) !=
			0)
			break;
	}
	if (!c->reported)
		terminal_error("the helper %s", client_failure_text(c, r));
	return CTL_FAILED;
}

enum ctl_exit
client_request(const struct run *run, const struct client_request *call)
{
	struct facts facts = client_facts(
	    run, call->user != NULL ? call->user : "", call->purpose);
	struct client c = { .call = call };
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
	c.run.sock = call->sock; /* a connection to the listener */
	rc = call->sock > 0 ? client_send_begin(&c, &facts)
			    : client_open(&c, run, &facts);
	if (rc != 0)
		return CTL_FAILED;
	status = end_request(&c, receive_all(&c));
	explicit_bzero(&c, sizeof(c));
	return status;
}

enum ctl_exit
client_probe_providers(const struct run *run, const char *conf, void *ctx,
    int (*record)(void *ctx, const struct item *))
{
	struct run other = *run;
	const struct client_request call = { .purpose = PURPOSE_DOCTOR,
		.deadline_ms = PROVIDER_PROBE_DEADLINE_MS,
		.ctx = ctx,
		.record = record };

	other.conf = conf;
	return client_request(&other, &call);
}

void
client_audit(enum event event, const char *user, const char *fmt, ...)
{
	const char *caller = client_sudo_user_name();
	const char *head =
	    logline_event_prefix(event, user != NULL ? user : "-");
	const bool named = user != NULL && event == EVENT_NONE;
	char what[160];

	PRINT_GIVEN(what, fmt);
	log_notice("%s%s%s%s by uid=%lld%s%s", head, what,
	    named ? " user=" : "", named ? user : "", (long long)getuid(),
	    caller[0] != '\0' ? " ruser=" : "", caller);
}
