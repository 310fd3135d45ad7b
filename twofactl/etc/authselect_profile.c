/* SPDX-License-Identifier: BSD-2-Clause */
/* An authselect profile that is derived from the selected one, by authselect
 * itself: selected before our lines are in it, and left once no such line is.
 */
#include "twofactl/etc/etc.h"
#include <fcntl.h>
#include <unistd.h>

#define PROGRAM "/usr/bin/authselect"
#define PROFILE "custom/twofa"
#define BACKUP "before-twofactl"
#define WORDS_MAX 64
#define OUT_MAX 4096
#define LIMIT_S 60

static int
run_authselect(const char *const *argv, char out[OUT_MAX])
{
	if (run_program_status(argv, LIMIT_S, out, OUT_MAX) == 0)
		return 0;
	out[strcspn(out, "\n")] = '\0';
	return etc_file_fail("authselect %s: %.200s", argv[1],
	    out[0] != '\0' ? out : "it failed");
}

/* Writes the selected profile and its features to out, as words. */
static int
read_selected(char out[OUT_MAX], const char *word[WORDS_MAX])
{
	const char *const argv[] = { PROGRAM, "current", "--raw", NULL };
	char *rest = out;
	size_t n = 0;

	if (run_authselect(argv, out) != 0)
		return -1;
	out[strcspn(out, "\n")] = '\0';
	while (
	    n < WORDS_MAX - 1 && (word[n] = pam_stack_next_word(&rest)) != NULL)
		n++;
	word[n] = NULL;
	return n > 0 ? 0 : etc_file_fail("authselect has no profile selected");
}

/* The same features with another profile. */
static int
select_profile(const char *id, const char *const word[WORDS_MAX], bool backup)
{
	const char *argv[WORDS_MAX + 5] = { PROGRAM, "select", id };
	char out[OUT_MAX];
	size_t n = 3;

	for (size_t i = 1; word[i] != NULL; i++)
		argv[n++] = word[i];
	argv[n++] = "--quiet";
	if (backup)
		argv[n] = "--backup=" BACKUP;
	return run_authselect(argv, out);
}

static void
remove_profile(void)
{
	place_file_close_private(AT_FDCWD, AUTHSELECT_PROFILE,
	    open(AUTHSELECT_PROFILE, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    false);
}

const char *
authselect_included_file(const char *text)
{
	static const char *const files[] = { AUTHSELECT_FILES };
	char name[PAM_STACK_WORD];

	while (stack_edit_next_include(&text, name))
		for (size_t i = 0; i < COUNT_OF(files); i++)
			if (strcmp(name, files[i]) == 0)
				return files[i];
	return NULL;
}

bool
authselect_profile_manages(const char *file)
{
	char path[ETC_PATH], target[ETC_PATH] = "", wanted[ETC_PATH];

	PRINT_TO(path, PAM_FOLDER_FIRST "/%s", file);
	PRINT_TO(wanted, AUTHSELECT_FOLDER "/%s", file);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	    strcmp(target, wanted) == 0 && access(PROGRAM, X_OK) == 0 &&
	    access(AUTHSELECT_FOLDER "/authselect.conf", R_OK) == 0;
}

int
authselect_profile_take(void)
{
	const char *const check[] = { PROGRAM, "check", NULL };
	const char *const forget[] = { PROGRAM, "backup-remove", BACKUP, NULL };
	const char *word[WORDS_MAX];
	char out[OUT_MAX], said[OUT_MAX];

	if (run_authselect(check, said) != 0 || read_selected(out, word) != 0)
		return -1;
	if (strcmp(word[0], PROFILE) == 0)
		return 0;
	remove_profile(); /* is not selected, so no line of it is in force */
	(void)run_authselect(forget, said);
	const char *const make[] = { PROGRAM, "create-profile", "twofa",
		"--base-on", word[0], "--symlink-meta", "--symlink-nsswitch",
		NULL };

	return run_authselect(make, said) == 0
	    ? select_profile(PROFILE, word, true)
	    : -1;
}

static bool
is_in_use(void)
{
	static const char *const files[] = { AUTHSELECT_FILES };
	char path[ETC_PATH];
	struct etc_file f;
	bool used = false;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		PRINT_TO(path, AUTHSELECT_PROFILE "/%s", files[i]);
		/* one that cannot be read may have our line */
		used |= etc_file_read(path, &f) != 0 ||
		    (f.text != NULL && stack_edit_has(f.text));
		etc_file_free(&f);
	}
	return used;
}

/* The profile that this one was derived from: the target of its README's link.
 */
static bool
read_base(char base[ETC_PATH])
{
	static const char custom[] = AUTHSELECT_FOLDER "/custom/";
	char target[ETC_PATH] = "", *end, *name;

	if (readlink(AUTHSELECT_PROFILE "/README", target,
		sizeof(target) - 1) <= 0 ||
	    (end = strrchr(target, '/')) == NULL)
		return false;
	*end = '\0';
	name = strrchr(target, '/');
	if (name == NULL)
		return false;
	snprintf(base, ETC_PATH, "%s%s",
	    strncmp(target, custom, sizeof(custom) - 1) == 0 ? "custom/" : "",
	    name + 1);
	return true;
}

int
authselect_profile_give_back(void)
{
	char out[OUT_MAX], base[ETC_PATH];
	const char *word[WORDS_MAX];

	if (access(AUTHSELECT_PROFILE, F_OK) != 0 || is_in_use())
		return 0;
	if (read_selected(out, word) != 0)
		return -1;
	if (word[0] != NULL && strcmp(word[0], PROFILE) == 0 &&
	    (!read_base(base) || select_profile(base, word, false) != 0))
		return -1;
	remove_profile();
	return 0;
}
