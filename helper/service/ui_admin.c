/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends lines to twofactl as fast as it reads them. */
#include "helper/service/ui_admin.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "lib/wire/wire.h"

void
ui_admin_drain(const struct ui_admin *p)
{
	struct pollfd poll_fd = { .fd = p->frame.fd, .events = POLLOUT };
	int64_t left = p->deadline - frame_clock_ms();

	if (left > 0)
		(void)poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left);
}

static void
ui_admin_say(void *ctx, const char *text)
{
	struct ui_admin *p = ctx;
	unsigned char bytes[FRAME_MAX];
	struct frame f;
	int rc;

	if (p->frame.gone)
		return;
	frame_init(&f, FRAME_SAY, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, text);
	while ((rc = frame_send(p->frame.fd, &f)) != 0 &&
	    (errno == EAGAIN || errno == ENOBUFS) &&
	    frame_clock_ms() < p->deadline)
		ui_admin_drain(p);
	p->frame.gone = rc != 0;
	explicit_bzero(bytes, sizeof(bytes));
}

static enum ui_result
ui_admin_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	struct ui_admin *p = ctx;

	return p->inner.ask(p->inner.ctx, prompt, deadline, idle, a);
}

void
ui_admin_init(struct ui_admin *p, int fd, int64_t deadline, struct ui *ui)
{
	ui_frames_init(&p->frame, fd, &p->inner);
	p->deadline = deadline;
	ui->ctx = p;
	ui->say = ui_admin_say;
	ui->ask = ui_admin_ask;
}
