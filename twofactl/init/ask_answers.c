/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions of `twofactl init`. */
#include "twofactl/init/ask_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "lib/values/values.h"
#include "twofactl/enrol/enrol.h"
#include "twofactl/init/ask_question.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/trial.h"

static const struct provider_type *
type_named(const char *name)
{
	const struct provider_type *type = provider_type_named(name);

	return type != NULL && provider_keys_of(type) ? type : NULL;
}

/* Takes a name, or its number in the list. */
static const char *
take_type(void *ctx, const char *typed, size_t len)
{
	const struct provider_type **out = ctx, *type;
	char place[8];
	unsigned n = 0;

	*out = type_named(typed);
	for (unsigned i = 0;
	     *out == NULL && (type = provider_type_nth(i)) != NULL; i++) {
		if (!provider_keys_of(type))
			continue;
		snprintf(place, sizeof(place), "%u", ++n);
		if (len > 0 && strcmp(place, typed) == 0)
			*out = type;
	}
	return *out != NULL ? NULL
			    : "is none of the list; type its name or number";
}

static void
show_types(void)
{
	const struct provider_type *type;
	unsigned n = 0;

	fputs("Who sends the codes?\n", stderr);
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++)
		if (provider_keys_of(type))
			fprintf(stderr, "  %u %s\n", ++n, type->name);
}

/* The first one of a vendor that init could have asked for; NULL none. */
static const struct provider_conf *
old_provider(const struct settings *old, const struct provider_type *type)
{
	for (size_t i = 0; old != NULL && i < old->provider_count; i++)
		if (!old->provider[i].rehearsal &&
		    (type != NULL ? old->provider[i].type == type
				  : provider_keys_of(old->provider[i].type)))
			return &old->provider[i];
	return NULL;
}

static enum ctl_exit
ask_type(const struct ctl *ctl, const struct settings *old,
    const struct provider_type **type)
{
	const struct provider_conf *p = old_provider(old, NULL);
	const struct ask_question q = { .what = "provider",
		.option = "provider",
		.typed = ctl->provider,
		.now = p != NULL ? p->type->name : "",
		.ctx = type,
		.check = take_type };

	if (ctl->provider == NULL && terminal_is_there())
		show_types();
	return ask_question(&q);
}

static const char *
take_brand(void *ctx, const char *typed, size_t len)
{
	(void)len;
	return answers_brand(ctx, typed);
}

/* Where the provider answers; a rehearsal's address is removed. */
static enum ctl_exit
find_place(
    const struct ctl *ctl, const struct provider_conf *p, struct answers *a)
{
	const char *url = ctl->base_url, *wrong;
	struct base_url read;

	if (url == NULL && p != NULL && strcmp(p->scheme, "http") == 0)
		url = a->type->base_url;
	if (url == NULL && p != NULL && p->base_url != NULL &&
	    a->type->base_url != NULL &&
	    strcmp(p->base_url, a->type->base_url) != 0)
		url = p->base_url;
	snprintf(a->base_url, sizeof(a->base_url), "%s", url ? url : "");
	if (ctl->ca_file != NULL || (p != NULL && p->ca_file != NULL))
		snprintf(a->ca_file, sizeof(a->ca_file), "%s",
		    ctl->ca_file != NULL ? ctl->ca_file : p->ca_file);
	wrong = url != NULL ? base_url_read(url, &read) : NULL;
	if (wrong == NULL && (url == NULL || strlen(url) < sizeof(a->base_url)))
		return CTL_DONE;
	complain("--base-url: %s", wrong != NULL ? wrong : "is too long");
	return CTL_USAGE;
}

static enum ctl_exit
ask_brand(const struct ctl *ctl, const struct settings *old, struct answers *a)
{
	const struct ask_question q = {
		.what = "brand, who asks as the message on the phone says it",
		.option = "brand",
		.typed = ctl->brand,
		.now = old != NULL ? old->brand : "",
		.ctx = a,
		.check = take_brand
	};

	return ask_question(&q);
}

static const char *
take_office(void *ctx, const char *typed, size_t len)
{
	(void)len;
	return answers_office(ctx, typed);
}

/* Asked for once: what the settings have stays. A rehearsal has no office. */
static enum ctl_exit
ask_office(const struct ctl *ctl, const struct settings *old, struct answers *a)
{
	const struct ask_question q = {
		.what = "the office's networks, where many share an address, "
			"such as 192.0.2.0/24",
		.option = "office",
		.typed = ctl->office,
		.now = "none",
		.ctx = a,
		.check = take_office
	};

	if (ctl->office == NULL &&
	    (ctl->rehearsal || (old != NULL && !rehearsal_is_ours(old))))
		return CTL_DONE;
	return ask_question(&q);
}

static enum ctl_exit
ask_provider(
    const struct ctl *ctl, const struct settings *old, struct answers *a)
{
	const struct provider_type *type = NULL;
	enum ctl_exit status = ask_type(ctl, old, &type);

	if (status != CTL_DONE)
		return status;
	answers_begin(a, type);
	status = find_place(ctl, old_provider(old, type), a);
	return status == CTL_DONE ? ask_own(ctl, old, a) : status;
}

/* The simulator has one address and one account. */
static enum ctl_exit
answer_rehearsal(const struct ctl *ctl, struct answers *a)
{
	const int folder = (int)(strrchr(ctl->conf, '/') - ctl->conf);
	bool more = ctl->provider || ctl->base_url || ctl->ca_file;

	for (size_t i = 0; i < CTL_OWN_MAX; i++)
		more = more || ctl->own[i] != NULL;
	if (more) {
		complain("--rehearsal asks the simulator: leave the provider, "
			 "its keys and its address out");
		return CTL_USAGE;
	}
	answers_begin(a, provider_type_named(REHEARSAL_TYPE));
	a->rehearsal = true;
	snprintf(a->name, sizeof(a->name), "rehearsal");
	snprintf(a->base_url, sizeof(a->base_url), REHEARSAL_URL);
	snprintf(a->ca_file, sizeof(a->ca_file), "%.*s/" REHEARSAL_CERTIFICATE,
	    folder, ctl->conf);
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->own[i].key->key, "api_key") == 0)
			snprintf(
			    a->own[i].text, ANSWERS_TEXT_MAX, REHEARSAL_KEY);
		else if (answer_is_file(&a->own[i]))
			snprintf(a->own[i].text, ANSWERS_TEXT_MAX,
			    "%.*s/" REHEARSAL_SECRET, folder, ctl->conf);
	return CTL_DONE;
}

enum ctl_exit
ask_answers(
    const struct ctl *ctl, const struct settings *old, struct answers *a)
{
	const char *wrong = NULL;
	enum ctl_exit status = ctl->rehearsal ? answer_rehearsal(ctl, a)
					      : ask_provider(ctl, old, a);

	if (status == CTL_DONE)
		status = ask_brand(ctl, old, a);
	if (status == CTL_DONE)
		status = ask_office(ctl, old, a);
	if (status == CTL_DONE && ctl->prefixes != NULL)
		wrong = answers_prefixes(a, ctl->prefixes);
	if (wrong == NULL)
		return status;
	complain("--allowed-prefixes: %s", wrong);
	return CTL_USAGE;
}

static const char *
take_user(void *ctx, const char *typed, size_t len)
{
	struct ctl *ctl = ctx;
	static char name[USER_NAME_MAX + 1];

	if (len == 0 || len > USER_NAME_MAX)
		return "is no user's name";
	snprintf(name, sizeof(name), "%s", typed);
	ctl->user = name;
	return command_user_find(ctl, true) == CTL_DONE ? NULL
							: "is not known here";
}

/* The caller of sudo, or none. */
static const char *
caller(void)
{
	const char *name = getenv("SUDO_USER");

	return name != NULL && user_name_valid(name) &&
		strcmp(name, "root") != 0
	    ? name
	    : "";
}

enum ctl_exit
ask_user(struct ctl *ctl)
{
	const struct ask_question q = { .what = "your user name",
		.option = "user",
		.typed = ctl->as_user,
		.now = caller(),
		.ctx = ctl,
		.check = take_user };

	return ask_question(&q);
}

struct number {
	const char *country;
	bool option; /* not typed at the prompt, where there are no options */
	char *out;
};

static const char *
take_phone(void *ctx, const char *typed, size_t len)
{
	const struct number *n = ctx;

	const char *wrong = typed_number_read(typed, n->country, n->out);

	(void)len;
	if (wrong == typed_number_no_country && !n->option)
		return "has no calling code; write it with + and that code in "
		       "front, such as +1";
	return wrong;
}

enum ctl_exit
ask_phone(const struct ctl *ctl, const char *known, char out[PHONE_MAX + 1])
{
	struct number n = { ctl->country, ctl->phone != NULL, out };
	const struct ask_question q = {
		.what = "your phone number, such as +1 415 555 0123",
		.option = "phone",
		.typed = ctl->phone,
		.now = known,
		.ctx = &n,
		.check = take_phone
	};

	if (ctl->country != NULL &&
	    typed_number_country_check(ctl->country) != 0) {
		complain("--country: \"%.10s\" is no calling code, allowed: "
			 "such as 1, 44, 353",
		    ctl->country);
		return CTL_USAGE;
	}
	return ask_question(&q);
}
