/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real PostgreSQL for unit tests (tests/postgres/server): one server for all
 * files of a program, one database for each file, with a clock that the test
 * sets. It ends with the process that started it.
 */
#ifndef TWOFA_TESTS_POSTGRES_H
#define TWOFA_TESTS_POSTGRES_H

#include <stdint.h>

#include "helper/store/store.h"

/* Start the server for this process and those that it starts. unit_tests.c
 * calls it before the first file of a program that has such tests. */
void postgres_share(void);

/* The database of this file, empty, with the functions' clocks at what
 * postgres_clock says: its URL. Fails the test when that cannot be. */
const char *postgres_empty(void);
void postgres_clock(int64_t now_ms, int64_t wall_s);

/* How a host, whose role is made, and who is an administrator as well, asks
 * that database; and its folder for keys. */
const struct store_server *postgres_server(void);
const char *postgres_keys(void);
void postgres_host(const char *name);

/* What the server keeps of the password of all hosts of tests, as CREATE ROLE
 * takes it. One round of hashing in the place of 4096, which would be most of
 * what a connection costs: the exchange is the same. */
#define POSTGRES_PASSWORD                                                      \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define POSTGRES_VERIFIER                                                      \
	"SCRAM-SHA-256$1:cGFtX3R3b2ZhLCB0ZXN0cw==$"                            \
	"uF9PKc6Qe21gUALNpUVzfNjHzppsH1dQ2f+1vWqOjx0=:"                        \
	"Q/WIK+yvJMkUGPUjc/7+sr5/jEMvafcs9qmUrlIa66g="

/* As the server's owner there: the first number of what it gives, or 0. */
int64_t postgres_sql(const char *text);
/* Where servers of tests have their data: in memory, where that has room. */
const char *postgres_room(void);
/* The server's process, to be stopped or ended. */
int postgres_pid(void);

#endif
