/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings and the open store of a broker, and checks if their files have
 * changed since. */

#include "helper/broker/broker_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "helper/store/store_backend.h"

#define WATCHED_MAX 96                /* more than all providers have */
#define FILES 3                       /* of an SQLite database */
#define PARTS (FILES + 1)             /* and its folder, whose mode counts */
#define LATE_MS 1000                  /* a working server answers sooner */
#define NAMED_FILE "credential-names" /* in state_dir */

/* A digest of which files are the credentials, and since when they are. */
struct named {
	unsigned char digest[SHA256_LEN];
	int64_t since; /* wall clock, in seconds; when a broker saw it */
};

/* A file or folder that the settings use, as it was when they were read. */
struct watched {
	const char *path;
	bool folder; /* only its identity counts: Landlock rules refer to it */
	bool counts; /* a change makes the settings stale; else only opened */
	struct stat st; /* zero if it did not exist */
};

static struct {
	size_t count;
	struct watched file[WATCHED_MAX + 1];
	char host_key[FOLDER_PATH_MAX + 16], folder[FOLDER_PATH_MAX];
	char state[FILES][FOLDER_PATH_MAX + 72]; /* "": not looked at yet */
	char next_key[4096];
} files;

static void
look_at(const char *path)
{
	struct watched *w = &files.file[files.count];

	if (files.count == WATCHED_MAX || (w->path = strdup(path)) == NULL)
		return;
	if (stat(path, &w->st) != 0)
		w->st = (struct stat){ 0 };
	files.count++;
}

/* Its index, or that of the next one. */
static size_t
watched_find(const char *path)
{
	size_t i = 0;

	while (i < files.count && strcmp(files.file[i].path, path) != 0)
		i++;
	return i;
}

/* As it was before it was read, if it was. */
static void
watch_file(const char *path, bool folder)
{
	size_t i;

	if (path == NULL)
		return;
	i = watched_find(path);
	if (i == files.count)
		look_at(path);
	files.file[i].folder = folder;
	files.file[i].counts = i < files.count;
}

bool
broker_settings_are_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool
is_as_before(const struct watched *w)
{
	struct stat st;

	if (stat(w->path, &st) != 0)
		st = (struct stat){ 0 };
	return w->folder
	    ? st.st_dev == w->st.st_dev && st.st_ino == w->st.st_ino
	    : broker_settings_are_same(&st, &w->st);
}

bool
broker_settings_are_stale(void)
{
	for (size_t i = 0; i < files.count; i++)
		if (files.file[i].counts && !is_as_before(&files.file[i]))
			return true;
	return false;
}

bool
broker_settings_file_is_stale(void)
{
	const size_t i = watched_find(MODULE_ARGUMENTS_CONF);

	return i < files.count && !is_as_before(&files.file[i]);
}

int
broker_settings_watch(void)
{
	const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char folder[FOLDER_PATH_MAX];

	if (fd < 0)
		log_problem("settings and credentials cannot be watched: %s; a "
			    "change is noticed at the next login; raise the "
			    "kernel's fs.inotify.max_user_instances",
		    strerror(errno));
	for (size_t i = 0; fd >= 0 && i < files.count; i++) {
		const char *path = files.file[i].path;

		if (files.file[i].counts && !files.file[i].folder &&
		    strcmp(path, files.host_key) != 0 &&
		    (folder_from_path(path, folder) != 0 ||
			inotify_add_watch(
			    fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0))
			log_notice("%s: a change is noticed at the next login: "
				   "its folder cannot be watched: %s",
			    path, strerror(errno));
	}
	return fd;
}

static void
watch_provider(const struct settings *conf, const struct provider_conf *p)
{
	for (size_t i = 0; i < PROVIDER_SLOTS; i++)
		watch_file(p->secret_file[i], false);
	watch_file(p->key_file, false);
	watch_file(conf->proxy_password_file, false);
	watch_file(p->ca_file, false);
	watch_file(p->ca_path, true);
}

/* A file that is not there when this broker starts would not be watched. A host
 * that has the key of all needs none. */
static bool
make_host_key(const struct settings *conf)
{
	unsigned char key[HOST_KEY_LEN];
	const bool made = conf->store.fleet_key_file == NULL &&
	    host_key_read_shared(conf->state_dir, NULL, key) == 0;

	explicit_bzero(key, sizeof(key));
	return made;
}

static void
watch_all(const struct settings *conf)
{
	const struct settings_store *s = &conf->store;

	watch_file(s->ca_file, false);
	watch_file(s->password_file, false);
	watch_file(s->cert_file, false);
	watch_file(s->key_file, false);
	watch_file(s->fleet_key_file, false);
	if (s->fleet_key_file != NULL) {
		snprintf(files.next_key, sizeof(files.next_key), "%s%s",
		    s->fleet_key_file, SETTINGS_FLEET_KEY_NEXT);
		watch_file(files.next_key, false);
	}
	watch_file(conf->state_dir, true);
	if (!settings_is_fleet(conf) &&
	    folder_from_path(conf->state, files.folder) == 0)
		watch_file(files.folder, true);
	snprintf(files.host_key, sizeof(files.host_key), "%s/host.key",
	    conf->state_dir);
	if (access(files.host_key, F_OK) == 0 || make_host_key(conf))
		watch_file(files.host_key, false);
	for (size_t i = 0; i < conf->provider_count; i++)
		watch_provider(conf, &conf->provider[i]);
}

/* The files that they name are looked at before they are read, as they may
 * change meanwhile. */
static struct settings *
load_settings(void)
{
	struct settings *conf;

	trusted_file_opens = look_at;
	conf = settings_load(MODULE_ARGUMENTS_CONF, 0, &settings_report_log);
	trusted_file_opens = NULL;
	watch_file(MODULE_ARGUMENTS_CONF, false);
	return conf;
}

struct settings *
broker_settings_load_provider(size_t provider)
{
	struct settings *conf = load_settings();

	if (conf == NULL || provider >= conf->provider_count) {
		settings_free(conf);
		return NULL;
	}
	watch_provider(conf, &conf->provider[provider]);
	settings_wipe_credentials(conf, provider);
	explicit_bzero(conf->store.fleet_key, sizeof(conf->store.fleet_key));
	explicit_bzero(conf->store.next_key, sizeof(conf->store.next_key));
	watch_file(conf->state_dir, true);
	return conf;
}

/* Converts to clock_ms(). A time to come, as after the clock was set back,
 * becomes now. */
static int64_t
on_the_boots_clock(const struct timespec *at)
{
	struct timespec now;
	int64_t ago_ms;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		abort();
	ago_ms = (now.tv_sec - at->tv_sec) * INT64_C(1000) +
	    (now.tv_nsec - at->tv_nsec) / 1000000;
	return clock_ms() - (ago_ms > 0 ? ago_ms : 0);
}

/* Adds a text to a digest; "" for NULL. */
static void
named_add(unsigned char digest[SHA256_LEN], const char *text)
{
	unsigned char both[2 * SHA256_LEN];

	memcpy(both, digest, SHA256_LEN);
	if (text == NULL)
		text = "";
	if (!sha256_of(text, strlen(text), both + SHA256_LEN) ||
	    !sha256_of(both, sizeof(both), digest))
		abort();
}

/* Also the folder of the file: another one may have taken its place. */
static void
named_add_file(unsigned char digest[SHA256_LEN], const char *path)
{
	char folder[FOLDER_PATH_MAX], id[48];
	struct stat st = { .st_ino = 0 };

	named_add(digest, path);
	if (path == NULL || folder_from_path(path, folder) != 0 ||
	    stat(folder, &st) != 0)
		return;
	PRINT_TO(id, "%ju %ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	named_add(digest, id);
}

static void
named_digest(const struct settings *conf, unsigned char digest[SHA256_LEN])
{
	memset(digest, 0, SHA256_LEN);
	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct provider_conf *p = &conf->provider[i];

		named_add(digest, p->name);
		for (size_t k = 0; k < PROVIDER_SLOTS; k++)
			named_add_file(digest, p->secret_file[k]);
		named_add_file(digest, p->key_file);
	}
}

/* Since when these files are the credentials: they may have been made before,
 * and then named in twofa.conf, or moved into place with their folder. Any
 * other change of either leaves what was begun to those who come later. */
static int64_t
named_since(const struct settings *conf)
{
	/* of the same clock as the times of files */
	struct named now = { .since = time(NULL) }, before;
	const int fd OWNED(owned_fd) =
	    folder_open_file(conf->state_dir, NAMED_FILE, O_RDONLY);

	named_digest(conf, now.digest);
	if (fd >= 0 &&
	    read(fd, &before, sizeof(before)) == (ssize_t)sizeof(before) &&
	    memcmp(before.digest, now.digest, SHA256_LEN) == 0 &&
	    before.since <= now.since)
		return before.since;
	(void)folder_replace_file(
	    conf->state_dir, NAMED_FILE, &now, sizeof(now), false);
	return now.since;
}

static struct broker_changed
credential_changed(const struct provider_conf *p, int64_t since)
{
	struct timespec newest = { .tv_sec = since };

	for (size_t i = 0; i <= PROVIDER_SLOTS; i++) {
		const char *path =
		    i < PROVIDER_SLOTS ? p->secret_file[i] : p->key_file;
		const size_t w =
		    path != NULL ? watched_find(path) : files.count;

		if (w < files.count &&
		    files.file[w].st.st_ctim.tv_sec >= newest.tv_sec)
			newest = files.file[w].st.st_ctim;
	}
	return (struct broker_changed){ on_the_boots_clock(&newest),
		newest.tv_sec };
}

bool
broker_settings_load(struct broker_context *context)
{
	struct settings *conf = load_settings();
	int64_t since;

	if (conf == NULL)
		return false;
	watch_all(conf);
	since = named_since(conf);
	for (size_t i = 0; i < conf->provider_count; i++)
		context->credential[i] =
		    credential_changed(&conf->provider[i], since);
	(void)mlock(conf, sizeof(*conf)); /* has the fleet's key */
	settings_wipe_credentials(conf, SIZE_MAX);
	context->conf = conf;
	context->server = store_server_from_settings(conf);
	context->server.returns_busy = true;
	return true;
}

static bool
parts_look(const char *state, struct stat part[PARTS])
{
	static const char *const ends[FILES] = { "", "-wal", "-shm" };
	const bool named = strcmp(files.state[0], state) == 0;
	bool all = stat(files.folder, &part[FILES]) == 0;

	part[FILES].st_size = 0; /* a folder may shrink */
	for (size_t i = 0; i < FILES; i++) {
		if (!named)
			PRINT_TO(files.state[i], "%s%s", state, ends[i]);
		all &= stat(files.state[i], &part[i]) == 0;
	}
	return all;
}

static bool
is_another_file(const struct stat *now, const struct stat *before)
{
	return now->st_dev != before->st_dev || now->st_ino != before->st_ino ||
	    now->st_size < before->st_size;
}

/* No operation makes a file shorter, so a shorter one was replaced or
 * truncated. In another file, ids of rows of the former one may be given again.
 */
bool
broker_store_file_was_replaced(struct broker_context *context)
{
	static struct stat opened[PARTS];
	static const struct store *of;
	struct stat now[PARTS] = { { .st_ino = 0 } };
	bool there, other = false;

	if (context->store == NULL || settings_is_fleet(context->conf)) {
		of = NULL; /* the next store may have the same address */
		return false;
	}
	there = parts_look(context->conf->state, now);
	context->generation += is_another_file(&now[0], &opened[0]);
	if (of != context->store || !there)
		memcpy(opened, now, sizeof(opened));
	of = there ? context->store : NULL;
	for (size_t i = 0; i < PARTS; i++)
		other |= is_another_file(&now[i], &opened[i]) ||
		    now[i].st_uid != opened[i].st_uid ||
		    now[i].st_mode != opened[i].st_mode;
	memcpy(opened, now, sizeof(opened));
	return other || !there;
}

static struct store_session
session_of(
    const struct broker_context *context, const struct broker_session *session)
{
	return (struct store_session){ .host = context->conf->store.host,
		.number = session->number,
		.keys = context->conf->state_dir,
		.socket = session->peer.uid,
		.settings = MODULE_ARGUMENTS_CONF,
		.rehearsal = settings_is_rehearsal(context->conf),
		.fleet_key = settings_fleet_key(context->conf),
		.server = settings_is_fleet(context->conf) ? &context->server
							   : NULL };
}

/* Until when this login's request waits for the state. */
static int64_t
waits_until(
    const struct broker_context *context, const struct broker_session *session)
{
	return context->until != 0 && context->until < session->deadline
	    ? context->until
	    : session->deadline;
}

bool
broker_store_met_outage(const struct broker_context *context,
    const struct broker_session *session, const struct broker_reply *reply)
{
	return context->store == NULL &&
	    (reply->failure == STORE_OUTAGE ||
		(reply->failure == STORE_BUSY && context->not_opened)) &&
	    waits_until(context, session) - frame_clock_ms() >=
	    (int64_t)context->server.connect_timeout_ms;
}

/* A question that the server does not answer in time ends the connection, which
 * other logins use next: so a login whose time is over is given LATE_MS. */
static int64_t
ask_until(
    const struct broker_context *context, const struct broker_session *session)
{
	const int64_t until = waits_until(context, session);
	const int64_t soon = frame_clock_ms() + LATE_MS;

	return context->store != NULL && settings_is_fleet(context->conf) &&
		until < soon
	    ? soon
	    : until;
}

bool
broker_store_open(struct broker_context *context,
    const struct broker_session *session, char cause[STORE_CAUSE_MAX])
{
	const struct store_session me = session_of(context, session);
	const int64_t now = frame_clock_ms();

	if (session->next_key && !context->next_key &&
	    settings_fleet_key_use_next(context->conf)) {
		broker_store_close(context);
		context->next_key = true;
	}
	store_set_process_id(session->peer.process);
	store_set_deadline(ask_until(context, session));
	context->used_before = context->store != NULL ? context->used : now;
	context->used = now;
	if (context->store == NULL &&
	    settings_state_dir_check(context->conf, cause) == 0) {
		context->store = store_open(context->conf->state, &me, cause);
		(void)broker_store_file_was_replaced(context); /* records it */
		if (context->store != NULL)
			broker_enrol_keep_file(context->conf, context->store);
	}
	if (context->store == NULL)
		return false;
	store_set_session(context->store, &me);
	if (session->bound_to.account[0] != '\0')
		store_guess_set_account(
		    context->store, session->bound_to.account);
	return true;
}

bool
broker_store_sync(struct broker_context *context)
{
	if (context->store != NULL && store_sync(context->store) != 0)
		memcpy(context->unsynced, store_cause(context->store),
		    STORE_CAUSE_MAX);
	return context->unsynced[0] == '\0';
}

void
broker_store_close(struct broker_context *context)
{
	(void)broker_store_sync(context);
	store_close(context->store);
	context->store = NULL;
	latency_close();
}
