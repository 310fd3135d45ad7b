/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tests/seams/sqlite_memory.c gives SQLite in a build with ASan is checked
 * as ASan's own: each byte around a block, and a block that was freed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/support/unit_tests.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define OURS (getenv("SQLITE_STACKS") == NULL)
#else
#define OURS false
#define __asan_address_is_poisoned(byte) ((byte) == NULL)
#endif

static int
poisoned(const char *byte)
{
	return __asan_address_is_poisoned(byte);
}

static const int sizes[] = { 1, 7, 8, 16, 40, 100, 2000, 2064, 2065, 9000 };
#define SIZES (sizeof(sizes) / sizeof(*sizes))

static void
check_around(const char *block, int size)
{
	assert_true(poisoned(block - 1));
	for (int i = 0; i < size; i++)
		assert_false(poisoned(block + i));
	assert_true(poisoned(block + (size + 7) / 8 * 8));
}

static void
of_each_size(void (*check)(char *block, int size))
{
	if (!OURS)
		skip();
	for (size_t i = 0; i < SIZES; i++) {
		char *block = sqlite3_malloc(sizes[i]);

		assert_non_null(block);
		check(block, sizes[i]);
	}
}

static void
check_end(char *block, int size)
{
	check_around(block, size);
	sqlite3_free(block);
}

static void
a_block_ends_at_its_last_byte(void **state)
{
	(void)state;
	of_each_size(check_end);
}

static void
check_freed(char *block, int size)
{
	sqlite3_free(block);
	assert_true(poisoned(block));
	assert_true(poisoned(block + size - 1));
}

static void
what_is_freed_cannot_be_read(void **state)
{
	(void)state;
	of_each_size(check_freed);
}

static void
check_next(char *block, int size)
{
	char *next;

	sqlite3_free(block);
	next = sqlite3_malloc(size);
	assert_true(poisoned(block));
	assert_ptr_not_equal(next, block);
	sqlite3_free(next);
}

static void
what_is_freed_is_not_given_out_at_once(void **state)
{
	(void)state;
	of_each_size(check_next);
}

static void
a_block_that_grows_keeps_what_is_in_it(void **state)
{
	char *block, *moved;

	(void)state;
	if (!OURS)
		skip();
	block = sqlite3_malloc(40);
	memset(block, 'a', 40);
	moved = sqlite3_realloc(block, 4000);
	assert_non_null(moved);
	assert_true(poisoned(block));
	for (int i = 0; i < 40; i++)
		assert_int_equal(moved[i], 'a');
	check_around(moved, 4000);
	sqlite3_free(moved);
}

UNIT_TESTS(test_sqlite_memory)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_ends_at_its_last_byte),
		cmocka_unit_test(what_is_freed_cannot_be_read),
		cmocka_unit_test(what_is_freed_is_not_given_out_at_once),
		cmocka_unit_test(a_block_that_grows_keeps_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
