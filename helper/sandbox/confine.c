/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the files that a confined process may still read. Landlock has no
 * exceptions within a folder, so next to a denied path, each entry of its
 * folder is allowed by itself. */
#include "helper/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"

#define ALL_BELOW COUNT_OF(read_below)
#define USUAL_BELOW (ALL_BELOW - 3)
#define BESIDES_COUNT COUNT_OF(read_besides)
/* denied paths */
#define CONFINE_MAX (8 + SETTINGS_PROVIDERS_MAX * (PROVIDER_SLOTS + 1))

/* Services in nsswitch.conf that need only the usual paths. */
#define KNOWN_SERVICES                                                         \
	"files dns myhostname mymachines resolve mdns mdns4 mdns6"             \
	" mdns_minimal mdns4_minimal mdns6_minimal"

/* Services of that list that connect to no socket with a path. */
#define PLAIN_SERVICES "files dns myhostname"

/* Libraries and system folders. Network file systems are left out, as opening
 * them may hang. The last three are only for unknown name services. */
static const char *const read_below[] = { "/usr", "/lib", "/lib32", "/lib64",
	"/libx32", "/bin", "/sbin", "/opt", "/nix/store", "/gnu/store", "/run",
	"/dev", "/proc", "/sys", "/etc", "/var/lib", "/var/cache" };

/* For host lookup, TLS and local time; many are links. */
static const char *const read_besides[] = { "/etc/resolv.conf", "/etc/hosts",
	"/etc/host.conf", "/etc/hostname", "/etc/nsswitch.conf",
	"/etc/gai.conf", "/etc/networks", "/etc/protocols", "/etc/services",
	"/etc/mdns.allow", "/etc/mdns.conf", "/etc/avahi", "/etc/passwd",
	"/etc/group", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl",
	"/etc/pki", "/etc/crypto-policies", "/etc/ca-certificates",
	"/var/lib/ca-certificates" };

/* The ruleset; the paths are resolved, of below "" if missing. */
static struct {
	int rules;
	const char *denied[CONFINE_MAX], *below[ALL_BELOW];
	size_t denied_count, secrets_from, below_count;
} paths;

/* Returns the resolved path, or "". Never freed: the process needs it to its
 * end, and a buffer of PATH_MAX for each would be too large. */
static const char *
real_path(const char *path)
{
	const char *real = path != NULL ? realpath(path, NULL) : NULL;

	return real != NULL ? real : "";
}

static bool
at_or_below(const char *path, const char *of)
{
	const size_t len = strlen(of);

	return len > 0 && strncmp(path, of, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

/* True if path is, or contains, one of the first n denied paths. */
static bool
leads_to_first(size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (at_or_below(paths.denied[i], path))
			return true;
	return strcmp(path, "/") == 0;
}

static bool
leads_to_denied(const char *path)
{
	return leads_to_first(paths.denied_count, path);
}

static bool
touches_denied(const char *path)
{
	for (size_t i = 0; i < paths.denied_count; i++)
		if (at_or_below(path, paths.denied[i]))
			return true;
	return leads_to_denied(path);
}

static bool
is_read_below(const char *path)
{
	for (size_t i = 0; i < paths.below_count; i++)
		if (at_or_below(path, paths.below[i]))
			return true;
	return false;
}

/* O_DIRECTORY is not used, as it triggers automounts, which may hang. The
 * kernel rejects READ_DIR for a file: then it is tried without. */
static int
allow_reading(const char *path, bool folder)
{
	const uint64_t file = LANDLOCK_ACCESS_FS_READ_FILE;

	if (landlock_allow(paths.rules, path, O_NOFOLLOW,
		folder ? file | LANDLOCK_ACCESS_FS_READ_DIR : file) == 0)
		return 0;
	return folder && errno == EINVAL
	    ? landlock_allow(paths.rules, path, O_NOFOLLOW, file)
	    : -1;
}

/* Allows each entry of a folder that neither is, contains nor is below a denied
 * path; with links, the targets of the entries instead. A folder that may not
 * be listed, as a manager of secrets makes them, stays shut. */
static int
allow_each(const char *folder, bool links)
{
	char path[PATH_MAX + 257];
	DIR *dir OWNED(owned_folder) = opendir(folder);
	const struct dirent *e;
	const char *to;
	int result = dir != NULL || errno == EACCES || errno == ENOTDIR ||
		errno == ENOENT
	    ? 0
	    : -1;

	while (dir != NULL && result == 0 && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		PRINT_TO(path, "%s/%s", folder, e->d_name);
		to = links ? real_path(path) : path;
		if (!touches_denied(to))
			result = allow_reading(to,
			    links || e->d_type == DT_DIR ||
				e->d_type == DT_UNKNOWN);
	}
	return result;
}

/* Allows the other entries of each folder above denied path n, except folders
 * that an earlier denied path has covered. */
static int
allow_around(size_t n)
{
	const char *shut = paths.denied[n];
	char folder[PATH_MAX];
	int result = 0;

	for (const char *end = strchr(shut, '/'); end != NULL && result == 0;
	     end = strchr(end + 1, '/')) {
		bool done = false;

		PRINT_TO(folder, "%.*s", (int)(end - shut), shut);
		for (size_t i = 0; i < n; i++)
			done |= at_or_below(paths.denied[i], folder);
		if (!done && is_read_below(folder))
			result = allow_each(folder, false);
	}
	return result;
}

/* Allows a CA file, or a folder and its links' targets, even below a denied
 * path. Of a folder that has secrets, too, the other entries; and a file of
 * both. */
static int
allow_besides(const char *path)
{
	const char *real = real_path(path);
	const bool secrets = leads_to_denied(real);
	int result;

	if (leads_to_first(paths.secrets_from, real))
		return 0;
	result = secrets ? landlock_allow(paths.rules, real, O_NOFOLLOW,
			       LANDLOCK_ACCESS_FS_READ_DIR)
			 : allow_reading(real, true);
	if (result != 0 && secrets && errno == EINVAL)
		return allow_reading(real, false);
	if (result != 0 || (!secrets && is_read_below(real)))
		return result;
	return allow_each(real, true);
}

static void
confine_deny(const char *path)
{
	const char *real = real_path(path);

	if (real[0] != '\0')
		paths.denied[paths.denied_count++] = real;
}

/* Also secrets of others that are below a folder that is read, as in /run. */
static void
deny_secrets(const struct settings *conf)
{
	confine_deny(conf->proxy_password_file);
	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct provider_conf *p = &conf->provider[i];

		for (size_t n = 0; n < PROVIDER_SLOTS; n++)
			confine_deny(p->secret_file[n]);
		confine_deny(p->key_file);
	}
}

static void
find_denied(const struct settings *conf)
{
	const struct settings_store *s = &conf->store;
	char folder[FOLDER_PATH_MAX] = "", next[PATH_MAX] = "";
	const char *const of[] = { conf->state_dir, conf->users_dir, folder,
		s->password_file, s->key_file, s->fleet_key_file, next };

	/* without a line, libc uses "files dns", which are known */
	paths.below_count = system_nsswitch_has_only("hosts", KNOWN_SERVICES)
	    ? USUAL_BELOW
	    : ALL_BELOW;
	(void)folder_from_path(conf->state, folder); /* fails for a server */
	if (s->fleet_key_file != NULL)
		PRINT_TO(
		    next, "%s%s", s->fleet_key_file, SETTINGS_FLEET_KEY_NEXT);
	for (size_t i = 0; i < COUNT_OF(of); i++)
		confine_deny(of[i]);
	paths.secrets_from = paths.denied_count;
	deny_secrets(conf);
	for (size_t i = 0; i < paths.below_count; i++)
		paths.below[i] = real_path(read_below[i]);
}

static int
fill_ruleset(const struct settings *conf)
{
	int result = 0;

	for (size_t i = 0; i < paths.below_count && result == 0; i++)
		if (!touches_denied(paths.below[i]))
			result = allow_reading(paths.below[i], true);
	for (size_t i = 0; i < paths.denied_count && result == 0; i++)
		result = allow_around(i);
	for (size_t i = 0; i < BESIDES_COUNT && result == 0; i++) {
		const char *real = real_path(read_besides[i]);

		if (leads_to_denied(real))
			result = allow_each(real, false);
		else if (!touches_denied(real))
			result = allow_reading(real, true);
	}
	for (size_t i = 0; i < conf->provider_count && result == 0; i++)
		result = allow_besides(conf->provider[i].ca_file != NULL
			? conf->provider[i].ca_file
			: conf->provider[i].ca_path);
	return result;
}

static void
confine_files(const struct settings *conf)
{
	/* connecting to sockets is not limited further */
	const uint64_t of = LANDLOCK_ACCESS_FS_READ_FILE |
	    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE |
	    (landlock_rights & ~LANDLOCK_ACCESS_FS_RESOLVE_UNIX);

	find_denied(conf);
	paths.rules =
	    (int)syscall(SYS_landlock_create_ruleset, &of, sizeof(of), 0);
	if (paths.rules < 0 || fill_ruleset(conf) != 0 ||
	    syscall(SYS_landlock_restrict_self, paths.rules, 0) != 0)
		log_notice("sandbox: it cannot be limited what this process "
			   "reads (%s); the login goes on without it",
		    strerror(errno));
	if (paths.rules >= 0)
		close(paths.rules);
}

void
confine_from_log(const struct settings *conf)
{
	if (!conf->sandbox_off)
		filter_install_unlogged(
		    !system_nsswitch_has_only("hosts", PLAIN_SERVICES));
}

void
confine_process(const struct settings *conf, bool alone)
{
	if (conf->sandbox_off)
		return;
	/* a process that can open no file needs no list of paths */
	if (alone && filter_install_confined())
		return;
	if (landlock_state() == LANDLOCK_ON)
		confine_files(conf);
}
