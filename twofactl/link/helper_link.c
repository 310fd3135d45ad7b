/* SPDX-License-Identifier: BSD-2-Clause */
/* A running helper for twofactl. */
#include "twofactl/link/helper_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/items/items.h"
#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

#define DEADLINE_MS 30000 /* the state may be busy for some seconds */
#define MARGIN_S 5        /* for the helper's end */
#define BOOT_ID_MAX 64
#define ID_FILE "/proc/sys/kernel/random/boot_id"

int (*helper_link_admin)(const char *conf, enum facts_purpose purpose,
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
real_user(void)
{
	const char *name = getenv("SUDO_USER");

	return name != NULL && user_name_valid(name) ? name : "";
}

struct facts
helper_link_facts(const struct ctl *ctl, enum facts_purpose purpose)
{
	return (struct facts){ .purpose = purpose,
		.conf = ctl->conf,
		.deadline_ms = DEADLINE_MS,
		.user = ctl->kept,
		.service = "twofactl",
		.tty = "",
		.rhost = "",
		.ssh_addr = "",
		.ruser = real_user(),
		.real_uid = getuid(),
		.boot_id = boot_id(),
		.auth_info = "",
		.request = "",
		.record = "" };
}

static int
send_begin(const struct helper_link *l, const struct facts *facts)
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
begin(struct helper_link *l, const struct facts *facts, int64_t ms)
{
	l->deadline = frame_clock_ms() + ms;
	if (send_begin(l, facts) == 0)
		return 0;
	complain("the helper could not be asked: %s", strerror(errno));
	(void)helper_link_close(l, CTL_FAILED);
	return -1;
}

int
helper_link_open(
    struct helper_link *l, const struct ctl *ctl, const struct facts *facts)
{
	const int64_t ms = facts->deadline_ms + MARGIN_S * INT64_C(1000);
	char password[STATE_ADMIN_LEN + 1] = "";
	struct facts f = *facts;
	int rc = -1;

	memset(l, 0, sizeof(*l));
	if (helper_link_admin != NULL &&
	    helper_link_admin(ctl->conf, f.purpose, password) != 0)
		return -1;
	if (password[0] != '\0')
		f.state_admin = password;
	if (helper_process_start(&l->run, ctl->helper, (unsigned)(ms / 1000)) ==
	    0)
		rc = begin(l, &f, ms);
	explicit_bzero(password, sizeof(password));
	return rc;
}

int
helper_link_take(struct helper_link *l, int sock, const struct facts *facts)
{
	memset(l, 0, sizeof(*l));
	l->run = (struct helper_process){ .sock = sock };
	return begin(l, facts, facts->deadline_ms + MARGIN_S * INT64_C(1000));
}

/* 0, or -1 after killing the helper. */
static int
count(struct helper_link *l, size_t *seen, size_t most)
{
	if (++*seen <= most)
		return 0;
	l->flooded = true;
	helper_process_kill(&l->run);
	return -1;
}

/* The clock is checked here because frames that are waiting arrive at any
 * time. */
static enum frame_result
receive(struct helper_link *l, struct frame *f, unsigned types)
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
helper_link_receive(struct helper_link *l, struct frame *f)
{
	const enum frame_result r = receive(
	    l, f, 1u << FRAME_SAY | 1u << FRAME_ASK | 1u << FRAME_VERDICT);

	if (r == FRAME_OK && f->type == FRAME_ASK &&
	    count(l, &l->lines, HELPER_LINK_LINES) != 0)
		return FRAME_BAD;
	return r;
}

int
helper_link_record(
    struct helper_link *l, const struct frame *f, struct record *r)
{
	if (record_read(r, frame_text(f, FIELD_TEXT)) != 0)
		return -1;
	if (r->kind == ADMIN_USER || r->kind == ADMIN_SOURCE ||
	    r->kind == ADMIN_HELD || r->kind == ADMIN_RECORD)
		return count(l, &l->rows, HELPER_LINK_ROWS);
	return count(l, &l->lines, HELPER_LINK_LINES);
}

int
helper_link_answer(struct helper_link *l, const char *answer)
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
helper_link_broken(const struct helper_link *l, enum frame_result r)
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
	return "sent what this version does not know; install twofactl and "
	       "twofa-helper of one version";
}

enum reason
helper_link_reason(const struct frame *verdict)
{
	const char *word = frame_text(verdict, FIELD_REASON);

	return word != NULL ? reason_find(word) : REASON_NONE;
}

enum ctl_exit
helper_link_status(enum reason reason)
{
	switch (reason_text(reason)->class) {
	case REASON_CORRECT:
		return CTL_SETTINGS;
	case REASON_FAILED:
		return CTL_FAILED;
	case REASON_REFUSED:
		break;
	}
	return CTL_NO;
}

enum ctl_exit
helper_link_finish(struct helper_link *l, enum ctl_exit status)
{
	struct frame f;
	enum frame_result r = FRAME_OK;

	/* with a listening helper END replaces the exit status */
	if (l->run.pid == 0)
		r = receive(l, &f, 1u << FRAME_END);
	if (r == FRAME_OK)
		r = helper_link_receive(l, &f);
	else if (r == FRAME_EOF)
		r = FRAME_FAILED;
	if (r == FRAME_EOF)
		return status;
	complain("the helper %s", helper_link_broken(l, r));
	return CTL_FAILED;
}

enum ctl_exit
helper_link_close(struct helper_link *l, enum ctl_exit status)
{
	explicit_bzero(l->bytes, sizeof(l->bytes));
	/* it is done only if both signs say so */
	return helper_process_end(&l->run) == 0 ? status : CTL_FAILED;
}
