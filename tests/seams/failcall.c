/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that fail, in front of the libraries' own. */
#undef _FORTIFY_SOURCE /* its inline functions would be in the way */
#include "tests/seams/failcall.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static bool armed, for_ever;
static long count, fails_at;
static const char *name = "";
static const char *only; /* NULL: all */
static int sql_code; /* what SQLite is to say of its last call; 0: the truth */
static bool inside;  /* sqlite3_exec calls itself what is called from outside,
		      * and goes by what SQLite has noted: not by us */

void
failcall_arm(long nth, bool ever)
{
	count = 0;
	fails_at = nth;
	for_ever = ever;
	name = "";
	only = NULL;
	sql_code = 0;
	armed = true;
}

void
failcall_arm_only(const char *call, long nth, bool ever)
{
	failcall_arm(nth, ever);
	only = call;
}

long
failcall_stop(void)
{
	armed = false;
	sql_code = 0;
	return count;
}

const char *
failcall_name(void)
{
	return name;
}

static bool
fails(const char *call)
{
	if (!armed || (only != NULL && strcmp(call, only) != 0))
		return false;
	count++;
	if (fails_at == 0 ||
	    (count != fails_at && !(for_ever && count > fails_at)))
		return false;
	if (name[0] == '\0')
		name = call;
	return true;
}

/* A function and an object pointer are not the same thing in C. */
static void
look_up(const char *call, void *to)
{
	void *found = dlsym(RTLD_NEXT, call);

	memcpy(to, &found, sizeof(found));
}

/* A disk has many ways to fail, and each has words of its own. */
static bool
sql_fails(const char *call)
{
	static const int codes[] = { SQLITE_IOERR, SQLITE_FULL, SQLITE_BUSY,
		SQLITE_READONLY, SQLITE_CORRUPT, SQLITE_CANTOPEN,
		SQLITE_NOMEM };

	if (inside)
		return false;
	sql_code = 0;
	if (!fails(call))
		return false;
	sql_code = codes[(size_t)count % (sizeof(codes) / sizeof(codes[0]))];
	return true;
}

int
sqlite3_step(sqlite3_stmt *st)
{
	int (*real)(sqlite3_stmt *);

	look_up("sqlite3_step", &real);
	return sql_fails("sqlite3_step") ? sql_code : real(st);
}

int
sqlite3_prepare_v2(
    sqlite3 *db, const char *sql, int len, sqlite3_stmt **st, const char **tail)
{
	int (*real)(
	    sqlite3 *, const char *, int, sqlite3_stmt **, const char **);

	look_up("sqlite3_prepare_v2", &real);
	if (!sql_fails("sqlite3_prepare_v2"))
		return real(db, sql, len, st, tail);
	*st = NULL;
	return sql_code;
}

int
sqlite3_exec(sqlite3 *db, const char *sql,
    int (*row)(void *, int, char **, char **), void *ctx, char **message)
{
	int (*real)(sqlite3 *, const char *,
	    int (*)(void *, int, char **, char **), void *, char **);
	const bool back = strcmp(sql, "ROLLBACK") == 0;
	const bool was_inside = inside;
	int rc;

	look_up("sqlite3_exec", &real);
	if (sql_fails(back ? "ROLLBACK" : "sqlite3_exec"))
		return sql_code;
	inside = true;
	rc = real(db, sql, row, ctx, message);
	inside = was_inside; /* it calls itself for a new table */
	return rc;
}

int
sqlite3_bind_int64(sqlite3_stmt *st, int at, sqlite3_int64 value)
{
	int (*real)(sqlite3_stmt *, int, sqlite3_int64);

	look_up("sqlite3_bind_int64", &real);
	return sql_fails("sqlite3_bind_int64") ? sql_code : real(st, at, value);
}

int
sqlite3_errcode(sqlite3 *db)
{
	int (*real)(sqlite3 *);

	look_up("sqlite3_errcode", &real);
	return sql_code != 0 ? sql_code : real(db);
}

ssize_t
getrandom(void *to, size_t len, unsigned flags)
{
	ssize_t (*real)(void *, size_t, unsigned);

	look_up("getrandom", &real);
	if (!fails("getrandom"))
		return real(to, len, flags);
	errno = ENOSYS;
	return -1;
}

ssize_t
read(int fd, void *to, size_t len)
{
	ssize_t (*real)(int, void *, size_t);

	look_up("read", &real);
	if (!fails("read"))
		return real(fd, to, len);
	errno = EIO;
	return -1;
}

ssize_t
write(int fd, const void *from, size_t len)
{
	ssize_t (*real)(int, const void *, size_t);

	look_up("write", &real);
	if (!fails("write"))
		return real(fd, from, len);
	errno = ENOSPC;
	return -1;
}

int
fstat(int fd, struct stat *st)
{
	int (*real)(int, struct stat *);

	look_up("fstat", &real);
	if (!fails("fstat"))
		return real(fd, st);
	errno = EIO;
	return -1;
}

int
fsync(int fd)
{
	int (*real)(int);

	look_up("fsync", &real);
	if (!fails("fsync"))
		return real(fd);
	errno = EIO;
	return -1;
}

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	int (*real)(int, const char *, int, const char *, int);

	look_up("linkat", &real);
	if (!fails("linkat"))
		return real(from_dir, from, to_dir, to, flags);
	errno = EIO;
	return -1;
}

int
EVP_Digest(const void *data, size_t len, unsigned char *out, unsigned *out_len,
    const EVP_MD *type, ENGINE *engine)
{
	int (*real)(const void *, size_t, unsigned char *, unsigned *,
	    const EVP_MD *, ENGINE *);

	look_up("EVP_Digest", &real);
	return fails("EVP_Digest")
	    ? 0
	    : real(data, len, out, out_len, type, engine);
}
