/* SPDX-License-Identifier: BSD-2-Clause */
/* Landlock by its system calls, since libc has no functions for them. */

#include "helper/sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "helper/sandbox/sandbox_inside.h"
#include "lib/system/system.h"

/* Older headers lack these. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (UINT64_C(1) << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif

/* The rights that SQLite and the small files in its folder need. */
#define OF_FILES                                                               \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |      \
	    LANDLOCK_ACCESS_FS_MAKE_REG)
/* All other rights to change files in version 1 of Landlock. */
#define OF_OTHERS                                                              \
	(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |        \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |       \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |     \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)
/* versions of Landlock */
#define SINCE_REFER 2
#define SINCE_TRUNCATE 3
#define SINCE_SCOPES 6
#define SINCE_SOCKETS 9
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)

/* The kernel's ruleset attributes. An older kernel takes only the first. */
struct rights {
	uint64_t files, ports, scopes;
};

static enum landlock landlock_own_now = LANDLOCK_OFF;
uint64_t landlock_rights;

/* The kernel rejects rights that its version does not know. */
static struct rights
rights_of(long version)
{
	struct rights of = { .files = OF_FILES | OF_OTHERS };

	if (version >= SINCE_REFER)
		of.files |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= SINCE_TRUNCATE)
		of.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (version >= SINCE_SCOPES)
		of.scopes = SCOPE_ABSTRACT_UNIX_SOCKET;
	if (version >= SINCE_SOCKETS)
		of.files |= LANDLOCK_ACCESS_FS_RESOLVE_UNIX;
	return of;
}

int
landlock_allow(int rules, const char *path, int flags, uint64_t rights)
{
	const int fd OWNED(owned_fd) = open(path, O_PATH | O_CLOEXEC | flags);
	const struct landlock_path_beneath_attr below = {
		.allowed_access = rights, .parent_fd = fd
	};

	if (fd < 0) /* opening the state logs other errors */
		return errno == EMFILE || errno == ENFILE ? -1 : 0;
	return (int)syscall(SYS_landlock_add_rule, rules,
	    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
}

/* Landlock has no exceptions within a folder, so all other folders are listed.
 * Folders with users' and other hosts' files are left out: no name service
 * listens there, and opening them may hang. Links in /run are not followed. */
static int
allow_sockets(int rules)
{
	static const char *const patterns[] = { "/var/", "/usr/", "/etc/",
		"/dev/", "/tmp/", "/run/*", "/run/.[!.]*", "/run/systemd/*/" };
	glob_t found OWNED(globfree) = { 0 };
	int result = 0;

	/* musl knows no braces */
	for (size_t i = 0; i < COUNT_OF(patterns) && result == 0; i++) {
		result = glob(patterns[i],
		    GLOB_NOSORT | (i > 0 ? GLOB_APPEND : 0), NULL, &found);
		result = result == 0 || result == GLOB_NOMATCH ? 0 : -1;
	}
	for (size_t i = 0; i < found.gl_pathc && result == 0; i++)
		/* the system bus, and systemd's own sockets */
		if (!text_has_word(
			"/run/dbus /run/user /run/systemd", found.gl_pathv[i]))
			result = landlock_allow(rules, found.gl_pathv[i],
			    O_NOFOLLOW, LANDLOCK_ACCESS_FS_RESOLVE_UNIX);
	return result;
}

static int
restrict_self(long version, const char *folder, const char *other)
{
	const struct rights of = rights_of(version);
	const uint64_t own =
	    of.files & (OF_FILES | LANDLOCK_ACCESS_FS_TRUNCATE);
	const int rules OWNED(owned_fd) =
	    (int)syscall(SYS_landlock_create_ruleset, &of,
		of.scopes != 0 ? sizeof(of) : sizeof(of.files), 0);

	landlock_rights = of.files;
	return rules >= 0 &&
		landlock_allow(rules, folder, O_DIRECTORY, own) == 0 &&
		landlock_allow(rules, other, O_DIRECTORY, own) == 0 &&
		(version < SINCE_SOCKETS || allow_sockets(rules) == 0)
	    ? (int)syscall(SYS_landlock_restrict_self, rules, 0)
	    : -1;
}

enum landlock
landlock_install(const char *folder, const char *other)
{
	const long version = SANITIZED
	    ? 0
	    : syscall(SYS_landlock_create_ruleset, NULL, 0,
		  LANDLOCK_CREATE_RULESET_VERSION);

	landlock_own_now = SANITIZED                     ? LANDLOCK_OFF
	    : version <= 0                               ? LANDLOCK_MISSING
	    : restrict_self(version, folder, other) == 0 ? LANDLOCK_ON
							 : LANDLOCK_REFUSED;
	if (landlock_own_now == LANDLOCK_REFUSED)
		log_notice("sandbox: Landlock failed (%s); the login goes on "
			   "without it",
		    strerror(errno));
	return landlock_own_now;
}

enum landlock
landlock_state(void)
{
	return landlock_own_now;
}
