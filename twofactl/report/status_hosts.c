/* SPDX-License-Identifier: BSD-2-Clause */
/* What `twofactl status` says of hosts that share a state. */
#include <stdio.h>
#include <string.h>

#include "lib/values/values.h"
#include "twofactl/report/status_table.h"
#include "twofactl/terminal/terminal.h"

size_t
status_source_host(const char *source)
{
	const char *blank = strchr(source, ' ');

	return blank == NULL ? 0 : (size_t)(blank - source);
}

static struct status_host
all_of(const struct status *s)
{
	struct status_host all = { .name = "all" };

	for (size_t i = 0; i < s->hosts; i++) {
		all.hour += s->host[i].hour;
		all.day += s->host[i].day;
	}
	return all;
}

static void
print_host(const struct status_host *h, int width)
{
	printf("%-*s  %7lld  %7lld\n", width, h->name, (long long)h->hour,
	    (long long)h->day);
}

/* A host without a line has sent nothing for a day. */
void
status_hosts_table(const struct status *s)
{
	char today[PRICE_TEXT_MAX], month[PRICE_TEXT_MAX];
	const struct status_host all = all_of(s);
	int width = 4;

	money_text(s->total[2], today);
	money_text(s->total[3], month);
	for (size_t i = 0; i < s->hosts; i++)
		if ((int)strlen(s->host[i].name) > width)
			width = (int)strlen(s->host[i].name);
	printf("\nall hosts: spent %s today, %s in 30 days\n\n%-*s  SENDS/H  "
	       "SENDS/D\n",
	    today, month, width, "HOST");
	for (size_t i = 0; i < s->hosts; i++)
		print_host(&s->host[i], width);
	print_host(&all, width);
	printf(
	    "\nAsked as %s, answered by %s. PASSED OVER is what %s does, LET "
	    "IN LAST is of all hosts.\n",
	    s->store.host, s->store.server, s->store.host);
}

void
status_hosts_json(const struct status *s)
{
	fputs(",\"store\":{\"host\":", stdout);
	json_text_print(s->store.host);
	fputs(",\"server\":", stdout);
	json_text_print(s->store.server);
	putchar('}');
	if (!s->totals_known)
		return;
	fputs(",\"hosts\":[", stdout);
	for (size_t i = 0; i < s->hosts; i++) {
		fputs(i == 0 ? "{\"host\":" : ",{\"host\":", stdout);
		json_text_print(s->host[i].name);
		printf(",\"sends_hour\":%lld,\"sends_day\":%lld}",
		    (long long)s->host[i].hour, (long long)s->host[i].day);
	}
	putchar(']');
}
