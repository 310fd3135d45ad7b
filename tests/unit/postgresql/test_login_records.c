/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login keeps of users' records in the state, and how it is left. */
#include "helper/store/postgresql/postgresql.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/store_backend.h"
#include "tests/support/unit_tests.h"

#define PHONE "+12025550100"
#define RECORD "# of whom it is and why\nphone = \"" PHONE "\";\n"

static enum store_record
read_one(struct store *s, const char *user, char **text)
{
	(void)s;
	(void)user;
	*text = strdup(RECORD);
	return STORE_RECORD_FOUND;
}

/* What is in memory that was given back; malloc may have used it already, but
 * has written no phone there. */
static void
look(const char *at, char out[sizeof(RECORD)])
{
	const int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, out, sizeof(RECORD), (off_t)(uintptr_t)at),
	    sizeof(RECORD));
	close(fd);
}

static void
records_are_wiped(void **state)
{
	static const struct store_records records = { .read = read_one };
	static const struct store_backend engine = { .records = &records };
	static struct settings conf = { .users_state = true };
	struct store_head head = { &engine, 1 };
	const struct facts facts = { .user = "alice" };
	const char *text = NULL;
	char left[sizeof(RECORD)];

	(void)state;
	fleet_store.records_begin(&conf, &facts, 1);
	fleet_store.records_lend(&conf, (struct store *)(void *)&head);
	assert_int_equal(conf.records->text(conf.records, "alice", &text),
	    RECORD_SOURCE_THERE);
	look(text, left);
	assert_string_equal(left, RECORD);
	fleet_store.records_end(&conf);
	look(text, left);
	assert_null(memmem(left, sizeof(left), PHONE, strlen(PHONE)));
}

UNIT_TESTS(test_login_records)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_wiped),
	};

	return cmocka_run_group_tests_name("login_records", tests, NULL, NULL);
}
