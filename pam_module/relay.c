/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of messages in the module, and the handling of answers.
 */
#include "pam_module/relay.h"

#include <stdlib.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "pam_module/logline.h"

#define BIT(type) (1u << (type))

/* On the heap: it is too large for the stack of an application's thread, and
 * zeroing it at each login costs time that only certificates need. */
static enum reason
begin_send(const struct relay *r, const struct facts *facts)
{
	unsigned char *bytes = malloc(FRAME_BEGIN_MAX);
	struct frame begin;

	if (bytes == NULL) {
		logline_mend("no memory for the facts of this login; free "
			     "memory of this service");
		return REASON_HELPER_START;
	}
	frame_init(&begin, FRAME_BEGIN, bytes, FRAME_BEGIN_MAX);
	facts_put(&begin, facts);
	/* A helper that has ended shows when its frames are read. */
	if (!begin.failed)
		(void)frame_send(r->sock, &begin);
	explicit_bzero(bytes, begin.len); /* a code may be in it */
	free(bytes);
	if (begin.failed) {
		logline_mend("facts of this login are too large for the helper:"
			     " the user, terminal or host name is over 1,024 "
			     "bytes, or SSH_AUTH_INFO_0 over 56 KiB; shorten "
			     "it");
		return REASON_FACTS_TOO_LARGE;
	}
	return REASON_NONE;
}

/* Keep control characters away from the terminal. A terminal that is not in
 * UTF-8 mode takes bytes from 0x80 to 0x9f for some, so these pass only within
 * a character. */
static void
text_filter(char *text)
{
	while (*text != '\0') {
		const size_t len = utf8_len(text);

		if (len == 0)
			*text = '?';
		text += len == 0 ? 1 : len;
	}
}

static void
abort_send(const struct relay *r, enum frame_abort why)
{
	unsigned char bytes[FRAME_HEADER + 16];
	struct frame f;

	frame_init(&f, FRAME_ABORT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_ABORT, why);
	(void)frame_send(r->sock, &f);
}

/* An answer that is too long is sent as an empty text with its true length. */
static void
answer_send(const struct relay *r, const char *answer)
{
	unsigned char bytes[FRAME_HEADER + 64 + FRAME_ANSWER_MAX];
	const size_t len = strlen(answer);
	struct frame f;

	frame_init(&f, FRAME_ANSWER, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_ANSWER, len > FRAME_ANSWER_MAX ? "" : answer);
	frame_put_number(&f, FIELD_TYPED, (int64_t)len);
	(void)frame_send(r->sock, &f);
	explicit_bzero(bytes, sizeof(bytes));
}

static void
ask(struct relay *r, const char *prompt, bool echo)
{
	const struct person *p = r->person;
	char *answer = p->ask(r->ctx, prompt, echo);

	if (answer == NULL) {
		r->aborted = true;
		abort_send(r, ABORT_CONVERSATION);
		return;
	}
	r->password = p->is_password(r->ctx, answer);
	if (frame_clock_ms() > r->deadline)
		r->late = true; /* an unasked verdict */
	else if (r->password)
		abort_send(r, ABORT_PASSWORD);
	else
		answer_send(r, answer);
	r->aborted = r->password && !r->late;
	explicit_bzero(answer, strlen(answer));
	free(answer);
}

static enum reason
result_reason(enum frame_result result)
{
	switch (result) {
	case FRAME_BAD:
	case FRAME_FAILED:
	case FRAME_OK:
	case FRAME_OTHER_VERSION:
		return REASON_PROTOCOL;
	case FRAME_EOF:
		return REASON_HELPER_DIED;
	case FRAME_TIMEOUT:
		return REASON_DEADLINE;
	}
	return REASON_PROTOCOL;
}

static bool
number_within(const struct frame *f, enum frame_field tag, int64_t most)
{
	int64_t number;

	return frame_number(f, tag, &number) == 0 && number >= 0 &&
	    number <= most;
}

/* Say or ask what the frame holds. */
static enum reason
serve(struct relay *r, const struct frame *f)
{
	char *text = (char *)frame_text(f, FIELD_TEXT);

	r->talked = true;
	text_filter(text);
	if (f->type == FRAME_SAY) {
		r->person->say(r->ctx, text);
		return REASON_NONE;
	}
	if (!number_within(f, FIELD_ECHO, true))
		return REASON_PROTOCOL;
	ask(r, text, !number_within(f, FIELD_ECHO, false));
	return REASON_NONE;
}

/* An unknown word is logged escaped, and decides nothing. */
static void
reason_check(const struct relay *r, const struct frame *verdict)
{
	const char *word = frame_text(verdict, FIELD_REASON);

	if (r->debug && word != NULL && word[0] != '\0' &&
	    reason_find(word) == REASON_NONE)
		logline_debug("helper's reason is unknown here: install "
			      "pam_twofa.so and twofa-helper of one version");
}

static enum reason
talk(struct relay *r)
{
	unsigned allowed = BIT(FRAME_SAY) | BIT(FRAME_ASK) | BIT(FRAME_VERDICT);
	enum reason reason = REASON_NONE;
	enum frame_result result;
	unsigned char end[FRAME_HEADER];
	struct frame f;

	while (reason == REASON_NONE) {
		/* checked here because the queue may never run dry */
		if (frame_clock_ms() >= r->limit)
			return REASON_DEADLINE;
		result = frame_recv(
		    r->sock, &f, allowed, r->bytes, sizeof(r->bytes), r->limit);
		if (r->debug)
			logline_debug("helper's frame: result %d, type %d",
			    (int)result, (int)f.type);
		if (result != FRAME_OK)
			return result_reason(result);
		if (f.type == FRAME_VERDICT)
			break;
		reason = serve(r, &f);
		if (r->aborted || r->late)
			allowed = BIT(FRAME_SAY) | BIT(FRAME_VERDICT);
	}
	if (reason != REASON_NONE)
		return reason;
	if (!number_within(&f, FIELD_VERDICT, VERDICT_ALLOW))
		return REASON_PROTOCOL;
	reason_check(r, &f);
	r->verdict = f;
	if (r->socket) {
		result = frame_recv(
		    r->sock, &f, BIT(FRAME_END), end, sizeof(end), r->limit);
		if (result != FRAME_OK)
			return result_reason(result);
		r->ended = true;
	}
	/* A second verdict makes the first one invalid. */
	result = frame_recv(r->sock, &f, 0, end, sizeof(end), r->limit);
	if (result != FRAME_EOF)
		return result_reason(result);
	return r->late ? REASON_DEADLINE : REASON_NONE;
}

enum reason
relay_run(struct relay *r, const struct facts *facts)
{
	enum reason reason;

	r->verdict = (struct frame){ 0 }; /* of an earlier helper */
	reason = begin_send(r, facts);
	if (reason != REASON_NONE)
		return reason;
	reason = talk(r);
	/* the module writes this login's line, not the helper */
	if (reason != REASON_NONE && !r->aborted)
		abort_send(r, ABORT_CONVERSATION);
	return reason;
}
