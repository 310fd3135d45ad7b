/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines to twofactl, as fast as it reads them. */
#include "helper/service/ui_admin.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "lib/wire/frame.h"

void
adminpeer_drain(const struct adminpeer *p)
{
	struct pollfd poll_fd = { .fd = p->frame.fd, .events = POLLOUT };
	int64_t left = p->deadline - frame_clock_ms();

	if (left > 0)
		(void)poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left);
}

static void
adminpeer_say(void *ctx, const char *text)
{
	struct adminpeer *p = ctx;
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
		adminpeer_drain(p);
	p->frame.gone = rc != 0;
	explicit_bzero(bytes, sizeof(bytes));
}

static enum ui_result
adminpeer_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	struct adminpeer *p = ctx;

	return p->inner.ask(p->inner.ctx, prompt, deadline, idle, a);
}

void
adminpeer_init(struct adminpeer *p, int fd, int64_t deadline, struct ui *ui)
{
	uiframe_init(&p->frame, fd, &p->inner);
	p->deadline = deadline;
	ui->ctx = p;
	ui->say = adminpeer_say;
	ui->ask = adminpeer_ask;
}
