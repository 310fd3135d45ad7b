/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of a login at a state, without a login around them:
 *
 *   store WHERE FOLDER steps N       N logins, one after the other: a line
 *                                    "STEP p50 p99" each, in microseconds
 *   store WHERE FOLDER kept N        the same by one connection, kept open
 *   store WHERE FOLDER storm N S H   N processes, for S seconds, as hosts
 *                                    b0001 to bH: "logins N failed N"
 *   store WHERE FOLDER kept-storm N S H
 *                                    the same, each process as one host, whose
 *                                    connection stays open
 *
 * WHERE is a file of SQLite's or a URL. FOLDER has ca.pem and password for it,
 * and keys.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper/store/store.h"

enum step { OPEN, BEGIN, STARTED, ATTEMPT, FINISH, ALL, STEPS };
static const char *const names[STEPS] = { "open", "begin", "started", "attempt",
	"finish", "login" };

static const struct limits_of_sends sends = { .user_hour = 1000000,
	.user_day = 1000000,
	.number_day = 1000000,
	.number_answered_day = 1000000,
	.source_hour = 1000000,
	.other_hour = 1000000,
	.host_hour = 1000000,
	.fleet_hour = 1000000,
	.spend_day = -1,
	.spend_month = -1 };

static struct store_server server = {
	.connect_timeout_ms = 10000, .timeout_ms = 10000, .single = true
};
static const char *where, *folder;

static int64_t
clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* Who logs in; nobody twice. */
struct relay_person {
	char name[32], number[32], source[32], request[40];
	struct store_right right;
};

static void
person_next(struct relay_person *p)
{
	static unsigned n;
	const unsigned i = ++n;

	snprintf(p->name, sizeof(p->name), "u%d-%u", (int)getpid(), i);
	snprintf(p->number, sizeof(p->number), "+44%09d%u", (int)getpid(), i);
	snprintf(p->source, sizeof(p->source), "10.%u.%u.0/24", i >> 8 & 255,
	    i & 255);
	snprintf(p->request, sizeof(p->request), "r%s", p->name);
	p->right = (struct store_right){ .user = p->name,
		.source = p->source,
		.service = "sshd",
		.method = METHOD_SMS,
		.provider = "vonage" };
}

static struct store *
opened(const char *host, int64_t session)
{
	static const unsigned char fleet_key[HOST_KEY_LEN] = "a key";
	const struct store_session me = { .host = host,
		.number = session,
		.keys = folder,
		.fleet_key = fleet_key,
		.server = &server };
	char cause[STORE_CAUSE_MAX];
	struct store *s = store_open(where, &me, cause);

	if (s == NULL)
		(void)fprintf(stderr, "%s\n", cause);
	return s;
}

static bool
begins(struct store *s, const struct relay_person *p, struct store_begun *out)
{
	const struct store_begin b = { .user = p->name,
		.source = p->source,
		.count = 1,
		.candidate = { { { p->name, p->number, "vonage",
				     "vonage-verify", { NULL } },
		    METHOD_ALL, METHOD_SMS, 15000 } },
		.message = { .user = p->name,
		    .counted_as = p->number,
		    .source = p->source },
		.limits = &sends };

	return store_begin(s, &b, out) == 0 && out->claim == CLAIM_NEW &&
	    out->sent == SEND_TAKEN;
}

static bool
is_started(
    struct store *s, const struct relay_person *p, const struct store_begun *b)
{
	const struct store_started started = { .id = b->row.id,
		.request_id = p->request,
		.method = METHOD_SMS,
		.life_ms = 300000,
		.lasts_ms = 300000,
		.send = b->send,
		.price = 55000 };

	return store_row_set_started(s, &started) == 0;
}

static bool
attempts(
    struct store *s, const struct relay_person *p, const struct store_begun *b)
{
	static const struct limits_of_guesses limits = { 5, 15, 300, 0 };
	const struct store_attempt attempt = { p->name, p->source, &limits,
		b->row.id, 3, NULL };
	struct store_attempted out;

	return store_guess_take_with_try(s, &attempt, &out);
}

static bool
finishes(
    struct store *s, const struct relay_person *p, const struct store_begun *b)
{
	const struct store_finish finish = {
		.id = b->row.id, .request_id = p->request, .send = b->send
	};

	return store_row_finish(s, &finish, &p->right) == 1;
}

/* Time since *from, which becomes now. */
static int64_t
lap(int64_t *from)
{
	const int64_t now = clock_us(), took = now - *from;

	*from = now;
	return took;
}

/* One login as the helper does it, its connection closed while the person is
 * asked; kept, if not NULL, stays open. false: it was refused. */
static bool
login(
    struct store *kept, const char *host, int64_t session, int64_t took[STEPS])
{
	struct store_begun begun;
	struct relay_person p;
	int64_t from = clock_us(), since = from;
	struct store *s = kept != NULL ? kept : opened(host, session);
	bool good = s != NULL;

	person_next(&p);
	took[OPEN] = lap(&from);
	good = good && begins(s, &p, &begun);
	took[BEGIN] = lap(&from);
	good = good && is_started(s, &p, &begun);
	took[STARTED] = lap(&from);
	if (good && kept == NULL)
		store_enter_idle(s); /* attempt connects again */
	good = good && attempts(s, &p, &begun);
	took[ATTEMPT] = lap(&from);
	good = good && finishes(s, &p, &begun);
	took[FINISH] = lap(&from);
	if (!good && s != NULL)
		(void)fprintf(stderr, "%s\n", store_cause(s));
	if (kept == NULL)
		store_close(s);
	took[ALL] = clock_us() - since;
	return good;
}

static int
compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int
steps(size_t n, struct store *kept)
{
	int64_t took[STEPS], *all = calloc(n * STEPS, sizeof(*all));

	if (all == NULL)
		return 1;
	for (size_t i = 0; i < n; i++) {
		if (!login(kept, "b0001", (int64_t)i + 1, took))
			return 1;
		for (size_t k = 0; k < STEPS; k++)
			all[k * n + i] = took[k];
	}
	for (size_t k = 0; k < STEPS; k++) {
		qsort(all + k * n, n, sizeof(*all), compare);
		printf("%s %lld %lld\n", names[k],
		    (long long)all[k * n + n / 2],
		    (long long)all[k * n + n * 99 / 100]);
	}
	free(all);
	return 0;
}

static void
storm_of(
    unsigned nth, bool keeps, int64_t end, unsigned hosts, unsigned count[2])
{
	struct store *kept = NULL;
	int64_t took[STEPS];
	char host[16];

	for (unsigned i = nth * 37; clock_us() < end; i++) {
		const int64_t session = getpid() * INT64_C(100000) + i;

		snprintf(host, sizeof(host), "b%04u", i % hosts + 1);
		if (keeps && kept == NULL)
			kept = opened(host, session);
		count[login(kept, host, session, took) ? 0 : 1]++;
	}
	_exit(0);
}

static int
storm(unsigned processes, bool keeps, unsigned seconds, unsigned hosts)
{
	const size_t size = processes * 2 * sizeof(unsigned);
	const int64_t end = clock_us() + seconds * INT64_C(1000000);
	unsigned good = 0, bad = 0;
	unsigned(*count)[2] = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (count == MAP_FAILED)
		return 1;
	for (unsigned i = 0; i < processes; i++) {
		const pid_t child = fork();

		if (child < 0)
			return 1;
		if (child == 0)
			storm_of(i, keeps, end, hosts, count[i]);
	}
	while (wait(NULL) > 0)
		continue;
	for (unsigned i = 0; i < processes; i++) {
		good += count[i][0];
		bad += count[i][1];
	}
	printf("logins %u failed %u\n", good, bad);
	return 0;
}

static unsigned
number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	static char ca[256], password[256];
	bool keeps;

	if (argc > 4) {
		where = argv[1];
		folder = argv[2];
		snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
		snprintf(password, sizeof(password), "%s/password", folder);
		server.ca_file = ca;
		server.password_file = password;
		if (strcmp(argv[3], "steps") == 0)
			return steps(number(argv[4]), NULL);
		if (strcmp(argv[3], "kept") == 0)
			return steps(number(argv[4]), opened("b0001", 1));
		keeps = strcmp(argv[3], "kept-storm") == 0;
		if ((keeps || strcmp(argv[3], "storm") == 0) && argc == 7)
			return storm(number(argv[4]), keeps, number(argv[5]),
			    number(argv[6]));
	}
	(void)fputs("usage: store WHERE FOLDER steps|kept N | "
		    "storm|kept-storm N SECONDS HOSTS\n",
	    stderr);
	return 2;
}
