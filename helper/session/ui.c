/* SPDX-License-Identifier: BSD-2-Clause */
/* struct ui over frames: sends SAY and ASK, receives ANSWER and ABORT. */
#include "helper/session/session.h"

#include <errno.h>

_Static_assert(UI_ANSWER_MAX == FRAME_ANSWER_MAX, "an answer fits");

void
ui_frames_drain(const struct ui_frames *u)
{
	struct pollfd p = { .fd = u->fd, .events = POLLOUT };

	(void)frame_poll(&p, 1, u->until);
}

static void
ui_put_line(struct ui_frames *u, enum frame_type type, const char *text)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;
	int rc;

	if (u->gone)
		return;
	frame_init(&f, type, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, text);
	if (type == FRAME_ASK)
		frame_put_number(&f, FIELD_ECHO, 1);
	while ((rc = frame_send(u->fd, &f)) != 0 &&
	    (errno == EAGAIN || errno == ENOBUFS) &&
	    frame_clock_ms() < u->until)
		ui_frames_drain(u);
	u->gone = rc != 0;
	explicit_bzero(bytes, f.len);
}

static void
frames_say(void *ctx, const char *text)
{
	ui_put_line(ctx, FRAME_SAY, text);
}

/* Copies the fields of ANSWER; false if they contradict each other. */
static bool
take_answer(const struct frame *f, struct ui_answer *a)
{
	const char *text = frame_text(f, FIELD_ANSWER);
	int64_t typed = -1;
	size_t len;

	if (text == NULL || frame_number(f, FIELD_TYPED, &typed) != 0 ||
	    typed < 0)
		return false;
	len = strlen(text);
	if (len > UI_ANSWER_MAX || (len > 0 && (size_t)typed != len))
		return false;
	memcpy(a->text, text, len + 1);
	a->typed = (size_t)typed;
	return true;
}

static enum ui_result
ui_take(struct ui_frames *u, enum frame_result r, const struct frame *f,
    struct ui_answer *a)
{
	int64_t why = -1;

	if (r == FRAME_TIMEOUT)
		return UI_TIMEOUT;
	u->aborted = r == FRAME_OK && f->type == FRAME_ABORT;
	if (u->aborted)
		return frame_number(f, FIELD_ABORT, &why) == 0 &&
			why == ABORT_PASSWORD
		    ? UI_PASSWORD_SEEN
		    : UI_NO_ANSWER;
	if (r == FRAME_OK && take_answer(f, a))
		return UI_ANSWER;
	u->gone = true;
	return UI_GONE;
}

/* Calls idle->tick until fd is readable, tick returns -1, or the deadline has
 * passed. */
static void
serve_idle(int fd, const struct ui_idle *idle, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t due, now;

	do {
		due = idle->tick(idle->ctx);
		now = frame_clock_ms();
		if (due < 0 || now >= deadline)
			return;
	} while (frame_poll(
		     &p, 1, due < deadline - now ? now + due : deadline) == 0);
}

static enum ui_result
frames_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	struct ui_frames *u = ctx;
	unsigned char bytes[FRAME_MAX];
	enum ui_result result;
	enum frame_result r;
	struct frame f;

	ui_put_line(u, FRAME_ASK, prompt);
	if (u->gone)
		return UI_GONE;
	if (idle != NULL)
		serve_idle(u->fd, idle, deadline);
	r = frame_recv(u->fd, &f, 1u << FRAME_ANSWER | 1u << FRAME_ABORT, bytes,
	    sizeof(bytes), deadline);
	result = ui_take(u, r, &f, a);
	explicit_bzero(bytes, sizeof(bytes));
	return result;
}

void
ui_frames_init(struct ui_frames *u, int fd, int64_t until, struct ui *ui)
{
	*u = (struct ui_frames){ .fd = fd, .until = until };
	ui->ctx = u;
	ui->say = frames_say;
	ui->ask = frames_ask;
}

bool
ui_frames_pause(struct ui_frames *u, int64_t ms)
{
	struct pollfd p = { .fd = u->fd, .events = 0 };

	if (!u->gone && frame_poll(&p, 1, frame_clock_ms() + ms) != 0)
		u->gone = true;
	return !u->gone;
}

bool
ui_frames_peer_left(struct ui_frames *u)
{
	unsigned char bytes[FRAME_MAX];
	enum frame_result r = FRAME_OK;
	struct frame f;

	/* an unread answer may come before ABORT */
	while (!u->aborted && r == FRAME_OK) {
		r = frame_recv(u->fd, &f,
		    1u << FRAME_ANSWER | 1u << FRAME_ABORT, bytes,
		    sizeof(bytes), frame_clock_ms());
		u->aborted = r == FRAME_OK && f.type == FRAME_ABORT;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return r == FRAME_EOF;
}

void
ui_item(const struct ui *ui, enum item_kind kind, const char *const *text,
    const int64_t *number)
{
	char line[FRAME_PROMPT_MAX + 1];

	item_write(line, kind, text, number);
	ui->say(ui->ctx, line);
	explicit_bzero(line, sizeof(line));
}
