/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What twofactl asks of a running helper, which is believed only when verdict,
 * end and exit status agree.
 */
#include "twofactl/link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/items/items.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

/* A dialogue of the helper's at the terminal. */

#define SHOWN_MAX (4 * FRAME_PROMPT_MAX + 1)

struct link_dialogue_talk {
	const struct link_dialogue *talk;
	struct link link;
	struct item record;
};

/* Only errors and lines may come here. */
static int
helper_dialogue_take_line(struct link_dialogue_talk *t, const struct frame *f)
{
	if (link_item(&t->link, f, &t->record) != 0)
		return -1;
	if (t->record.kind == ITEM_ERROR) {
		complain(LINK_SAYS "%s", t->record.text[1]);
		return 0;
	}
	if (t->record.kind == ITEM_SAY) {
		/* flushed, to keep the order with prompts */
		fprintf(stderr, "%s\n", t->record.text[1]);
		return 0;
	}
	return -1;
}

/* Wait for a line, or until the helper goes on at the deadline. */
static bool
wait_for_line(const struct link_dialogue_talk *t)
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

static int helper_link_answer(struct link *, const char *answer);

/* A line that is too long is sent as "", which is never a code. If the helper
 * is gone, its verdict or end counts. */
static int
link_answer(struct link_dialogue_talk *t, const struct frame *f)
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
	typed = terminal_line("", line, sizeof(line)) == 0;
	(void)helper_link_answer(&t->link, typed ? line : NULL);
	explicit_bzero(line, sizeof(line));
	return 0;
}

static enum ctl_exit helper_link_status(enum reason);

static enum ctl_exit
helper_dialogue_judge(const struct link_dialogue_talk *t, const struct frame *f)
{
	int64_t verdict = -1;

	if (frame_number(f, FIELD_VERDICT, &verdict) != 0 ||
	    verdict < VERDICT_DENY || verdict > VERDICT_ALLOW) {
		complain("the helper %s", link_broken(&t->link, FRAME_BAD));
		return CTL_FAILED;
	}
	if (t->talk->verdict != NULL)
		t->talk->verdict(t->talk->ctx, f);
	if (verdict == VERDICT_ALLOW)
		return CTL_DONE;
	return helper_link_status(link_reason(f));
}

static enum ctl_exit helper_link_finish(struct link *, enum ctl_exit status);

static enum ctl_exit
helper_dialogue_listen_to(struct link_dialogue_talk *t)
{
	enum frame_result r;
	struct frame f;

	for (;;) {
		r = link_receive(&t->link, &f);
		if (r == FRAME_OK && f.type == FRAME_VERDICT)
			return helper_link_finish(
			    &t->link, helper_dialogue_judge(t, &f));
		if (r != FRAME_OK ||
		    (f.type == FRAME_ASK
			    ? link_answer(t, &f)
			    : helper_dialogue_take_line(t, &f)) != 0)
			break;
	}
	complain("the helper %s", link_broken(&t->link, r));
	return CTL_FAILED;
}

static enum ctl_exit helper_link_close(struct link *, enum ctl_exit status);

enum ctl_exit
link_dialogue(const struct run *run, const struct link_dialogue *talk)
{
	struct link_dialogue_talk t = { .talk = talk };
	enum ctl_exit status;

	if (link_open(&t.link, run, talk->facts) != 0)
		return CTL_FAILED;
	status = helper_link_close(&t.link, helper_dialogue_listen_to(&t));
	explicit_bzero(&t, sizeof(t));
	return status;
}

#define HELPER_LINK_DEADLINE_MS                                                \
	30000      /* the state may be busy for some seconds */
#define MARGIN_S 5 /* for the helper's end */
#define BOOT_ID_MAX 64
#define ID_FILE "/proc/sys/kernel/random/boot_id"

int (*link_admin)(const char *conf, enum facts_purpose purpose,
    char password[STATE_ADMIN_LEN + 1]);

/* "" when the kernel does not tell it. */
static const char *
boot_id(void)
{
	static char id[BOOT_ID_MAX + 1];
	int fd = open(ID_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, BOOT_ID_MAX);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
	return id;
}

/* The user behind sudo; only for the log. */
static const char *
link_real_user(void)
{
	const char *name = getenv("SUDO_USER");

	return name != NULL && user_name_valid(name) ? name : "";
}

struct facts
link_facts(const struct run *run, const char *owner, enum facts_purpose purpose)
{
	return (struct facts){ .purpose = purpose,
		.conf = run->conf,
		.deadline_ms = HELPER_LINK_DEADLINE_MS,
		.user = owner,
		.service = "twofactl",
		.tty = "",
		.rhost = "",
		.ssh_addr = "",
		.ruser = link_real_user(),
		.real_uid = getuid(),
		.boot_id = boot_id(),
		.auth_info = "",
		.request = "",
		.record = "" };
}

static int
link_send_begin(const struct link *l, const struct facts *facts)
{
	static unsigned char bytes[FRAME_BEGIN_MAX];
	struct frame f;
	int rc, error;

	frame_init(&f, FRAME_BEGIN, bytes, sizeof(bytes));
	facts_put(&f, facts);
	rc = frame_send(l->run.sock, &f);
	error = errno;
	explicit_bzero(bytes, f.len);
	errno = error;
	return rc;
}

/* 0, or -1 after closing the connection. */
static int
link_begin(struct link *l, const struct facts *facts, int64_t ms)
{
	l->deadline = frame_clock_ms() + ms;
	if (link_send_begin(l, facts) == 0)
		return 0;
	complain("the helper could not be asked: %s", strerror(errno));
	(void)helper_link_close(l, CTL_FAILED);
	return -1;
}

int
link_open(struct link *l, const struct run *run, const struct facts *facts)
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
	if (process_start(&l->run, run->helper, (unsigned)(ms / 1000)) == 0)
		rc = link_begin(l, &f, ms);
	explicit_bzero(password, sizeof(password));
	return rc;
}

/* The same with a listening helper, over link_socket_open's connection, which
 * it then owns. */
static int
helper_link_take(struct link *l, int sock, const struct facts *facts)
{
	memset(l, 0, sizeof(*l));
	l->run = (struct process){ .sock = sock };
	return link_begin(
	    l, facts, facts->deadline_ms + MARGIN_S * INT64_C(1000));
}

/* 0, or -1 after killing the helper. */
static int
link_count(struct link *l, size_t *seen, size_t most)
{
	if (++*seen <= most)
		return 0;
	l->flooded = true;
	process_kill(&l->run);
	return -1;
}

/* The clock is checked here because frames that are waiting arrive at any
 * time. */
static enum frame_result
receive(struct link *l, struct frame *f, unsigned types)
{
	enum frame_result r = FRAME_TIMEOUT;

	if (frame_clock_ms() < l->deadline)
		r = frame_recv(l->run.sock, f, types, l->bytes,
		    sizeof(l->bytes), l->deadline);
	if (r == FRAME_TIMEOUT)
		process_kill(&l->run);
	return r;
}

enum frame_result
link_receive(struct link *l, struct frame *f)
{
	const enum frame_result r = receive(
	    l, f, 1u << FRAME_SAY | 1u << FRAME_ASK | 1u << FRAME_VERDICT);

	if (r == FRAME_OK && f->type == FRAME_ASK &&
	    link_count(l, &l->lines, LINK_LINES) != 0)
		return FRAME_BAD;
	return r;
}

int
link_item(struct link *l, const struct frame *f, struct item *r)
{
	if (item_read(r, frame_text(f, FIELD_TEXT)) != 0)
		return -1;
	if (r->kind == ITEM_USER || r->kind == ITEM_SOURCE ||
	    r->kind == ITEM_HELD || r->kind == ITEM_RECORD)
		return link_count(l, &l->rows, LINK_ROWS);
	return link_count(l, &l->lines, LINK_LINES);
}

/* Answer an ASK; NULL: ABORT. 0 or -1. */
static int
helper_link_answer(struct link *l, const char *answer)
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
link_broken(const struct link *l, enum frame_result r)
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
link_reason(const struct frame *verdict)
{
	const char *word = frame_text(verdict, FIELD_REASON);

	return word != NULL ? reason_find(word) : REASON_NONE;
}

/* The exit status for a denial's reason; CTL_NO when it has none. */
static enum ctl_exit
helper_link_status(enum reason reason)
{
	switch (reason_text(reason)->class) {
	case REASON_CLASS_CORRECT:
		return CTL_SETTINGS;
	case REASON_CLASS_FAILED:
		return CTL_FAILED;
	case REASON_CLASS_REFUSED:
		break;
	}
	return CTL_NO;
}

/* After the verdict only the end may come: returns status, or CTL_FAILED after
 * complaining. */
static enum ctl_exit
helper_link_finish(struct link *l, enum ctl_exit status)
{
	struct frame f;
	enum frame_result r = FRAME_OK;

	/* with a listening helper END replaces the exit status */
	if (l->run.pid == 0)
		r = receive(l, &f, 1u << FRAME_END);
	if (r == FRAME_OK)
		r = link_receive(l, &f);
	else if (r == FRAME_EOF)
		r = FRAME_FAILED;
	if (r == FRAME_EOF)
		return status;
	complain("the helper %s", link_broken(l, r));
	return CTL_FAILED;
}

/* End it: returns status, or CTL_FAILED after complaining. Wipes. */
static enum ctl_exit
helper_link_close(struct link *l, enum ctl_exit status)
{
	explicit_bzero(l->bytes, sizeof(l->bytes));
	/* it is done only if both signs say so */
	return process_end(&l->run) == 0 ? status : CTL_FAILED;
}

struct link_request_talk {
	const struct link_request *call;
	struct link link;
	bool answered, told;
	struct item record;
};

static int
send_answer(struct link_request_talk *t)
{
	int rc = 0;

	if (t->answered)
		return -1;
	t->answered = true;
	if (t->call->asked != NULL)
		rc = t->call->asked(t->call->ctx);
	t->told = rc > 0;
	if (rc != 0)
		return -1;
	return helper_link_answer(&t->link, t->call->answer);
}

static int
helper_request_take_line(struct link_request_talk *t, const struct frame *f)
{
	if (link_item(&t->link, f, &t->record) != 0)
		return -1;
	if (t->record.kind == ITEM_ERROR) {
		complain(LINK_SAYS "%s", t->record.text[1]);
		return 0;
	}
	if (t->call->record == NULL)
		return -1;
	return t->call->record(t->call->ctx, &t->record);
}

/* The exit status for a verdict. */
static enum ctl_exit
helper_request_judge(const struct link_request_talk *t, const struct frame *f)
{
	const enum reason reason = link_reason(f);
	const char *word = frame_text(f, FIELD_REASON);
	int64_t verdict = VERDICT_DENY;
	enum ctl_exit status;

	if (frame_number(f, FIELD_VERDICT, &verdict) == 0 &&
	    verdict == VERDICT_ALLOW &&
	    (t->answered || t->call->answer == NULL))
		return CTL_DONE;
	if (reason == REASON_KEPT && t->answered)
		return t->call->answer == NULL ? CTL_DONE : CTL_FAILED;
	status = helper_link_status(reason);
	if (reason == REASON_NOTHING || reason == REASON_DEADLINE ||
	    reason == REASON_STATE || status == CTL_SETTINGS)
		return status;
	complain("the helper refused: %s", word != NULL ? word : "");
	return CTL_FAILED;
}

static enum ctl_exit
helper_request_listen_to(struct link_request_talk *t)
{
	enum frame_result r;
	struct frame f;

	for (;;) {
		r = link_receive(&t->link, &f);
		if (r == FRAME_OK && f.type == FRAME_VERDICT)
			return helper_link_finish(
			    &t->link, helper_request_judge(t, &f));
		if (r != FRAME_OK ||
		    (f.type == FRAME_ASK
			    ? send_answer(t)
			    : helper_request_take_line(t, &f)) != 0)
			break;
	}
	if (!t->told)
		complain("the helper %s", link_broken(&t->link, r));
	return CTL_FAILED;
}

enum ctl_exit
link_request(const struct run *run, const struct link_request *call)
{
	const struct facts facts = call->facts != NULL
	    ? *call->facts
	    : link_facts(
		  run, call->user != NULL ? call->user : "", call->purpose);
	struct link_request_talk t = { .call = call };
	enum ctl_exit status;

	if ((call->sock > 0 ? helper_link_take(&t.link, call->sock, &facts)
			    : link_open(&t.link, run, &facts)) != 0)
		return CTL_FAILED;
	status = helper_link_close(&t.link, helper_request_listen_to(&t));
	explicit_bzero(&t, sizeof(t));
	return status;
}

/* Doctor's check of providers, with settings that are not in use. */

#define PROVIDER_PROBE_DEADLINE_MS (60 * INT64_C(1000))

struct probe {
	void *ctx;
	void (*found)(void *ctx, const char *name, const char *words);
};

static int
link_take(void *ctx, const struct item *r)
{
	const struct probe *probe = ctx;

	if (r->kind == ITEM_PROBLEM)
		probe->found(probe->ctx, r->text[1], r->text[2]);
	return 0;
}

enum ctl_exit
link_probe(const struct run *run, const char *conf, void *ctx,
    void (*found)(void *ctx, const char *name, const char *words))
{
	struct run other = *run;
	struct probe probe = { ctx, found };
	struct facts facts;
	const struct link_request call = { .purpose = PURPOSE_DOCTOR,
		.facts = &facts,
		.ctx = &probe,
		.record = link_take };

	other.conf = conf;
	facts = link_facts(&other, "", PURPOSE_DOCTOR);
	facts.deadline_ms = PROVIDER_PROBE_DEADLINE_MS;
	return link_request(&other, &call);
}

void
audit(const char *what, const char *user)
{
	const char *caller = link_real_user();

	log_notice("%s%s%s by uid=%lld%s%s", what, user != NULL ? " user=" : "",
	    user != NULL ? user : "", (long long)getuid(),
	    caller[0] != '\0' ? " ruser=" : "", caller);
}
