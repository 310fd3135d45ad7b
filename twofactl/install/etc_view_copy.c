/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of the future /etc. The folder is root's and locked, so its name is
 * fixed: leftovers there are removed. */
#include "twofactl/install/etc_view.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/host/host.h"

#define PATH_BYTES 600
#define BLANKS " \t"
#define OPEN_MOST 16
#define SSH_FOLDER "/etc/ssh/"
#define DROP_INS "sshd_config.d/"

static bool copied;

typedef void copy_line(FILE *out, const char *line);

static int
fail(char cause[ETC_FILE_CAUSE], const char *what)
{
	(void)snprintf(
	    cause, ETC_FILE_CAUSE, "%.250s: %.200s", what, strerror(errno));
	return -1;
}

bool
etc_view_copied(void)
{
	return copied;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)kind;
	(void)place;
	(void)remove(path);
	return 0;
}

void
etc_view_copy_remove(void)
{
	copied = false;
	(void)nftw(ETC_VIEW_COPY, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
}

/* Length of the blanks and the word at the start. */
static size_t
word_len(const char *at)
{
	const size_t blanks = strspn(at, BLANKS);

	return blanks + strcspn(at + blanks, BLANKS "\n");
}

static bool
is_word(const char *at, const char *word)
{
	const size_t blanks = strspn(at, BLANKS), len = strlen(word);

	return word_len(at) == blanks + len &&
	    strncasecmp(at + blanks, word, len) == 0;
}

void
etc_view_pam_line(FILE *out, const char *line)
{
	static const char folder[] = PAM_FOLDER_FIRST "/";
	const size_t len = sizeof(folder) - 1;
	const char *at = line + word_len(line); /* after the keyword */

	if (!is_word(line, "@include")) {
		if (!is_word(at, "include") && !is_word(at, "substack")) {
			fputs(line, out);
			return;
		}
		at += word_len(at);
	}
	at += strspn(at, BLANKS);
	fprintf(out, "%.*s", (int)(at - line), line);
	if (strncmp(at, folder, len) == 0)
		at += len;
	if (at[strspn(at, "\n")] != '\0' && at[0] != '/')
		fputs(ETC_VIEW_PAM "/", out);
	fputs(at, out);
}

/* Does it name files directly in the drop-ins' folder? Deeper ones are not
 * copied. */
static bool
is_within(const char *name, const char *end, const char *folder)
{
	const size_t len = strlen(folder);

	return strncmp(name, folder, len) == 0 &&
	    memchr(name + len, '/', (size_t)(end - name) - len) == NULL;
}

/* A pattern after Include, with the character before it. */
static void
write_pattern(FILE *out, const char *at, size_t len)
{
	static const char whole[] = SSH_FOLDER DROP_INS;
	const char *name = at + strspn(at, BLANKS "\"=");
	const size_t ahead = (size_t)(name - at);
	const char *before = "";

	if (ahead < len && is_within(name, at + len, whole))
		before = ETC_VIEW_COPY;
	else if (ahead < len && is_within(name, at + len, DROP_INS))
		before = ETC_VIEW_COPY SSH_FOLDER;
	fprintf(out, "%.*s%s%.*s", (int)(ahead < len ? ahead : len), at, before,
	    (int)(ahead < len ? len - ahead : 0), name);
}

void
etc_view_sshd_line(FILE *out, const char *line)
{
	static const char word[] = "include";
	const char *at = line + strspn(line, BLANKS);
	const char *end = line + strcspn(line, "\n");

	if (strncasecmp(at, word, sizeof(word) - 1) != 0 ||
	    strchr(BLANKS "=", at[sizeof(word) - 1]) == NULL) {
		fputs(line, out);
		return;
	}
	at += sizeof(word) - 1;
	fprintf(out, "%.*s", (int)(at - line), line);
	while (at < end) {
		const size_t len = word_len(at);

		write_pattern(out, at, len);
		at += len;
	}
	fputs(end, out);
}

/* Make the folders above a file. */
static int
make_folders(const char *path, char cause[ETC_FILE_CAUSE])
{
	char folder[PATH_BYTES];

	(void)snprintf(folder, sizeof(folder), "%s", path);
	for (char *at = folder + sizeof(ETC_VIEW_COPY);
	     (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(folder, 0700) != 0 && errno != EEXIST)
			return fail(cause, folder);
		*at = '/';
	}
	return 0;
}

/* Copy in line by line, and close it. */
static int
copy_lines(
    FILE *in, const char *to, copy_line *write, char cause[ETC_FILE_CAUSE])
{
	FILE *out =
	    in != NULL && make_folders(to, cause) == 0 ? fopen(to, "we") : NULL;
	char *line = NULL;
	size_t cap = 0;
	int rc = out != NULL ? 0 : fail(cause, to);

	while (rc == 0 && getline(&line, &cap, in) > 0)
		write(out, line);
	if (rc == 0 && (ferror(in) || ferror(out)))
		rc = fail(cause, to);
	free(line);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		rc = fail(cause, to);
	return rc;
}

static void
write_line(FILE *out, const char *line)
{
	fputs(line, out);
}

/* Programs do not read what is no file, so it is not copied. */
static int
copy_file(const char *from, const char *to, copy_line *write,
    char cause[ETC_FILE_CAUSE])
{
	struct stat st;

	if (stat(from, &st) != 0 || !S_ISREG(st.st_mode) ||
	    access(to, F_OK) == 0)
		return 0;
	return copy_lines(fopen(from, "re"), to, write, cause);
}

/* Existing copies stay: they come from a folder of higher rank. */
static int
copy_folder(const char *from, const char *to, copy_line *write,
    char cause[ETC_FILE_CAUSE])
{
	char source[PATH_BYTES], copy[PATH_BYTES];
	const struct dirent *entry;
	DIR *dir = opendir(from);
	int rc = 0;

	if (dir == NULL)
		return errno == ENOENT ? 0 : fail(cause, from);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		(void)snprintf(source, sizeof(source), "%.300s/%.255s", from,
		    entry->d_name);
		(void)snprintf(
		    copy, sizeof(copy), "%.300s/%.255s", to, entry->d_name);
		rc = copy_file(source, copy, write, cause);
	}
	closedir(dir);
	return rc;
}

static int
copy_text(const struct etc_file *f, const char *to, copy_line *write,
    char cause[ETC_FILE_CAUSE])
{
	if (!f->there)
		return 0;
	return copy_lines(
	    fmemopen(f->text, strlen(f->text), "r"), to, write, cause);
}

/* Copy it to its future place, and PAM files also to the folder with all of
 * them. */
static int
copy_new(const struct etc_change *f, char cause[ETC_FILE_CAUSE])
{
	static const char folder[] = PAM_FOLDER_FIRST "/";
	char to[PATH_BYTES];

	(void)snprintf(to, sizeof(to), ETC_VIEW_COPY "%.255s", f->path);
	if (copy_text(&f->after, to, write_line, cause) != 0)
		return -1;
	if (strncmp(f->path, folder, sizeof(folder) - 1) != 0)
		return 0;
	(void)snprintf(to, sizeof(to), ETC_VIEW_PAM "/%.255s",
	    f->path + sizeof(folder) - 1);
	return copy_text(&f->after, to, etc_view_pam_line, cause);
}

static int
copy_old(const char *config, char cause[ETC_FILE_CAUSE])
{
	char to[PATH_BYTES];

	for (size_t i = 0; pam_folder_all[i] != NULL; i++)
		if (copy_folder(pam_folder_all[i], ETC_VIEW_PAM,
			etc_view_pam_line, cause) != 0)
			return -1;
	if (copy_folder(SSH_FOLDER DROP_INS, ETC_VIEW_COPY SSH_FOLDER DROP_INS,
		write_line, cause) != 0)
		return -1;
	(void)snprintf(to, sizeof(to), ETC_VIEW_COPY "%.255s", config);
	return copy_file(config, to, etc_view_sshd_line, cause);
}

int
etc_view_copy(const struct etc_change *changes, unsigned count,
    const char *config, char cause[ETC_FILE_CAUSE])
{
	int rc = 0;

	etc_view_copy_remove();
	if (mkdir(ETC_VIEW_COPY, 0700) != 0)
		return fail(cause, ETC_VIEW_COPY);
	for (unsigned i = 0; rc == 0 && i < count; i++)
		rc = copy_new(&changes[i], cause);
	if (rc == 0)
		rc = copy_old(config, cause);
	if (rc != 0)
		etc_view_copy_remove();
	copied = rc == 0;
	return rc;
}
