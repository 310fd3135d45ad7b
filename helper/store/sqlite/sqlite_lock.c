/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks of the SQLite file: waiting for them, an alarm that ends a process that
 * holds one too long, and the VFS that does both. Clocks. */
#include "helper/store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Locks as bits; the lowest eight are those of SQLite's log index. */
#define ALARM_LOCK_WRITE (1u << 0)
#define ALARM_LOCK_COPY (1u << 1)
#define ALARM_LOCK_FILE                                                        \
	(1u << 8) /* the database, read with an older journal                  \
		   */
/* the database, written with an older journal */
#define ALARM_LOCK_EXCLUSIVE (1u << 9)
#define ALARM_LOCK_QUEUE (1u << 10)

#define SECOND_US INT64_C(1000000)
#define WRITE_LOCKS (ALARM_LOCK_WRITE | ALARM_LOCK_EXCLUSIVE)
/* SQLite numbers the locks of the log index by their position. */
#define INDEX_LOCKS(first, n) (((1u << (n)) - 1) << (first))

#define WRITER_WAIT_MS 3000 /* longest wait of a writer */
#define INDEX_BYTES 32768   /* SQLite's unit for the index */
#define INDEX_MAX 262144    /* for a log of 130 MB, which is never needed */
#define HEADER_READ_BY 19   /* offset of a byte in the database */
#define HEADER_WAL 2        /* its value if there is a log */

static unsigned held_locks;
static bool armed; /* set for a lock, not by the helper */
bool sqlite_without_alarm;
/* when the helper's own alarm is due, by now_us(); 0 if not set */
static int64_t helper_due_us;

static int64_t
now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* Returns the time that was left, or 0 if the timer was not set. In
 * microseconds, because alarm() would round up each time and never fire. */
static int64_t
timer_set(int64_t us)
{
	struct itimerval before = { 0 };
	const struct itimerval next = {
		.it_value = { .tv_sec = us / SECOND_US,
		    .tv_usec = us % SECOND_US },
	};

	(void)setitimer(ITIMER_REAL, &next, &before);
	return before.it_value.tv_sec * SECOND_US + before.it_value.tv_usec;
}

/* Time left of the helper's own alarm, without a system call. */
static int64_t
helper_left_us(void)
{
	int64_t left = helper_due_us - now_us();

	return left > 1 ? left : 1;
}

/* One call for each try: setting the timer also returns the time left of the
 * helper's alarm. Every login has one, usually later than that of a lock; an
 * earlier one is set again at once. */
static void
alarm_arm(int64_t us)
{
	int64_t own;

	if (armed) {
		own = helper_left_us();
		(void)timer_set(own < us ? own : us);
		return;
	}
	own = timer_set(us);
	/* 0 is read in its last microsecond, too, as if none were set */
	if (own == 0 && helper_due_us != 0 && helper_left_us() == 1)
		own = 1;
	if (own < us)
		(void)timer_set(own);
	helper_due_us = own > 0 ? now_us() + own : 0;
	armed = own > 0;
}

static void
alarm_restore(void)
{
	if (!armed)
		return;
	(void)timer_set(helper_left_us());
	armed = false;
}

/* Called before and after each try for a lock. */
static void
alarm_before_try(unsigned lock)
{
	bool copies = ((held_locks | lock) & ALARM_LOCK_COPY) != 0 &&
	    (lock & WRITE_LOCKS) == 0;

	if ((held_locks & WRITE_LOCKS) == 0 && !sqlite_without_alarm)
		alarm_arm(
		    INT64_C(1000) * (copies ? ALARM_COPY_MS : ALARM_HELD_MS));
}

static void
alarm_after_try(unsigned lock, bool got)
{
	if (got)
		held_locks |= lock;
	if (held_locks == 0)
		alarm_restore();
}

static void
alarm_drop(unsigned locks)
{
	held_locks &= ~locks;
	if (held_locks == 0)
		alarm_restore();
}

bool
sqlite_is_writing(void)
{
	return (held_locks & WRITE_LOCKS) != 0;
}

/* SQLite's own methods. */
static const sqlite3_io_methods *system_io;
static bool mapping; /* SQLite is opening the index */

static int
io_lock(sqlite3_file *file, int level)
{
	unsigned lock =
	    level > SQLITE_LOCK_SHARED ? ALARM_LOCK_EXCLUSIVE : ALARM_LOCK_FILE;
	int rc;

	alarm_before_try(lock);
	rc = system_io->xLock(file, level);
	alarm_after_try(lock, rc == SQLITE_OK);
	return rc;
}

static int
io_unlock(sqlite3_file *file, int level)
{
	int rc = system_io->xUnlock(file, level);

	alarm_drop(level == SQLITE_LOCK_NONE
		? ALARM_LOCK_FILE | ALARM_LOCK_EXCLUSIVE
		: ALARM_LOCK_EXCLUSIVE);
	return rc;
}

/* The first call opens the index, with a lock that no other process can see. A
 * process with the index keeps the database open with a lock that does not
 * disturb others. */
static int
io_shm_map(
    sqlite3_file *file, int region, int size, int extend, void volatile **map)
{
	int rc;

	alarm_before_try(ALARM_LOCK_FILE);
	mapping = true;
	rc = system_io->xShmMap(file, region, size, extend, map);
	mapping = false;
	alarm_drop(rc == SQLITE_OK ? ALARM_LOCK_FILE : 0);
	return rc;
}

static int
io_shm_lock(sqlite3_file *file, int first, int n, int flags)
{
	unsigned locks = INDEX_LOCKS(first, n);
	int rc;

	if ((flags & SQLITE_SHM_UNLOCK) == 0) {
		alarm_before_try(locks);
		rc = system_io->xShmLock(file, first, n, flags);
		alarm_after_try(locks, rc == SQLITE_OK);
		return rc;
	}
	rc = system_io->xShmLock(file, first, n, flags);
	alarm_drop(locks);
	return rc;
}

static int
io_close(sqlite3_file *file)
{
	int rc = system_io->xClose(file);

	alarm_drop(~ALARM_LOCK_QUEUE);
	return rc;
}

void
sqlite_wait_begin(struct store *s)
{
	if (s->waits++ == 0)
		s->busy_since = frame_clock_ms();
}

void
sqlite_wait_end(struct store *s)
{
	s->waits--;
}

/* Short, uneven sleeps: SQLite's own back-off lets newcomers pass those that
 * have waited longest. */
int
sqlite_wait_before_retry(void *ctx, int count)
{
	struct store *s = ctx;
	int64_t now = frame_clock_ms();
	long ms = 1 + (count * 7L + (long)getpid()) % 10;
	struct timespec pause = { .tv_nsec = ms * 1000000L };

	if (count == 0 && s->waits == 0)
		s->busy_since = now;
	if (now - s->busy_since >=
		(sqlite_is_writing() ? WRITER_WAIT_MS : SQLITE_BUSY_MS) ||
	    (store_deadline() != 0 && now >= store_deadline()))
		return 0;
	store_waiting();
	nanosleep(&pause, NULL);
	return 1;
}

int64_t
sqlite_waited_s(const struct store *s)
{
	return s->busy_since == 0 ? 0
				  : (frame_clock_ms() - s->busy_since) / 1000;
}

/* Processes that want to write wait in a queue before they ask SQLite. SQLite's
 * own lock would be enough, but asking for it means reading for a moment. With
 * two hundred processes there is always one that reads, so the log never
 * restarts and keeps growing. The queue's lock, on the file of the reserve,
 * only keeps the order; without it everything is still correct. */
void
sqlite_queue_open(struct store *s)
{
	char path[SQLITE_PATH_MAX + 8];

	PRINT_TO(path, "%s-room", s->path);
	s->queue = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

void
sqlite_queue_close(struct store *s)
{
	if (s->queue >= 0)
		close(s->queue);
	s->queue = -1;
	alarm_drop(ALARM_LOCK_QUEUE);
}

/* Gives up after SQLITE_BUSY_MS: SQLite then reports a lock. */
void
sqlite_queue_enter(struct store *s)
{
	bool got = s->queue < 0;

	for (int count = 0; !got; count++) {
		alarm_before_try(ALARM_LOCK_QUEUE);
		got = flock(s->queue, LOCK_EX | LOCK_NB) == 0;
		alarm_after_try(ALARM_LOCK_QUEUE, got);
		if (!got &&
		    (errno != EWOULDBLOCK ||
			!sqlite_wait_before_retry(s, count)))
			return;
	}
}

void
sqlite_queue_leave(struct store *s)
{
	if (s->queue >= 0)
		flock(s->queue, LOCK_UN);
	alarm_drop(ALARM_LOCK_QUEUE);
}

/*
 * The VFS: SQLite's access to files, with changes that save time or space on
 * the disk, and with locks that set the alarm.
 *
 * The log is opened, and only created if it is missing. SQLite always opens it
 * as if to create it, and then waits once in each process until the folder is
 * on the disk: one of the three waits in a login. The folder does not change
 * while the log stays.
 *
 * No file becomes shorter: on a full disk another program would take the space.
 * The first process to open the log's index (-shm) must empty it, for which
 * SQLite cuts it to 3 bytes. Here its bytes are set to zero instead, which
 * gives the same content. The database keeps the space after its last page for
 * later pages (sqlite_reserve.c).
 */
static sqlite3_vfs *system_vfs;

/* Replaces ftruncate(2). Writes each block, so that each has space: at a hole
 * in the file, the first access could end the process (SIGBUS). Without space,
 * SQLite's own way is used and reports the error. */
static int
file_truncate(int fd, off_t size)
{
	static const char zeros[4096];
	struct stat st;

	if (!mapping || fstat(fd, &st) != 0 || st.st_size > INDEX_MAX)
		return ftruncate(fd, size);
	if (st.st_size < INDEX_BYTES)
		st.st_size = INDEX_BYTES;
	for (off_t at = 0; at < st.st_size; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) !=
		    (ssize_t)sizeof(zeros))
			return ftruncate(fd, size);
	return 0;
}

/* With a log, only a checkpoint can shorten the database; without one, a
 * rollback does. */
static int
db_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	unsigned char read_by = 0;
	sqlite3_int64 now = 0;

	if (system_io->xRead(file, &read_by, 1, HEADER_READ_BY) == SQLITE_OK &&
	    read_by == HEADER_WAL &&
	    system_io->xFileSize(file, &now) == SQLITE_OK && now > size)
		return SQLITE_OK;
	return system_io->xTruncate(file, size);
}

/* Installs the methods above for a database that SQLite has opened. */
static void
watch_database(sqlite3_file *file)
{
	static sqlite3_io_methods io;

	if (system_io == NULL) {
		system_io = file->pMethods;
		io = *system_io;
		io.xLock = io_lock;
		io.xUnlock = io_unlock;
		io.xShmMap = io_shm_map;
		io.xTruncate = db_truncate;
		io.xShmLock = io_shm_lock;
		io.xClose = io_close;
	}
	/* a database always has the same methods */
	if (file->pMethods == system_io)
		file->pMethods = &io;
}

static int
vfs_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct stat st;
	int rc;

	(void)vfs;
	if ((flags & SQLITE_OPEN_WAL) != 0 && name != NULL &&
	    lstat(name, &st) == 0)
		flags &= ~SQLITE_OPEN_CREATE;
	rc = system_vfs->xOpen(system_vfs, name, file, flags, out);
	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0)
		watch_database(file);
	return rc;
}

const char *
sqlite_vfs(void)
{
	static sqlite3_vfs vfs;

	if (vfs.zName != NULL)
		return vfs.zName;
	system_vfs = sqlite3_vfs_find(NULL);
	if (system_vfs == NULL)
		return NULL; /* sqlite3_open_v2() will fail as well */
	vfs = *system_vfs;
	vfs.pNext = NULL;
	vfs.xOpen = vfs_open;
	vfs.zName = "twofa";
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		vfs.zName = NULL;
	else if (vfs.iVersion >= 3)
		vfs.xSetSystemCall(system_vfs, "ftruncate",
		    (sqlite3_syscall_ptr)file_truncate);
	return vfs.zName;
}

/* Without a boot id, rows from the future reveal another boot. */
struct sqlite_clock sqlite_clock = {
	.now_ms = clock_ms, .wall_s = clock_wall_s, .boot = system_boot_id
};
