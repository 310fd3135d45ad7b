/* SPDX-License-Identifier: BSD-2-Clause */
/* The account, user and verification that a type's recorded replies are of. */
#include "tests/support/samples.h"

#include "helper/providers/oidc/oidc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/pemkey.h"

#define FOLDER "tests/providers/"
#define TYPES_MAX 64
#define TEXT_MAX 2048

/* Each is read when it is first asked for. */
static struct {
	struct sample sample;
	char text[TEXT_MAX];
} samples[TYPES_MAX];

static void
wrong(const char *type, const char *what, const char *word)
{
	fail_msg(FOLDER "%s: %s %s", type, what, word);
}

static void
read_text(const char *type, char text[TEXT_MAX])
{
	char path[128];
	ssize_t len;
	int fd;

	(void)snprintf(path, sizeof(path), FOLDER "%s", type);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		wrong(type, "cannot be opened:", strerror(errno));
	len = read(fd, text, TEXT_MAX - 1);
	(void)close(fd);
	if (len <= 0 || len == TEXT_MAX - 1)
		wrong(type, "is empty, or too long for", "samples.c");
	text[len] = '\0';
}

static void
take_statuses(char *rest, long out[SAMPLE_STATUSES])
{
	size_t n = 0;

	for (char *word;
	     n < SAMPLE_STATUSES && (word = strsep(&rest, " ")) != NULL; n++)
		out[n] = strtol(word, NULL, 10);
}

static void
take_method(struct sample *s, const char *name)
{
	for (unsigned m = 0; m < METHOD_COUNT; m++)
		if (strcmp(method_name((enum method)m), name) == 0)
			s->method = (enum method)m;
	if (s->method == METHOD_NONE)
		wrong(s->type, "no method", name);
}

static void
take_setting(struct sample *s, char *rest)
{
	size_t n = 0;

	while (n < SAMPLE_SETTINGS && s->setting[n].key != NULL)
		n++;
	if (n == SAMPLE_SETTINGS)
		wrong(s->type, "too many settings:", rest);
	s->setting[n].key = strsep(&rest, " ");
	s->setting[n].value = rest;
}

static void
take_line(struct sample *s, char *line)
{
	/* for tests/e2e/rig/vendors.py */
	static const char *const others[] = { "again", "document", "channels",
		"contract" };
	const char *word = strsep(&line, " ");

	if (strcmp(word, "idless") == 0)
		s->idless = true;
	else if (strcmp(word, "loose") == 0)
		s->loose = true;
	else if (line == NULL)
		wrong(s->type, "nothing behind", word);
	else if (strcmp(word, "id") == 0)
		s->id = line;
	else if (strcmp(word, "method") == 0)
		take_method(s, line);
	else if (strcmp(word, "start") == 0)
		take_statuses(line, s->start_status);
	else if (strcmp(word, "check") == 0)
		take_statuses(line, s->check_status);
	else if (strcmp(word, "set") == 0)
		take_setting(s, line);
	else {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (strcmp(word, others[i]) == 0)
				return;
		wrong(s->type, "unknown word", word);
	}
}

const struct sample *
sample_nth(unsigned n)
{
	const struct provider_type *type = provider_type_nth(n);
	struct sample *s;
	char *rest, *line;

	if (type == NULL)
		return NULL;
	assert_true(n < TYPES_MAX);
	s = &samples[n].sample;
	if (s->type != NULL)
		return s;
	s->type = type->name;
	read_text(s->type, samples[n].text);
	rest = samples[n].text;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0' && line[0] != '#')
			take_line(s, line);
	return s;
}

const struct sample *
sample_of_type(const char *name)
{
	const struct provider_type *type;

	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++)
		if (strcmp(type->name, name) == 0)
			return sample_nth(i);
	return NULL;
}

const struct setting_key *
sample_key(const struct provider_ops *ops, const char *name)
{
	const struct setting_key *k;

	for (k = ops->type->keys; k->key != NULL; k++)
		if (strcmp(k->key, name) == 0)
			return k;
	fail_msg("%s has no key %s", ops->type->name, name);
	return NULL;
}

static void
set(struct provider_conf *conf, const struct setting_key *k, const char *value)
{
	static char pem[PEMKEY_MAX];
	struct secret *secret;

	switch (k->kind) {
	case CONF_NONE:
		break;
	case CONF_TEXT:
		conf->text[k->slot] = value;
		break;
	case CONF_NUMBER:
		conf->number[k->slot] = strtol(value, NULL, 10);
		break;
	case CONF_SECRET_FILE:
		secret = &conf->secret[k->slot];
		secret->len = strlen(value);
		assert_true(secret->len <= SECRET_MAX);
		memcpy(secret->b, value, secret->len + 1);
		break;
	case CONF_KEY_FILE: /* one for all: no reply depends on it */
		if (pem[0] == '\0')
			(void)pemkey_make(PEMKEY_RSA, 2048, pem);
		conf->key.len = strlen(pem);
		memcpy(conf->key.b, pem, strlen(pem) + 1);
		break;
	}
}

void
sample_conf(const struct sample *s, struct provider_conf *conf)
{
	const struct provider_type *type = provider_type_find(s->type);

	assert_non_null(type);
	memset(conf, 0, sizeof(*conf));
	conf->name = "sample";
	conf->type = type;
	(void)snprintf(conf->scheme, sizeof(conf->scheme), "https");
	conf->base_url =
	    type->base_url != NULL ? type->base_url : "https://sms.example.org";
	conf->code_length = type->code_length != 0 ? type->code_length : 6;
	conf->expiry_ms = (type->expiry_s != 0 ? type->expiry_s : 300) * 1000;
	for (const struct setting_key *k = type->keys; k->key != NULL; k++)
		if (k->kind == CONF_NUMBER)
			conf->number[k->slot] = k->dflt;
		else if (k->kind == CONF_TEXT)
			conf->text[k->slot] = k->text;
	for (size_t i = 0; i < SAMPLE_SETTINGS; i++)
		if (s->setting[i].key != NULL)
			set(conf,
			    sample_key(provider_ops(type), s->setting[i].key),
			    s->setting[i].value);
}

/* What a process has of an identity provider before a call; each time without
 * the tokens of the last one. */
static void
remember(struct provider_ctx *ctx)
{
	static const char keys[] =
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\","
	    "\"kid\":\"k1\","
	    "\"x\":\"ufaaSPFWkPPw864YbsjZsao_dkqzwL2pPt94ZywPIIY\","
	    "\"y\":\"q6rMxVdI1rvZvnA9GF4SGz6X5Aaf87MSx20M-QNNMHc\"}]}";
	static struct provider_open open;
	static char token[PROVIDER_TOKEN_MAX + 1];
	struct oidc_memory *m = oidc_memory(ctx->conf);

	assert_non_null(m);
	memset(m->redeemed, 0, sizeof(m->redeemed));
	PRINT_TO(m->document.issuer, "%s", ctx->conf->base_url);
	PRINT_TO(m->document.token_url, "%s/token", ctx->conf->base_url);
	PRINT_TO(m->document.start_url, "%s/start", ctx->conf->base_url);
	PRINT_TO(m->document.keys_url, "%s/keys", ctx->conf->base_url);
	json_free(m->keys);
	m->keys = json_parse(keys, sizeof(keys) - 1);
	m->read_at = m->keys_at = ctx->wall;
	m->renewed_at = 0;
	open = (struct provider_open){ .asked = ctx->wall - 30, .wait_s = 5 };
	PRINT_TO(open.handle, "%.32s", ctx->request_id);
	PRINT_TO(
	    open.secret, "%s", "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS");
	token[0] = '\0';
	ctx->open = &open;
	ctx->token = token;
}

void
sample_ctx(const struct sample *s, const struct provider_conf *conf,
    struct provider_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->conf = conf;
	ctx->brand = "ACME Co";
	ctx->language = "en";
	ctx->phone = SAMPLE_PHONE;
	ctx->receiver = SAMPLE_RECEIVER;
	ctx->email = SAMPLE_EMAIL;
	ctx->identity = SAMPLE_IDENTITY;
	ctx->factor = SAMPLE_FACTOR;
	ctx->account = SAMPLE_AUTHY_ID;
	ctx->method = s->method;
	ctx->host = "web1.example.org";
	ctx->user = "alice";
	ctx->service = "sshd";
	ctx->address = "192.0.2.7";
	(void)snprintf(ctx->push_digits, sizeof(ctx->push_digits), "42");
	ctx->life_s = 90;
	ctx->wall = 1767225600; /* 2026-01-01 00:00:00 UTC */
	(void)snprintf(ctx->nonce, sizeof(ctx->nonce), "%s",
	    "0123456789abcdef0123456789abcdef");
	ctx->sends = 1;
	(void)snprintf(ctx->request_id, sizeof(ctx->request_id), "%s",
	    s->id != NULL ? s->id : "");
	if (conf->type == &oidc_type)
		remember(ctx);
}

const struct provider_ops *
sample_fill(
    const char *type, struct provider_conf *conf, struct provider_ctx *ctx)
{
	const struct sample *s = sample_of_type(type);

	sample_conf(s, conf);
	sample_ctx(s, conf, ctx);
	return provider_ops(conf->type);
}

void
sample_reply(struct http_reply *reply, long status, const char *body)
{
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = status;
	reply->len = strlen(body);
	assert_true(reply->len < sizeof(reply->body));
	memcpy(reply->body, body, reply->len + 1);
}
