/* SPDX-License-Identifier: BSD-2-Clause */
/* What copies of one process draw, after it has loaded what they share. */
#include "helper/listener/listener_inside.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/rand.h>
#include <sqlite3.h>

#include "helper/store/store.h"
#include "lib/system/system.h"
#include "tests/support/unit_tests.h"

struct drawn {
	unsigned char sqlite[16], libcrypto[16];
	char name[RANDOM_NAME_LEN + 1];
	int64_t session;
};

static void
draw(struct drawn *d)
{
	sqlite3_randomness(sizeof(d->sqlite), d->sqlite);
	if (RAND_bytes(d->libcrypto, sizeof(d->libcrypto)) != 1 ||
	    system_random_name(d->name) != 0)
		_exit(1);
	d->session = store_session_id_new();
}

static void
draw_in_copy(struct drawn *d)
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		draw(d);
		_exit(write(pipes[1], d, sizeof(*d)) != sizeof(*d));
	}
	assert_int_equal(read(pipes[0], d, sizeof(*d)), sizeof(*d));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void
test_copies_draw_apart(void **state)
{
	static struct drawn a, b;

	(void)state;
	listener_preload_libraries();
	draw_in_copy(&a);
	draw_in_copy(&b);
	assert_memory_not_equal(a.sqlite, b.sqlite, sizeof(a.sqlite));
	assert_memory_not_equal(a.libcrypto, b.libcrypto, sizeof(a.libcrypto));
	assert_string_not_equal(a.name, b.name);
	assert_int_not_equal(a.session, b.session);
}

/* The bytes of the stack that are mapped, far below what was used. */
static unsigned
stack_mapped(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *here = __builtin_frame_address(0);
	unsigned char mapped[4] = { 0 };

	here -= (uintptr_t)here % page;
	assert_int_equal(mincore(here - 9 * page, 4 * page, mapped), 0);
	return mapped[0] + 0u + mapped[1] + mapped[2] + mapped[3];
}

/* In a thread, whose stack nobody has used. */
static void *
map_here(void *kept)
{
	unsigned *found = kept;

	found[0] = stack_mapped();
	listener_preload_stack();
	found[1] = stack_mapped();
	return NULL;
}

static void
test_a_worker_maps_its_stack(void **state)
{
	unsigned found[2];
	pthread_t thread;

	(void)state;
	if (madvise(NULL, 0, MADV_POPULATE_READ) != 0)
		skip();
	assert_int_equal(pthread_create(&thread, NULL, map_here, found), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(found[0], 0);
	assert_int_equal(found[1], 4);
}

UNIT_TESTS(test_preload)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies_draw_apart),
		cmocka_unit_test(test_a_worker_maps_its_stack),
	};

	return cmocka_run_group_tests_name("preload", tests, NULL, NULL);
}
