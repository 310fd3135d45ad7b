/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: any bytes as the reply of a provider type, to every call and by
 * every method. The type is in the program's name: reply-TYPE. An input is
 * "HTTP 200", a newline and the body; "reply-TYPE seeds DIR" writes the
 * recorded replies as such inputs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/replies/replies_file.h"
#include "tests/support/samples.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct sample *sample;
static struct provider_conf conf;
static struct http_reply reply;

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s\n", sample->type, what);
	abort();
}

static int
write_seed(const char *folder, const struct reply_case *c)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, c->name);
	f = fopen(path, "we");
	if (f == NULL)
		return -1;
	(void)fprintf(f, "HTTP %ld\n", c->status);
	(void)fwrite(c->body, 1, c->len, f);
	return fclose(f) == 0 ? 0 : -1;
}

/* Returns an exit status. */
static int
write_seeds(const char *folder)
{
	char why[512];
	struct replies_file *file =
	    replies_open(sample->type, why, sizeof(why));
	int status = 0;

	if (file == NULL) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	for (size_t i = 0; i < file->count && status == 0; i++)
		status = write_seed(folder, &file->reply[i]);
	replies_free(file);
	if (status != 0)
		perror(folder);
	return status != 0;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = strrchr((*argv)[0], '/');

	name = name != NULL ? name + 1 : (*argv)[0];
	if (strncmp(name, "reply-", 6) == 0)
		sample = sample_of_type(name + 6);
	if (sample == NULL) {
		fprintf(stderr, "%s: not reply-TYPE of a known type\n", name);
		exit(1);
	}
	if (*argc == 3 && strcmp((*argv)[1], "seeds") == 0)
		exit(write_seeds((*argv)[2]));
	sample_conf(sample, &conf);
	return 0;
}

/* The bytes as http.c would hand them over. */
static void
take(const unsigned char *data, size_t size)
{
	const unsigned char *end = memchr(data, '\n', size);
	char line[16] = "";

	memset(&reply, 0, sizeof(reply));
	reply.fate = HTTP_REPLIED;
	reply.retry_after_s = 2;
	if (end == NULL || (size_t)(end - data) >= sizeof(line))
		return;
	memcpy(line, data, (size_t)(end - data));
	if (strncmp(line, "HTTP ", 5) == 0)
		reply.status = strtol(line + 5, NULL, 10) % 1000;
	reply.len = size - (size_t)(end + 1 - data);
	if (reply.len > HTTP_BODY_MAX)
		reply.len = HTTP_BODY_MAX;
	memcpy(reply.body, end + 1, reply.len);
}

static bool
among(const long *statuses, long status)
{
	for (unsigned i = 0; i < SAMPLE_STATUSES; i++)
		if (statuses[i] != 0 && statuses[i] == status)
			return true;
	return false;
}

/* What holds whatever the vendor said. */
static void
look(const struct provider_ctx *ctx, enum outcome o)
{
	must((unsigned)o < OUTCOME_COUNT, "no outcome");
	must(memchr(ctx->detail, '\0', sizeof(ctx->detail)) != NULL &&
		memchr(ctx->request_id, '\0', sizeof(ctx->request_id)) != NULL,
	    "a text without an end");
	must(ctx->told.price >= 0, "money comes back");
	must(strpbrk(ctx->request_id, "/.%? \r\n") == NULL, "no id");
}

static void
start(enum method m)
{
	struct provider_ctx ctx;
	enum outcome o;

	sample_ctx(sample, &conf, &ctx);
	ctx.method = m;
	ctx.request_id[0] = '\0';
	o = provider_ops_read_reply(
	    provider_ops(conf.type), CALL_START, &ctx, &reply);
	look(&ctx, o);
	must(o != OUTCOME_WRONG && o != OUTCOME_EXPIRED, "no start's outcome");
	if (o != OUTCOME_OK) {
		must(ctx.request_id[0] == '\0', "an id without a start");
		return;
	}
	must(among(sample->start_status, reply.status) ||
		(sample->loose && reply.status >= 200 && reply.status < 300),
	    "a start by status");
	must(!sample->loose || strstr(reply.body, "queued") != NULL,
	    "a start without the word of success");
	must(conf.type->own_code || ctx.request_id[0] != '\0', "no id");
}

static void
check(enum method m, bool late)
{
	struct provider_ctx ctx;
	enum outcome o;

	sample_ctx(sample, &conf, &ctx);
	ctx.method = m;
	ctx.past_deadline = late;
	o = provider_ops_read_reply(
	    provider_ops(conf.type), CALL_CHECK, &ctx, &reply);
	look(&ctx, o);
	/* a challenge of an app has a deadline of the vendor's alone */
	must(late || m == METHOD_TOTP || o != OUTCOME_EXPIRED,
	    "expired before our own deadline");
	if (o != OUTCOME_OK)
		return;
	must(among(sample->check_status, reply.status), "a yes by status");
	must(sample->idless || m == METHOD_TOTP ||
		strstr(reply.body, ctx.request_id) != NULL,
	    "a yes for another id");
}

static void
push_polled(bool late)
{
	struct provider_ctx ctx;
	enum outcome o;

	sample_ctx(sample, &conf, &ctx);
	ctx.method = METHOD_PUSH;
	ctx.past_deadline = late;
	o = provider_ops_read_reply(
	    provider_ops(conf.type), CALL_POLL, &ctx, &reply);
	look(&ctx, o);
	if (o != OUTCOME_OK)
		return;
	must(!late, "approved too late");
	must(among(sample->check_status, reply.status), "a yes by status");
}

static void
control(void)
{
	struct provider_ctx ctx;
	struct number_facts l = { .valid = LOOKUP_UNKNOWN };

	sample_ctx(sample, &conf, &ctx);
	ctx.lookup = &l;
	if (provider_ops(conf.type)->call[CALL_CANCEL].reply != NULL)
		look(&ctx,
		    provider_ops_read_reply(
			provider_ops(conf.type), CALL_CANCEL, &ctx, &reply));
	if (provider_ops(conf.type)->call[CALL_NEXT].reply != NULL)
		look(&ctx,
		    provider_ops_read_reply(
			provider_ops(conf.type), CALL_NEXT, &ctx, &reply));
	if (provider_ops(conf.type)->call[CALL_LOOKUP].reply == NULL)
		return;
	look(&ctx,
	    provider_ops_read_reply(
		provider_ops(conf.type), CALL_LOOKUP, &ctx, &reply));
	must((unsigned)l.line < NUMBER_COUNT, "no line");
	must(l.country[0] == '\0' || strlen(l.country) == 2, "no country");
}

/* What joins must be fit for a settings file, and for a terminal. */
static void
enrol(void)
{
	static struct enrolment e;
	struct provider_ctx ctx;
	enum outcome o;

	sample_ctx(sample, &conf, &ctx);
	ctx.enrolment = &e;
	o = provider_ops_read_reply(
	    provider_ops(conf.type), CALL_TOKEN, &ctx, &reply);
	look(&ctx, o);
	must((o == OUTCOME_OK) == (e.token[0] != '\0'), "a token and no yes");
	for (const char *p = e.token; *p != '\0'; p++)
		must(*p > ' ' && *p <= '~', "a token with other bytes");
	look(&ctx,
	    provider_ops_read_reply(
		provider_ops(conf.type), CALL_FACTORS, &ctx, &reply));
	must(e.factors <= ENROLMENT_FACTORS_MAX, "too many");
	for (size_t i = 0; i < e.factors; i++)
		must(strlen(e.factor[i]) == TWILIO_SID_LEN &&
			strpbrk(e.factor[i], "\"\\\n ;") == NULL,
		    "no factor");
}

/* An id goes into a settings file and into paths. */
static void
enrol_person(void)
{
	struct provider_ctx ctx;
	enum outcome o;

	sample_ctx(sample, &conf, &ctx);
	o = provider_ops_read_reply(
	    provider_ops(conf.type), CALL_REGISTER, &ctx, &reply);
	look(&ctx, o);
	must((o == OUTCOME_OK) == (ctx.request_id[0] != '\0'),
	    "an id and no yes");
	must(strspn(ctx.request_id, "0123456789") == strlen(ctx.request_id) &&
		strlen(ctx.request_id) <= AUTHY_ID_MAX,
	    "no id");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	take(data, size);
	for (unsigned m = METHOD_SMS; m < METHOD_COUNT; m++) {
		if ((conf.type->methods & METHOD_BIT(m)) == 0)
			continue;
		if (provider_ops(conf.type)->call[CALL_START].reply != NULL &&
		    m != METHOD_TOTP)
			start((enum method)m);
		if (provider_ops(conf.type)->call[CALL_CHECK].reply != NULL &&
		    m != METHOD_PUSH) {
			check((enum method)m, false);
			check((enum method)m, true);
		}
	}
	if (provider_ops(conf.type)->call[CALL_POLL].reply != NULL) {
		push_polled(false);
		push_polled(true);
	}
	control();
	if (provider_ops(conf.type)->call[CALL_TOKEN].reply != NULL)
		enrol();
	if (provider_ops(conf.type)->call[CALL_REGISTER].reply != NULL)
		enrol_person();
	return 0;
}
