/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's part of `twofactl status`: providers, and last logins. */
#include "twofactl/report/status_table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "twofactl/terminal/terminal.h"

#define TIME_MAX 32

static void
time_text(int64_t at, char out[TIME_MAX])
{
	const time_t t = (time_t)at;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(out, TIME_MAX, "%lld", (long long)at);
}

static void
print_line(int width, const char *name, const char *passed, const char *method,
    const char *when)
{
	printf("%-*s  %-11s  %-8s  %s\n", width, name, passed, method, when);
}

/* The last logins by a provider, below it. Returns their number. */
static size_t
print_successes(const struct status *s, int width, const char *provider,
    const char *shown, const char *passed)
{
	char when[TIME_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->successes; i++) {
		const struct status_success *t = &s->success[i];

		if (strcmp(t->provider, provider) != 0)
			continue;
		time_text(t->at, when);
		print_line(width, n == 0 ? shown : "", n == 0 ? passed : "",
		    t->method, when);
		n++;
	}
	return n;
}

static void
print_provider(
    const struct status *s, int width, const struct status_provider *p)
{
	char passed[TIME_SPAN_MAX] = "-";

	if (p->passed_s > 0)
		time_span_text(p->passed_s, passed);
	if (print_successes(s, width, p->name, p->name, passed) == 0)
		print_line(width, p->name, passed, "-", "never");
}

void
status_providers_table(const struct status *s)
{
	int width = (int)strlen("PROVIDER");

	for (size_t i = 0; i < s->providers; i++)
		if ((int)strlen(s->provider[i].name) > width)
			width = (int)strlen(s->provider[i].name);
	putchar('\n');
	print_line(width, "PROVIDER", "PASSED OVER", "METHOD", "LET IN LAST");
	for (size_t i = 0; i < s->providers; i++)
		print_provider(s, width, &s->provider[i]);
	print_successes(s, width, "", "(none)", "-");
}

void
status_providers_json(const struct status *s)
{
	fputs(",\"providers\":[", stdout);
	for (size_t i = 0; i < s->providers; i++) {
		fputs(i == 0 ? "{\"name\":" : ",{\"name\":", stdout);
		json_text_print(s->provider[i].name);
		printf(",\"passed_over_s\":%lld}",
		    (long long)s->provider[i].passed_s);
	}
	fputs("],\"successes\":[", stdout);
	for (size_t i = 0; i < s->successes; i++) {
		fputs(i == 0 ? "{\"provider\":" : ",{\"provider\":", stdout);
		json_text_print(s->success[i].provider);
		fputs(",\"method\":", stdout);
		json_text_print(s->success[i].method);
		printf(",\"at\":%lld}", (long long)s->success[i].at);
	}
	putchar(']');
}
