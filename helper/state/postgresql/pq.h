/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpq, loaded when a state is opened that needs it: it is not there on hosts
 * that have theirs in a file. Its functions are called as pq.PQstatus().
 */
#ifndef TWOFA_PQ_H
#define TWOFA_PQ_H

#include <libpq-fe.h>

#define PQ_FUNCTIONS(EACH)                                                     \
	EACH(PQconnectStartParams)                                             \
	EACH(PQconnectPoll)                                                    \
	EACH(PQstatus)                                                         \
	EACH(PQsocket)                                                         \
	EACH(PQfinish)                                                         \
	EACH(PQerrorMessage)                                                   \
	EACH(PQserverVersion)                                                  \
	EACH(PQsetErrorVerbosity)                                              \
	EACH(PQsetNoticeReceiver)                                              \
	EACH(PQsetnonblocking)                                                 \
	EACH(PQsendQueryParams)                                                \
	EACH(PQflush)                                                          \
	EACH(PQconsumeInput)                                                   \
	EACH(PQisBusy)                                                         \
	EACH(PQgetResult)                                                      \
	EACH(PQclear)                                                          \
	EACH(PQresultStatus)                                                   \
	EACH(PQresultErrorField)                                               \
	EACH(PQntuples)                                                        \
	EACH(PQgetvalue)                                                       \
	EACH(PQgetisnull)                                                      \
	EACH(PQsslStruct)

struct pq {
/* A name. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define EACH(name) __typeof__(name) *name;
	PQ_FUNCTIONS(EACH)
#undef EACH
};
extern struct pq pq;
/* A function of a library that libpq itself needs, such as libssl; NULL. */
void *pq_needs(const char *name);

/* Before any of them is called. 0, or -1: it is not installed, or too old. */
int pq_load(void);

#endif
