/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of the provider's type. Those that the type requires are asked for
 * first, then the others in their order, until the type's own check accepts the
 * answers.
 */
#include "twofactl/init/ask_answers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/init/ask_question.h"
#include "twofactl/terminal/terminal.h"

/* The file's content; a longer one is too long for any key. */
static const char *
take_path(struct answer *own, const char *path)
{
	char text[PEM_MAX + 2];
	const char *wrong = NULL;
	size_t len = 0;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	while (fd >= 0 && len < sizeof(text) &&
	    (n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	if (fd < 0 || n < 0)
		wrong = strerror(errno);
	if (fd >= 0)
		close(fd);
	if (wrong == NULL)
		wrong = answer_take(own, text, len);
	explicit_bzero(text, sizeof(text));
	return wrong;
}

/* Secrets are typed; keys are in files from the vendor. */
static const char *
take(void *ctx, const char *typed, size_t len)
{
	struct answer *own = ctx;

	if (own->key->kind == CONF_KEY_FILE && len > 0)
		return take_path(own, typed);
	return answer_take(own, typed, len);
}

static const char *
take_option(void *ctx, const char *typed, size_t len)
{
	struct answer *own = ctx;

	return answer_is_file(own) ? take_path(own, typed)
				   : answer_take(own, typed, len);
}

/* The value in the present settings. */
static void
take_old(struct answer *own, const struct provider_conf *p)
{
	const unsigned slot = own->key->slot;
	const char *text = NULL;

	switch (own->key->kind) {
	case CONF_NONE:
	case CONF_NUMBER: /* it stays */
		break;
	case CONF_TEXT:
		text = p->text[slot];
		break;
	case CONF_SECRET_FILE:
		text = p->secret_file[slot];
		break;
	case CONF_KEY_FILE:
		text = p->key_file[slot];
		break;
	}
	if (text != NULL)
		snprintf(own->text, sizeof(own->text), "%s", text);
}

static void
name_question(const struct answer *own, char *out, size_t cap)
{
	const char *key = own->key->key;
	const size_t len = strlen(key);

	if (own->key->kind == CONF_SECRET_FILE)
		snprintf(out, cap, "%.*s", (int)(len - strlen("_file")), key);
	else
		snprintf(out, cap, "%s%s%s", key,
		    own->key->kind == CONF_KEY_FILE ? ", its path" : "",
		    own->key->required || answer_is_set(own)
			? ""
			: " (Enter: none)");
}

static const char *
option_of(const struct answer *own)
{
	const struct provider_key *row;

	for (size_t i = 0; (row = provider_key_nth(i)) != NULL; i++)
		if (strcmp(row->key->key, own->key->key) == 0)
			return row->option;
	return own->key->key;
}

static enum ctl_exit
ask_one(struct answer *own)
{
	char what[96], now[ANSWERS_TEXT_MAX + 1];
	const struct ask_question q = { .what = what,
		.option = option_of(own),
		.now = now,
		.hidden = own->key->kind == CONF_SECRET_FILE,
		.ctx = own,
		.check = take };

	name_question(own, what, sizeof(what));
	snprintf(now, sizeof(now), "%s", own->text);
	if (own->key->kind == CONF_KEY_FILE)
		now[0] = '\0'; /* Enter means: no new path */
	return ask_question(&q);
}

static enum ctl_exit
take_options(const struct ctl *ctl, struct answers *a, bool *any)
{
	for (size_t i = 0; i < a->count; i++) {
		struct answer *own = &a->own[i];
		const char *typed = provider_key_typed(ctl, own->key->key);
		const char *wrong;

		if (typed == NULL)
			continue;
		*any = true;
		wrong = take_option(own, typed, strlen(typed));
		if (wrong == NULL)
			continue;
		complain("--%s: %s", option_of(own), wrong);
		return CTL_USAGE;
	}
	return CTL_DONE;
}

/* Refuse an option for another type's key, so that it is not ignored
 * silently. */
static enum ctl_exit
refuse_others(const struct ctl *ctl, const struct answers *a)
{
	const struct provider_key *row;

	for (size_t i = 0; (row = provider_key_nth(i)) != NULL; i++) {
		bool known = ctl->own[i] == NULL;

		for (size_t n = 0; !known && n < a->count; n++)
			known = strcmp(a->own[n].key->key, row->key->key) == 0;
		if (known)
			continue;
		complain("%s takes no --%s, which is of %s", a->type->name,
		    row->option, row->types);
		return CTL_USAGE;
	}
	return CTL_DONE;
}

/* Is it asked for in this round: of the required keys, or else of the possible
 * ones? */
static bool
wanted(const struct ctl *ctl, const struct answers *a, size_t i, bool needed,
    bool any)
{
	const struct answer *own = &a->own[i];
	const char *key;

	if (provider_key_typed(ctl, own->key->key) != NULL ||
	    own->key->required != needed)
		return false;
	if (needed)
		return !answer_is_set(own) || !any;
	if (answer_is_set(own))
		return !any;
	/* a secret belongs to the text before it */
	if (answer_is_file(own) && i > 0 && !answer_is_set(&a->own[i - 1]))
		return false;
	return answers_fit(a, &key) != NULL;
}

/* *asked: how many were asked for. */
static enum ctl_exit
ask_round(const struct ctl *ctl, struct answers *a, bool needed, bool any,
    size_t *asked)
{
	enum ctl_exit status = CTL_DONE;

	for (size_t i = 0; status == CTL_DONE && i < a->count; i++)
		if (wanted(ctl, a, i, needed, any)) {
			status = ask_one(&a->own[i]);
			++*asked;
		}
	return status;
}

static enum ctl_exit
judge(const struct answers *a)
{
	const char *key = NULL, *allowed = answers_fit(a, &key);

	if (allowed == NULL)
		return CTL_DONE;
	complain(
	    "%s: %s does not fit, allowed: %s", a->type->name, key, allowed);
	return CTL_USAGE;
}

/* Keys that do not fit together are all asked for again. */
static void
forget_asked(const struct ctl *ctl, struct answers *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (provider_key_typed(ctl, a->own[i].key->key) == NULL) {
			a->own[i].text[0] = '\0';
			explicit_bzero(
			    &a->own[i].secret, sizeof(a->own[i].secret));
		}
}

/* Without a terminal, missing keys are reported. */
static enum ctl_exit
ask_all(const struct ctl *ctl, struct answers *a, bool any)
{
	enum ctl_exit status;
	size_t asked;

	for (;;) {
		asked = 0;
		status = ask_round(ctl, a, true, any, &asked);
		if (status == CTL_DONE && terminal_is_there())
			status = ask_round(ctl, a, false, any, &asked);
		if (status != CTL_DONE)
			return status;
		status = judge(a);
		if (status == CTL_DONE || asked == 0 || !terminal_is_there())
			return status;
		forget_asked(ctl, a);
	}
}

/* From the first provider of this type. */
static void
take_all_old(const struct settings *old, struct answers *a)
{
	for (size_t i = 0; old != NULL && i < old->provider_count; i++) {
		if (old->provider[i].type != a->type ||
		    old->provider[i].rehearsal)
			continue;
		snprintf(a->name, sizeof(a->name), "%s", old->provider[i].name);
		for (size_t n = 0; n < a->count; n++)
			take_old(&a->own[n], &old->provider[i]);
		return;
	}
}

enum ctl_exit
ask_own(const struct ctl *ctl, const struct settings *old, struct answers *a)
{
	enum ctl_exit status = refuse_others(ctl, a);
	bool any = false;

	take_all_old(old, a);
	if (status == CTL_DONE)
		status = take_options(ctl, a, &any);
	return status == CTL_DONE ? ask_all(ctl, a, any) : status;
}
