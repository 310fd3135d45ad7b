/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of one file, in the program of its folder: build/unit/ROOM runs
 * all of them, build/unit/ROOM test_NAME those of one file. Each file's tests
 * run in a process of their own, for many change what belongs to a process.
 */
#ifndef TWOFA_TESTS_UNIT_TESTS_H
#define TWOFA_TESTS_UNIT_TESTS_H

/* Before main, by the constructor that UNIT_TESTS makes. name is a literal. */
void unit_tests_add(const char *name, int (*run)(void));

/* What all files of the program share, begun before the first of them. By a
 * constructor as well. */
void unit_tests_before(void (*begin)(void));

/* Stands where a program's main would: UNIT_TESTS(test_phone) { ... } */
#define UNIT_TESTS(name)                                                       \
	static int name##_run(void);                                           \
	__attribute__((constructor)) static void name##_listed(void)           \
	{                                                                      \
		unit_tests_add(#name, name##_run);                             \
	}                                                                      \
	static int name##_run(void)

#endif
