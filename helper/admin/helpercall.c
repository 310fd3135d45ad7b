/* SPDX-License-Identifier: BSD-2-Clause */
/* Talking to the helper. */
#include "helper/admin/helpercall.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/admin/complain.h"
#include "helper/admin/helperrun.h"
#include "helper/config.h"
#include "helper/serve_admin.h"

#define DEADLINE_MS 30000 /* the state may be busy for some seconds */
#define ALARM_S 35
#define BOOT_ID_MAX 64
#define ID_FILE "/proc/sys/kernel/random/boot_id"

struct talk {
	const struct helpercall *call;
	int fd;
	int64_t deadline;
	bool answered;
	unsigned char bytes[FRAME_MAX];
	struct adminrecord record;
};

static void
read_boot_id(char id[BOOT_ID_MAX + 1])
{
	int fd = open(ID_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, BOOT_ID_MAX);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* Who is behind sudo, for the log alone. */
static const char *
real_user(void)
{
	const char *name = getenv("SUDO_USER");

	return name != NULL && user_name_valid(name) ? name : "";
}

static int
send_begin(const struct ctl *ctl, const struct talk *t)
{
	static unsigned char bytes[2 * CTL_PATH_MAX];
	char boot_id[BOOT_ID_MAX + 1];
	const struct facts facts = { .purpose = t->call->purpose,
		.conf = ctl->conf,
		.deadline_ms = DEADLINE_MS,
		.user = ctl->name,
		.service = "twofactl",
		.tty = "",
		.rhost = "",
		.ssh_addr = "",
		.ruser = real_user(),
		.real_uid = getuid(),
		.boot_id = boot_id,
		.auth_info = "" };
	struct frame f;

	read_boot_id(boot_id);
	frame_init(&f, FRAME_BEGIN, bytes, sizeof(bytes));
	facts_put(&f, &facts);
	return frame_send(t->fd, &f);
}

static int
send_answer(struct talk *t)
{
	const char *answer = t->call->answer;
	struct frame f;

	if (t->answered)
		return -1;
	t->answered = true;
	frame_init(&f, answer != NULL ? FRAME_ANSWER : FRAME_ABORT, t->bytes,
	    sizeof(t->bytes));
	if (answer != NULL) {
		frame_put_text(&f, FIELD_ANSWER, answer);
		frame_put_number(&f, FIELD_TYPED, (int64_t)strlen(answer));
	} else {
		frame_put_number(&f, FIELD_ABORT, ABORT_CONVERSATION);
	}
	return frame_send(t->fd, &f);
}

static int
take_line(struct talk *t, const struct frame *f)
{
	if (adminrecord_read(&t->record, frame_text(f, FIELD_TEXT)) != 0)
		return -1;
	if (t->record.kind == ADMIN_ERROR) {
		complain("%s", t->record.text[1]);
		return 0;
	}
	if (t->call->record == NULL)
		return -1;
	return t->call->record(t->call->ctx, &t->record);
}

/* What a verdict means for the exit status. */
static enum ctl_exit
judge(const struct talk *t, const struct frame *f)
{
	static const struct {
		const char *reason;
		enum ctl_exit status;
	} meaning[] = {
		{ SERVE_NOTHING, CTL_NO },
		{ SERVE_SETTINGS, CTL_SETTINGS },
		{ SERVE_STATE, CTL_FAILED },
	};
	const char *reason = frame_text(f, FIELD_REASON);
	int64_t verdict = VERDICT_DENY;

	if (frame_number(f, FIELD_VERDICT, &verdict) == 0 &&
	    verdict == VERDICT_ALLOW &&
	    (t->answered || t->call->answer == NULL))
		return CTL_DONE;
	if (reason == NULL)
		reason = "";
	if (strcmp(reason, SERVE_KEPT) == 0 && t->answered)
		return t->call->answer == NULL ? CTL_DONE : CTL_FAILED;
	for (size_t i = 0; i < sizeof(meaning) / sizeof(meaning[0]); i++)
		if (strcmp(reason, meaning[i].reason) == 0)
			return meaning[i].status;
	complain("the helper refused: %s", reason);
	return CTL_FAILED;
}

static const char *
broken(enum frame_result r)
{
	switch (r) {
	case FRAME_EOF:
	case FRAME_FAILED:
		return "ended without a verdict; see its lines in the log";
	case FRAME_TIMEOUT:
		return "did not answer in time; try again";
	case FRAME_BAD:
	case FRAME_OK:
		break;
	}
	return "sent what this version does not know; install twofactl and "
	       "twofa-helper of one version";
}

static enum frame_result
receive(struct talk *t, struct frame *f)
{
	return frame_recv(t->fd, f,
	    1u << FRAME_SAY | 1u << FRAME_ASK | 1u << FRAME_VERDICT, t->bytes,
	    sizeof(t->bytes), t->deadline);
}

/* Behind the verdict comes the end, and nothing else. */
static enum ctl_exit
finish(struct talk *t, const struct frame *verdict)
{
	enum ctl_exit status = judge(t, verdict);
	struct frame f;
	enum frame_result r = receive(t, &f);

	if (r == FRAME_EOF)
		return status;
	complain("the helper %s", broken(r));
	return CTL_FAILED;
}

static enum ctl_exit
listen_to(struct talk *t)
{
	enum frame_result r;
	struct frame f;

	for (;;) {
		r = receive(t, &f);
		if (r == FRAME_OK && f.type == FRAME_VERDICT)
			return finish(t, &f);
		if (r != FRAME_OK ||
		    (f.type == FRAME_ASK ? send_answer(t) : take_line(t, &f)) !=
			0)
			break;
	}
	complain("the helper %s", broken(r));
	return CTL_FAILED;
}

enum ctl_exit
helpercall(const struct ctl *ctl, const struct helpercall *call)
{
	struct talk t = { .call = call };
	enum ctl_exit status = CTL_FAILED;
	struct helperrun run;

	if (helperrun_start(&run, ctl->helper, ALARM_S) != 0)
		return CTL_FAILED;
	t.fd = run.sock;
	t.deadline = frame_clock_ms() + DEADLINE_MS;
	if (send_begin(ctl, &t) != 0)
		complain("the helper could not be asked; is the path of the "
			 "settings too long?");
	else
		status = listen_to(&t);
	explicit_bzero(&t, sizeof(t));
	/* both signs, or it is not done */
	if (helperrun_end(&run) != 0)
		status = CTL_FAILED;
	return status;
}
