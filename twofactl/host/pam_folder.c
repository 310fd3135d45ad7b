/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the files of services and modules in PAM's folders. */
#include "twofactl/host/host.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <unistd.h>

#define SERVICE_NAME_MAX 64
#define TWOFA_STRING "/run/twofa/helper.sock" /* only pam_twofa contains it */

/* As in Linux-PAM 1.5. */
const char *const pam_folder_all[] = { PAM_FOLDER_FIRST, "/usr/lib/pam.d",
	"/usr/etc/pam.d", NULL };

/* The folders of PAM's modules, by distribution. */
static const char *const module_folders[] = { "/usr/lib/*-linux-gnu*/security",
	"/lib/*-linux-gnu*/security", "/usr/lib64/security", "/lib64/security",
	"/usr/lib/security", "/lib/security" };

/* True if path is a file or a dangling link. If it cannot be read, *text is
 * NULL and *cause set. */
static bool
read_path(const char *path, char **text, const char **cause)
{
	char actual[HOST_ETC_PATH];
	struct stat st;

	path = host_etc_path(path, actual);
	if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	*text = host_file_read(path, 0, &st, cause);
	return true;
}

const char *
pam_folder_name(const char *path)
{
	(void)text_take(&path, PAM_FOLDER_FIRST "/");
	return path;
}

static bool
find_service_file(const char *name, char path[PAM_STACK_WORD], char **text,
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
pam_folder_read_file(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	struct pam_folder_reading *r = ctx;
	const char *cause;
	char *text;

	/* PAM expects names, but Debian's files also use paths */
	if (r->files++ > 0 && r->included != NULL &&
	    strcmp(name, "other") != 0 &&
	    strlen(pam_folder_name(name)) <= SERVICE_NAME_MAX)
		(void)name_list_add(r->included, pam_folder_name(name));
	if (!find_service_file(name, path, &text, &cause))
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

/* Finds the first module of this name in PAM's folders. */
static bool
find_module(const char *name, char *path, size_t cap)
{
	char pattern[PAM_STACK_WORD + 64];

	for (size_t i = 0; i < COUNT_OF(module_folders); i++) {
		glob_t found OWNED(globfree) = { 0 };

		PRINT_TO(pattern, "%s/%s", module_folders[i], name);
		if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0) {
			snprintf(path, cap, "%s", found.gl_pathv[0]);
			return true;
		}
	}
	return false;
}

bool
pam_folder_find_module(const char *module, char *path, size_t cap)
{
	const char *slash = strrchr(module, '/');

	/* PAM replaces $ISA by the folder of its modules; Debian's PAM by one
	 * that does not exist */
	if (strstr(module, "$ISA") != NULL)
		return slash != NULL && find_module(slash + 1, path, cap) &&
		    strstr(path, "-linux-gnu") == NULL;
	if (module[0] != '/')
		return find_module(module, path, cap);
	snprintf(path, cap, "%s", module);
	return true;
}

/* True if the file contains this string with its NUL, as of a symbol. */
static bool
file_has_string(const char *path, const char *word)
{
	struct stat st;
	size_t len;
	char *bytes OWNED(owned_text) = host_file_load(path, 0, 0, &st, &len);

	return bytes != NULL &&
	    memmem(bytes, len, word, strlen(word) + 1) != NULL;
}

/* Root can read every folder, so a module that is not found does not exist. */
enum pam_stack_file
pam_folder_inspect_module(void *ctx, const char *module)
{
	char path[PAM_STACK_WORD];
	struct stat st;

	(void)ctx;
	if (!pam_folder_find_module(module, path, sizeof(path)) ||
	    (stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)))
		return PAM_FILE_NONE;
	if (file_has_string(path, TWOFA_STRING))
		return PAM_FILE_OURS;
	/* PAM finds the function by dlsym() */
	return file_has_string(path, "pam_sm_authenticate") ? PAM_FILE_OTHERS
							    : PAM_FILE_NO_AUTH;
}

/* True for the name of a copy left by an editor or a package manager. */
static bool
is_backup(const char *name)
{
	static const char *const patterns[] = { "?*~", "?*.old", "?*.bak",
		"?*.orig", "?*.save", "?*.rej", "?*.swp", "?*.rpmsave",
		"?*.rpmnew", "?*.rpmorig", "?*.pacnew", "?*.pacsave",
		"?*.pam-old", "*.dpkg-*", "*.ucf-*" };

	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}

/* Lists every name except hidden ones, backups and those that are too long. */
static int
list_names(struct name_list *names)
{
	const struct dirent *entry;
	DIR *dir OWNED(owned_folder) = opendir(PAM_FOLDER_FIRST);
	int status = 0;

	while (dir != NULL && status == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && !is_backup(entry->d_name) &&
		    strlen(entry->d_name) <= SERVICE_NAME_MAX)
			status = name_list_add(names, entry->d_name);
	return status;
}

int
pam_folder_services(struct name_list *out)
{
	static struct pam_stack stack;
	struct name_list names OWNED(name_list_free) = { .count = 0 },
			       included OWNED(name_list_free) = { .count = 0 };
	int status = list_names(&names);

	for (size_t i = 0; status == 0 && i < names.count; i++) {
		struct pam_folder_reading reading = { .included = &included };
		const struct pam_stack_source files = { .ctx = &reading,
			.read = pam_folder_read_file };

		(void)pam_stack_read(&stack, names.name[i], &files);
	}
	name_list_sort(&included);
	for (size_t i = 0; status == 0 && i < names.count; i++)
		if (!name_list_has(&included, names.name[i]))
			status = name_list_add(out, names.name[i]);
	name_list_sort(out);
	return status;
}
