/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asks PAM on this host, and from which files PAM answers. */
#include "twofactl/host/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const struct pam_service pam_services[] = {
	{ "sshd", true,
	    { "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd" } },
	{ "login", true, { "/bin/login", "/usr/bin/login" } },
	{ "remote", true, { "/usr/sbin/telnetd", "/usr/sbin/in.telnetd" } },
	{ "su", false, { "/bin/su", "/usr/bin/su" } },
	{ "su-l", false, { "/bin/su", "/usr/bin/su" } },
	{ "sudo", false, { "/usr/bin/sudo", "/usr/local/bin/sudo" } },
	{ "sudo-i", false, { "/usr/bin/sudo", "/usr/local/bin/sudo" } },
	{ "doas", false, { "/usr/bin/doas", "/usr/local/bin/doas" } },
	{ "pkexec", false, { NULL } },
	{ "polkit-1", false,
	    { "/usr/lib/polkit-1/polkit-agent-helper-1",
		"/usr/libexec/polkit-agent-helper-1",
		"/usr/lib/policykit-1/polkit-agent-helper-1" } },
	{ "cockpit", true,
	    { "/usr/lib/cockpit/cockpit-session",
		"/usr/libexec/cockpit-session" } },
	{ "gdm-password", true, { "/usr/sbin/gdm3", "/usr/sbin/gdm" } },
	{ "gdm-fingerprint", true, { NULL } },
	{ "gdm-smartcard", true, { NULL } },
	{ "lightdm", true, { "/usr/sbin/lightdm", "/usr/bin/lightdm" } },
	{ "sddm", true, { "/usr/bin/sddm" } },
	{ "greetd", true, { "/usr/sbin/greetd", "/usr/bin/greetd" } },
	{ "xdm", true, { "/usr/bin/xdm", "/usr/sbin/xdm" } },
	{ "lxdm", true, { "/usr/sbin/lxdm", "/usr/bin/lxdm" } },
	{ "ly", true, { "/usr/bin/ly", "/usr/bin/ly-dm" } },
	{ "xrdp-sesman", true, { "/usr/sbin/xrdp-sesman" } },
	{ "webmin", true,
	    { "/usr/share/webmin/miniserv.pl",
		"/usr/libexec/webmin/miniserv.pl" } },
	{ "proxmox-ve-auth", true, { "/usr/bin/pvedaemon" } },
};

const size_t pam_services_count = COUNT_OF(pam_services);

const struct pam_service *
pam_service_find(const char *name)
{
	for (size_t i = 0; i < pam_services_count; i++)
		if (strcmp(pam_services[i].name, name) == 0)
			return &pam_services[i];
	return NULL;
}

const char *
pam_service_enable(const char *name)
{
	static const struct {
		const char *name, *by;
	} known[] = { { "sshd", "sshd" }, { "login", "login" }, { "su", "su" },
		{ "su-l", "su" }, { "sudo", "sudo" }, { "sudo-i", "sudo" } };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].by;
	return NULL;
}

bool
pam_service_installed(const struct pam_service *service)
{
	for (size_t i = 0; i < PAM_SERVICE_PROGRAMS; i++)
		if (service->program[i] != NULL &&
		    access(service->program[i], X_OK) == 0)
			return true;
	return false;
}

#define SASLAUTHD "/usr/sbin/saslauthd"

/* Each program with one field was tried, or its source was read: Squid's
 * basic_pam_auth gives the password to each hidden prompt, and asks again when
 * credentialsttl is over, not for each page. Other programs are not listed as
 * having one field. */
static const struct pam_service_program programs[] = {
	{ "i3lock", "a screen locker", ASKING_AS_USER, .one_field = true },
	{ "swaylock", "a screen locker", ASKING_AS_USER, .one_field = true },
	{ "gtklock", "a screen locker", .runs = ASKING_AS_USER },
	{ "waylock", "a screen locker", .runs = ASKING_AS_USER },
	{ "hyprlock", "a screen locker", .runs = ASKING_AS_USER },
	{ "xfce4-screensaver", "a screen locker", .runs = ASKING_AS_USER },
	{ "mate-screensaver", "a screen locker", .runs = ASKING_AS_USER },
	{ "cinnamon-screensaver", "a screen locker", .runs = ASKING_AS_USER },
	{ "kde", "a screen locker", .runs = ASKING_AS_USER },
	{ "postgresql", "PostgreSQL", ASKING_AS_ACCOUNT, .one_field = true,
	    .account = { "postgres" } },
	{ "apache2", "Apache", ASKING_AS_ACCOUNT, .one_field = true,
	    .again = true, .account = { "www-data", "apache", "http" } },
	{ "apache", "Apache", ASKING_AS_ACCOUNT, .one_field = true,
	    .again = true, .account = { "www-data", "apache", "http" } },
	{ "httpd", "Apache", ASKING_AS_ACCOUNT, .one_field = true,
	    .again = true, .account = { "www-data", "apache", "http" } },
	{ "nginx", "nginx", ASKING_AS_ACCOUNT, .one_field = true, .again = true,
	    .account = { "www-data", "nginx", "http" } },
	{ "squid", "Squid", ASKING_AS_ACCOUNT, .one_field = true,
	    .account = { "proxy", "squid" } },
	{ "vsftpd", "vsftpd", ASKING_AS_ROOT, .one_field = true },
	{ "dovecot", "Dovecot", ASKING_AS_ROOT, .one_field = true },
	{ "radiusd", "FreeRADIUS", ASKING_AS_ROOT, .one_field = true },
	{ "xrdp-sesman", "xrdp", ASKING_AS_ROOT, .one_field = true },
	{ "sddm", "SDDM", ASKING_AS_ROOT, .one_field = true },
	{ "ly", "ly", ASKING_AS_ROOT, .one_field = true },
	{ "proxmox-ve-auth", "Proxmox VE", ASKING_AS_ROOT, .one_field = true },
	{ "smtp", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "imap", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "pop", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "sieve", "a mail server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
	{ "ldap", "an LDAP server", ASKING_AS_ROOT, .one_field = true,
	    .crashes = SASLAUTHD },
};

const struct pam_service_program *
pam_service_program(const char *service)
{
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (strcmp(programs[i].service, service) == 0)
			return &programs[i];
	return NULL;
}

static const char *seen_in;

void
host_etc_set_folder(const char *folder)
{
	seen_in = folder;
}

const char *
host_etc_path(const char *path, char out[HOST_ETC_PATH])
{
	int n;

	if (seen_in == NULL)
		return path;
	n = snprintf(out, HOST_ETC_PATH, "%s%s", seen_in, path);
	return n > 0 && n < HOST_ETC_PATH && access(out, F_OK) == 0 ? out
								    : path;
}

void
host_etc_name(char *text, const char *folder)
{
	const size_t len = strlen(folder);

	while ((text = strstr(text, folder)) != NULL)
		memmove(text, text + len, strlen(text + len) + 1);
}

#define FILE_MAX (64 * 1024)

char *
host_file_read(int fd, const char **cause)
{
	struct stat st;
	const int rc = fstat(fd, &st);
	size_t len;
	char *text;

	if (rc != 0 || !S_ISREG(st.st_mode)) {
		*cause = rc != 0 ? strerror(errno) : "it is no regular file";
		return NULL;
	}
	text = place_file_read_all(fd, FILE_MAX, &len);
	if (text != NULL && strlen(text) == len)
		return text;
	*cause = text != NULL ? "it has a NUL byte"
	    : errno == EFBIG  ? "it is longer than 64 KB"
			      : strerror(errno);
	free(text);
	return NULL;
}

#define SERVICE_NAME_MAX 64
#define OURS "/run/twofa/helper.sock" /* in our module alone */

/* Linux-PAM 1.5. */
const char *const pam_folder_all[] = { PAM_FOLDER_FIRST, "/usr/lib/pam.d",
	"/usr/etc/pam.d", NULL };

/* The folders of PAM's modules, by distribution. */
static const char *const module_folders[] = { "/usr/lib/*-linux-gnu*/security",
	"/lib/*-linux-gnu*/security", "/usr/lib64/security", "/lib64/security",
	"/usr/lib/security", "/lib/security" };

/* True: there is a file, or a dangling link. *cause: it cannot be read. */
static bool
read_path(const char *path, char **text, const char **cause)
{
	char seen[HOST_ETC_PATH];
	struct stat st;
	int fd;

	*text = NULL;
	*cause = NULL;
	path = host_etc_path(path, seen);
	if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		*cause = strerror(errno);
		return true;
	}
	*text = host_file_read(fd, cause);
	close(fd);
	return true;
}

/* PAM expects names; Debian's files also use paths. */
static void
note_included(struct name_list *included, const char *name)
{
	const size_t len = strlen(PAM_FOLDER_FIRST);

	if (strncmp(name, PAM_FOLDER_FIRST, len) == 0 && name[len] == '/')
		name += len + 1;
	if (strlen(name) <= SERVICE_NAME_MAX)
		(void)name_list_add(included, name);
}

static bool
pam_services_find(const char *name, char path[PAM_STACK_WORD], char **text,
    const char **cause)
{
	if (name[0] == '/') {
		snprintf(path, PAM_STACK_WORD, "%s", name);
		return read_path(name, text, cause);
	}
	for (size_t i = 0; pam_folder_all[i] != NULL; i++) {
		int n = snprintf(
		    path, PAM_STACK_WORD, "%s/%s", pam_folder_all[i], name);

		if (n > 0 && n < PAM_STACK_WORD && read_path(path, text, cause))
			return true;
	}
	return false;
}

char *
pam_folder_read(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	struct pam_folder_reading *r = ctx;
	const char *cause;
	char *text;

	if (r->files++ > 0 && r->included != NULL && strcmp(name, "other") != 0)
		note_included(r->included, name);
	if (!pam_services_find(name, path, &text, &cause))
		return NULL;
	if (text == NULL && r->cause == NULL) {
		PRINT_TO(r->path, "%s", path);
		r->cause = cause;
	}
	return text;
}

bool
pam_folder_has(const char *service)
{
	char path[PAM_STACK_WORD];
	struct stat st;

	PRINT_TO(path, "%s/%s", PAM_FOLDER_FIRST, service);
	return lstat(path, &st) == 0;
}

/* The first module of this name in PAM's folders. */
static bool
find_module(const char *name, char *path, size_t cap)
{
	char pattern[PAM_STACK_WORD + 64];
	glob_t found = { 0 };
	bool there = false;

	for (size_t i = 0; !there && i < COUNT_OF(module_folders); i++) {
		PRINT_TO(pattern, "%s/%s", module_folders[i], name);
		if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0) {
			snprintf(path, cap, "%s", found.gl_pathv[0]);
			there = true;
		}
		globfree(&found);
	}
	return there;
}

bool
pam_folder_module(const char *module, char *path, size_t cap)
{
	const char *slash = strrchr(module, '/');

	/* PAM puts the folder of its modules there, and Debian's one that it
	 * does not have */
	if (strstr(module, "$ISA") != NULL)
		return slash != NULL && find_module(slash + 1, path, cap) &&
		    strstr(path, "-linux-gnu") == NULL;
	if (module[0] != '/')
		return find_module(module, path, cap);
	snprintf(path, cap, "%s", module);
	return true;
}

/* Has the file this word, the name of a function or a string of its own? */
static bool
has_word(const char *path, const char *word)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool has = false;
	void *map;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		map = mmap(
		    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		has = map != MAP_FAILED &&
		    memmem(map, (size_t)st.st_size, word, strlen(word) + 1) !=
			NULL;
		if (map != MAP_FAILED)
			munmap(map, (size_t)st.st_size);
	}
	close(fd);
	return has;
}

/* Missing only when it surely is: root can read every folder. */
enum pam_stack_file
pam_folder_look(void *ctx, const char *module)
{
	char path[PAM_STACK_WORD];
	struct stat st;

	(void)ctx;
	if (!pam_folder_module(module, path, sizeof(path)) ||
	    (stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)))
		return PAM_FILE_NONE;
	if (has_word(path, OURS))
		return PAM_FILE_OURS;
	/* dlopen takes a file of ELF alone, and dlsym needs the name */
	return has_word(path, "pam_sm_authenticate") ? PAM_FILE_OTHERS
						     : PAM_FILE_NO_AUTH;
}

/* Files that editors and packages leave beside the real ones. */
static bool
is_backup(const char *name)
{
	static const char *const ends[] = { "~", ".old", ".bak", ".orig",
		".save", ".rej", ".swp", ".rpmsave", ".rpmnew", ".rpmorig",
		".pacnew", ".pacsave", ".pam-old" };
	const size_t len = strlen(name);

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (len > strlen(ends[i]) &&
		    strcmp(name + len - strlen(ends[i]), ends[i]) == 0)
			return true;
	return strstr(name, ".dpkg-") != NULL || strstr(name, ".ucf-") != NULL;
}

/* Every name except hidden ones and names that cannot be a stack. */
static int
list_names(struct name_list *names)
{
	const struct dirent *entry;
	DIR *dir = opendir(PAM_FOLDER_FIRST);
	int status = 0;

	while (dir != NULL && status == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && !is_backup(entry->d_name) &&
		    strlen(entry->d_name) <= SERVICE_NAME_MAX)
			status = name_list_add(names, entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return status;
}

static void
list_included(const struct name_list *names, struct pam_stack *stack,
    struct name_list *included)
{
	for (size_t i = 0; i < names->count; i++) {
		struct pam_folder_reading reading = { .included = included };
		const struct pam_stack_source files = { .ctx = &reading,
			.read = pam_folder_read };

		(void)pam_stack_read(stack, names->name[i], &files);
	}
	name_list_sort(included);
}

int
pam_folder_services(struct name_list *out)
{
	struct pam_stack *stack = malloc(sizeof(*stack));
	struct name_list names = { .count = 0 }, included = { .count = 0 };
	int status = stack == NULL ? -1 : list_names(&names);

	if (status == 0)
		list_included(&names, stack, &included);
	for (size_t i = 0; status == 0 && i < names.count; i++)
		if (!name_list_has(&included, names.name[i]))
			status = name_list_add(out, names.name[i]);
	name_list_sort(out);
	name_list_free(&names);
	name_list_free(&included);
	free(stack);
	return status;
}
