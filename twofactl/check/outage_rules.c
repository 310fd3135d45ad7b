/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds on_outage = "allow" where it has no effect. */
#include "twofactl/check/outage_rules.h"

#include <stdio.h>
#include <string.h>

#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/* Their real uid is that of their caller. */
static bool
runs_as_caller(const char *service)
{
	static const char *const names[] = { "sudo", "sudo-i", "su", "su-l",
		"doas", "pkexec", "polkit-1" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], service) == 0)
			return true;
	return false;
}

static bool
allows(const struct rule *r)
{
	return r->action == ACTION_REQUIRE && r->on_outage == OUTAGE_ALLOW;
}

bool
outage_rules_idle(const struct rule *r)
{
	for (size_t i = 0; i < r->services.count; i++)
		if (!runs_as_caller(r->services.item[i]))
			return false;
	return allows(r) && r->services.count > 0;
}

void
outage_rules_callers(const struct settings *conf, void *ctx,
    void (*told)(void *ctx, const char *line))
{
	char line[OUTAGE_RULES_LINE_MAX];

	for (size_t i = 0; i < conf->rule_count; i++) {
		if (!outage_rules_idle(&conf->rule[i]))
			continue;
		snprintf(line, sizeof(line),
		    "rule %zu: on_outage = \"allow\" acts as \"offline\" where "
		    "users start the service (sudo, su); give those who need "
		    "it an app or recovery codes",
		    i + 1);
		told(ctx, line);
	}
}

static bool
names_service(const struct rule *r, const char *service)
{
	return r->services.count == 0 ||
	    settings_list_has(&r->services, service);
}

static void
check_time(const struct settings *conf, const char *what, unsigned methods,
    const char *service, int64_t deadline_ms, void *ctx,
    void (*told)(void *ctx, const char *line))
{
	const int64_t silence_ms = reach_silence_ms(conf, methods);
	char line[OUTAGE_RULES_LINE_MAX];

	if (silence_ms < deadline_ms)
		return;
	snprintf(line, sizeof(line),
	    "%s: on_outage = \"allow\" never lets in at %.64s when providers "
	    "are silent: to find that out takes %lld s (timeout_ms of each), "
	    "and a login there has %lld; lower timeout_ms, or raise deadline= "
	    "in /etc/pam.d",
	    what, service, (long long)(silence_ms / 1000),
	    (long long)(deadline_ms / 1000));
	told(ctx, line);
}

void
outage_rules_deadline(const struct settings *conf, const char *service,
    int64_t deadline_ms, void *ctx, void (*told)(void *ctx, const char *line))
{
	char what[32];

	if (runs_as_caller(service))
		return;
	if (conf->on_outage == OUTAGE_ALLOW)
		check_time(conf, "settings", METHOD_ALL, service, deadline_ms,
		    ctx, told);
	for (size_t i = 0; i < conf->rule_count; i++) {
		const struct rule *r = &conf->rule[i];

		if (!allows(r) || !names_service(r, service))
			continue;
		snprintf(what, sizeof(what), "rule %zu", i + 1);
		check_time(
		    conf, what, r->methods, service, deadline_ms, ctx, told);
	}
}

static void
check_default(const struct settings *conf, const char *service, void *ctx,
    void (*told)(void *ctx, const char *line))
{
	outage_rules_deadline(conf, service,
	    module_arguments_deadline(service) * 1000, ctx, told);
}

void
outage_rules_defaults(const struct settings *conf, void *ctx,
    void (*told)(void *ctx, const char *line))
{
	check_default(conf, "sshd", ctx, told);
	check_default(conf, "login", ctx, told);
}

static bool
ever_allows(const struct settings *conf)
{
	for (size_t i = 0; i < conf->rule_count; i++)
		if (allows(&conf->rule[i]) &&
		    !outage_rules_idle(&conf->rule[i]))
			return true;
	return conf->on_outage == OUTAGE_ALLOW;
}

void
outage_rules_names(const struct settings *conf, void *ctx,
    void (*told)(void *ctx, const char *line))
{
	char line[OUTAGE_RULES_LINE_MAX];
	struct base_url url;

	for (size_t i = 0; ever_allows(conf) && i < conf->provider_count; i++) {
		if (base_url_read(conf->provider[i].base_url, &url) != NULL ||
		    url.host[strspn(url.host, "0123456789.:")] == '\0' ||
		    url.host[0] == '[' ||
		    strncmp(url.host, "localhost", 9) == 0)
			continue; /* libcurl itself knows its address */
		snprintf(line, sizeof(line),
		    "on_outage = \"allow\" never lets in while the name of a "
		    "provider (%s) is not resolved, since any user of this "
		    "host can bring that about: give those who must get in "
		    "then an app or recovery codes",
		    url.host);
		told(ctx, line);
		return;
	}
}
