/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows one process the future /etc: new files are mounted over the old ones in
 * its mount namespace, or copied to a folder that programs are given. */
#include "twofactl/etc/etc.h"

#include <crypt.h>
#include <errno.h>
#include <sched.h>
#include <shadow.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_VIEW 100   /* above each status of a call */
#define EXIT_DENIED 101 /* the machine allows no mount namespace */

#define PATH_BYTES 600
#define PASSWD "/etc/passwd"
/* yescrypt's lowest cost, as the hash is short-lived. */
#define SALT_ROUNDS 1

#define BLANKS " \t"
#define COPY_S 20
#define DROP_INS "sshd_config.d/"

/* The child ends with _exit, so as not to flush the parent's buffers. */
int
etc_view_run_in_child(const struct etc_change *changes, unsigned count,
    int (*call)(void *ctx), void *ctx)
{
	char *cause = mmap(NULL, ETC_FILE_CAUSE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const pid_t pid = cause != MAP_FAILED ? fork() : -1;
	int status = 0;

	if (pid == 0) {
		if (etc_view_enter(changes, count) == 0)
			_exit(call != NULL ? call(ctx) : 0);
		memcpy(cause, etc_cause, ETC_FILE_CAUSE);
		/* AppArmor denies with EACCES */
		_exit(errno == EPERM || errno == EACCES ? EXIT_DENIED
							: EXIT_VIEW);
	}
	if (pid < 0 || TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
		return etc_file_fail("fork: %s", strerror(errno));
	memcpy(etc_cause, cause, ETC_FILE_CAUSE);
	(void)munmap(cause, ETC_FILE_CAUSE);
	if (WIFEXITED(status) && WEXITSTATUS(status) < EXIT_VIEW)
		return WEXITSTATUS(status);
	if (etc_cause[0] == '\0')
		snprintf(etc_cause, ETC_FILE_CAUSE, "a child process failed");
	errno = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DENIED ? EPERM
									: EIO;
	return -1;
}

/* Enters a mount namespace whose mounts do not propagate in or out. */
static int
etc_view_leave(void)
{
	if (mkdir(ETC_VIEW_FOLDER, 0755) != 0 && errno != EEXIST)
		return etc_file_fail_with_path(ETC_VIEW_FOLDER, NULL);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return etc_file_fail_with_path("a mount namespace", NULL);
	if (mount("tmpfs", ETC_VIEW_FOLDER, "tmpfs", MS_NOSUID | MS_NODEV,
		"mode=0755,size=16m") != 0)
		return etc_file_fail_with_path(ETC_VIEW_FOLDER, NULL);
	return 0;
}

static int
bind_over(const char *from, const char *to)
{
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0
	    ? 0
	    : etc_file_fail_with_path(to, NULL);
}

typedef void copy_line(FILE *out, const char *line);

static int
make_folders(const char *path)
{
	char folder[PATH_BYTES];

	PRINT_TO(folder, "%s", path);
	for (char *at = folder + sizeof(ETC_VIEW_COPY);
	     (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(folder, 0700) != 0 && errno != EEXIST)
			return etc_file_fail_with_path(folder, NULL);
		*at = '/';
	}
	return 0;
}

static int
copy_lines(FILE *in, const char *to, copy_line *write)
{
	FILE *out =
	    in != NULL && make_folders(to) == 0 ? fopen(to, "we") : NULL;
	char *line OWNED(owned_text) = NULL;
	size_t cap = 0;
	int rc = out != NULL ? 0 : etc_file_fail_with_path(to, NULL);

	while (rc == 0 && getline(&line, &cap, in) > 0)
		write(out, line);
	if (rc == 0 && (ferror(in) || ferror(out)))
		rc = etc_file_fail_with_path(to, NULL);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		rc = etc_file_fail_with_path(to, NULL);
	return rc;
}

static void
etc_view_write_line(FILE *out, const char *line)
{
	fputs(line, out);
}

/* Copies a regular file, unless its copy exists already. */
static int
copy_file(const char *from, const char *to, copy_line *write)
{
	struct stat st;

	if (stat(from, &st) != 0 || !S_ISREG(st.st_mode) ||
	    access(to, F_OK) == 0)
		return 0;
	return copy_lines(fopen(from, "re"), to, write);
}

/* Copies each file of a folder, which may be missing. */
static int
copy_names(const char *from, const char *to, copy_line *write)
{
	char source[PATH_BYTES], copy[PATH_BYTES];
	DIR *dir OWNED(owned_folder) = opendir(from);
	const struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return errno == ENOENT ? 0
				       : etc_file_fail_with_path(from, NULL);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		PRINT_TO(source, "%.300s/%.255s", from, entry->d_name);
		PRINT_TO(copy, "%.300s/%.255s", to, entry->d_name);
		rc = copy_file(source, copy, write);
	}
	return rc;
}

/* Adds a new file: there is no file to mount it over, so a copy of its folder
 * with the file is mounted over the folder. */
static int
show_new(const struct etc_change *f, unsigned i)
{
	const char *name = strrchr(f->path, '/');
	char folder[PATH_BYTES], copy[PATH_BYTES], path[PATH_BYTES], out[256];
	/* with the dot also if it is a link */
	const char *const argv[] = { "/bin/cp", "-a", folder, copy, NULL };

	PRINT_TO(folder, "%.*s/.", (int)(name - f->path), f->path);
	PRINT_TO(copy, ETC_VIEW_FOLDER "/folder.%u", i);
	PRINT_TO(path, "%.60s%.250s", copy, name);
	if (run_program_status(argv, COPY_S, out, sizeof(out)) != 0) {
		out[strcspn(out, "\n")] = '\0';
		return etc_file_fail_with_path(
		    folder, out[0] != '\0' ? out : "cp fails");
	}
	if (etc_file_write(path, &f->after) != 0)
		return -1;
	return bind_over(copy, folder);
}

static int
etc_view_show(const struct etc_change *f, unsigned i)
{
	char path[PATH_BYTES];
	struct etc_file new = f->after;

	if (f->before.text == NULL)
		return f->after.text != NULL ? show_new(f, i) : 0;
	PRINT_TO(path, ETC_VIEW_FOLDER "/file.%u", i);
	new.like = f->path;
	if (etc_file_write(path, &new) != 0)
		return -1;
	return bind_over(path, f->path);
}

int
etc_view_enter(const struct etc_change *changes, unsigned count)
{
	if (etc_view_uses_copies()) {
		host_etc_set_folder(ETC_VIEW_COPY);
		return 0;
	}
	if (etc_view_leave() != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (etc_view_show(&changes[i], i) != 0)
			return -1;
	return 0;
}

static bool
is_usable(const char *hash)
{
	return hash[0] != '\0' && hash[0] != '!' && hash[0] != '*' &&
	    hash[0] != ':';
}

/* Opens from, and a copy of it with the same owner and mode. */
static bool
copy_begin(FILE *copy[2], const char *from, const char *to)
{
	struct stat st;

	copy[0] = fopen(from, "re");
	copy[1] = copy[0] != NULL ? fopen(to, "wxe") : NULL;
	return copy[1] != NULL && fstat(fileno(copy[0]), &st) == 0 &&
	    fchmod(fileno(copy[1]), st.st_mode & 0777) == 0 &&
	    fchown(fileno(copy[1]), st.st_uid, st.st_gid) == 0;
}

/* Shows the copy in place of from if it differs: found is 1; 0 if it has no
 * such account; -1 after a failure with errno. Returns found, or -1 with cause.
 */
static int
copy_end(FILE *copy[2], const char *from, const char *to, int found)
{
	if (found < 0)
		(void)etc_file_fail_with_path(from, NULL);
	owned_file(&copy[0]);
	if (copy[1] != NULL && fclose(copy[1]) != 0)
		found = etc_file_fail_with_path(to, NULL);
	return found == 1 && bind_over(to, from) != 0 ? -1 : found;
}

bool
etc_view_has_password(const char *user)
{
	FILE *file OWNED(owned_file) = fopen(SHADOW, "re");
	const struct spwd *entry;
	bool found = false;

	while (file != NULL && !found && (entry = fgetspent(file)) != NULL)
		found = strcmp(entry->sp_namp, user) == 0 &&
		    is_usable(entry->sp_pwdp);
	return found;
}

/* Not by fgetspent(): at a line that it does not parse, musl's returns NULL, as
 * at the end. An account without a usable password keeps that, as it must not
 * be able to log in here either. */
static int
write_shadow(FILE *copy[2], const char *user, const char *hash)
{
	const size_t len = strlen(user);
	char *line OWNED(owned_text) = NULL;
	size_t cap = 0;
	int found = 0;

	while (getline(&line, &cap, copy[0]) > 0) {
		if (strncmp(line, user, len) != 0 || line[len] != ':' ||
		    !is_usable(line + len + 1)) {
			fputs(line, copy[1]);
			continue;
		}
		fprintf(copy[1], "%s:%s%s", user, hash,
		    line + len + 1 + strcspn(line + len + 1, ":\n"));
		found = 1;
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	return ferror(copy[1]) ? -1 : found;
}

int
etc_view_set_password(const char *user, const char *password)
{
	static const char to[] = ETC_VIEW_FOLDER "/shadow";
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash = NULL;
	static struct crypt_data data;
	FILE *copy[2];
	int rc;

	if (crypt_gensalt_rn("$y$", SALT_ROUNDS, NULL, 0, salt, sizeof(salt)) !=
	    NULL)
		hash = crypt_r(password, salt, &data);
	if (hash == NULL || hash[0] == '*')
		return etc_file_fail_with_path("crypt", NULL);
	rc = copy_begin(copy, SHADOW, to) ? write_shadow(copy, user, hash) : -1;
	explicit_bzero(&data, sizeof(data));
	return copy_end(copy, SHADOW, to, rc);
}

int
etc_view_set_shell(const char *user, const char *shell)
{
	static const char to[] = ETC_VIEW_FOLDER "/passwd";
	FILE *copy[2];
	struct passwd *entry;
	int found = copy_begin(copy, PASSWD, to) ? 0 : -1;

	while (found >= 0 && (entry = fgetpwent(copy[0])) != NULL) {
		if (strcmp(entry->pw_name, user) == 0) {
			entry->pw_shell = (char *)(uintptr_t)shell;
			found = 1;
		}
		if (putpwent(entry, copy[1]) != 0)
			found = -1;
	}
	return copy_end(copy, PASSWD, to, found);
}

static bool copied;

bool
etc_view_uses_copies(void)
{
	return copied;
}

void
etc_view_copy_remove(void)
{
	static const char *const argv[] = { "/bin/rm", "-rf", ETC_VIEW_COPY,
		NULL };
	char out[64];

	copied = false;
	(void)run_program_status(argv, COPY_S, out, sizeof(out));
}

/* Returns the length of the first word and the blanks before it. */
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
etc_view_write_pam_line(FILE *out, const char *line)
{
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
	at = pam_folder_name(at);
	if (at[strspn(at, "\n")] != '\0' && at[0] != '/')
		fputs(ETC_VIEW_PAM "/", out);
	fputs(at, out);
}

/* True if name is directly in folder: files in deeper ones are not copied. */
static bool
is_within(const char *name, const char *end, const char *folder)
{
	const size_t len = strlen(folder);

	return strncmp(name, folder, len) == 0 &&
	    memchr(name + len, '/', (size_t)(end - name) - len) == NULL;
}

/* Writes a pattern of an Include line, and the separators before it. */
static void
write_pattern(FILE *out, const char *at, size_t len)
{
	static const char whole[] = ETC_SSH_FOLDER DROP_INS;
	const char *name = at + strspn(at, BLANKS "\"=");
	const size_t ahead = (size_t)(name - at);
	const char *before = "";

	if (ahead < len && is_within(name, at + len, whole))
		before = ETC_VIEW_COPY;
	else if (ahead < len && is_within(name, at + len, DROP_INS))
		before = ETC_VIEW_COPY ETC_SSH_FOLDER;
	fprintf(out, "%.*s%s%.*s", (int)(ahead < len ? ahead : len), at, before,
	    (int)(ahead < len ? len - ahead : 0), name);
}

void
etc_view_write_sshd_line(FILE *out, const char *line)
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

static int
copy_text(const struct etc_file *f, const char *to, copy_line *write)
{
	if (f->text == NULL)
		return 0;
	return copy_lines(fmemopen(f->text, strlen(f->text), "r"), to, write);
}

/* Copies a changed file into the copied /etc, and a PAM file also into the
 * folder of all PAM files. */
static int
copy_new(const struct etc_change *f)
{
	const char *name = strrchr(f->path, '/') + 1;
	char to[PATH_BYTES];

	PRINT_TO(to, ETC_VIEW_COPY "%.255s", f->path);
	if (copy_text(&f->after, to, etc_view_write_line) != 0)
		return -1;
	if (!is_within(f->path, name, PAM_FOLDER_FIRST "/") &&
	    !is_within(f->path, name, AUTHSELECT_FOLDER "/"))
		return 0;
	PRINT_TO(to, ETC_VIEW_PAM "/%.255s", name);
	return copy_text(&f->after, to, etc_view_write_pam_line);
}

static int
copy_old(const char *config)
{
	char to[PATH_BYTES];

	/* existing copies, of changed files or higher folders, are kept */
	for (size_t i = 0; pam_folder_all[i] != NULL; i++)
		if (copy_names(pam_folder_all[i], ETC_VIEW_PAM,
			etc_view_write_pam_line) != 0)
			return -1;
	if (copy_names(ETC_SSH_FOLDER DROP_INS,
		ETC_VIEW_COPY ETC_SSH_FOLDER DROP_INS,
		etc_view_write_line) != 0)
		return -1;
	PRINT_TO(to, ETC_VIEW_COPY "%.255s", config);
	return copy_file(config, to, etc_view_write_sshd_line);
}

int
etc_view_copy(
    const struct etc_change *changes, unsigned count, const char *config)
{
	int rc = 0;

	etc_view_copy_remove();
	if (mkdir(ETC_VIEW_COPY, 0700) != 0)
		return etc_file_fail_with_path(ETC_VIEW_COPY, NULL);
	for (unsigned i = 0; rc == 0 && i < count; i++)
		rc = copy_new(&changes[i]);
	if (rc == 0)
		rc = copy_old(config);
	if (rc != 0)
		etc_view_copy_remove();
	copied = rc == 0;
	return rc;
}
