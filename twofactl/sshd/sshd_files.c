/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses sshd_config and its includes: Match blocks, and the line that sets a
 * key for every login. */
#include "twofactl/sshd/sshd.h"

#include <ctype.h>
#include <fnmatch.h>
#include <glob.h>
#include <strings.h>
#include <sys/stat.h>

#define LEVELS 16 /* sshd's limit of nested includes */
#define BLANKS " \t\r\n"

/* Reads the files in sshd's order: to collect the Match blocks, or to search
 * for a key or a file that applies to every login. */
struct reader {
	struct sshd_match *out; /* NULL in a search ... */
	const char *key, *file; /* ... for one of these */
	struct sshd_files_first *found;
	bool done;             /* the search succeeded */
	bool cut;              /* something could not be read */
	bool deep;             /* too many levels, so sshd does not start */
	char folder[PATH_MAX]; /* base of relative includes, with its / */
};

struct place {
	const char *file;
	unsigned number, level;
	struct sshd_match_block *block; /* of this line, or NULL */
	bool conditional;               /* in a search: within a Match */
};

static void sshd_files_read_path(struct reader *, const char *path,
    unsigned level, struct sshd_match_block *);

/* Cuts off the next word, which ends at one of ends unless it is quoted. */
static char *
cut_until(char **rest, const char *ends)
{
	char *p = *rest + strspn(*rest, BLANKS), *word = p;

	if (*p == '\0' || *p == '#')
		return NULL;
	if (*p == '"') {
		word = ++p;
		ends = "\"";
	}
	p += strcspn(p, ends);
	if (*p != '\0')
		*p++ = '\0';
	*rest = p;
	return word;
}

/* Cuts off the next word, which ends at a blank or at one =. */
static char *
cut_word(char **rest)
{
	return cut_until(rest, BLANKS "=");
}

/* Sets cut if the text does not fit. */
static void
sshd_files_append(struct sshd_match *m, char *out, size_t cap, const char *text)
{
	size_t used = strlen(out), len = strlen(text);

	if (used + len < cap)
		memcpy(out + used, text, len + 1);
	else
		m->cut = true;
}

static struct sshd_match_block *
begin_block(struct reader *r, const struct place *at, char *rest)
{
	struct sshd_match_block *block;

	if (r->out->count == SSHD_MATCH_BLOCKS) {
		r->out->cut = true;
		return NULL;
	}
	block = &r->out->block[r->out->count++];
	PRINT_TO(block->file, "%s", at->file);
	block->number = at->number;
	sshd_files_append(r->out, block->words, sizeof(block->words), rest);
	block->words[strcspn(block->words, "\r\n")] = '\0';
	for (char *key = cut_word(&rest); key != NULL; key = cut_word(&rest)) {
		char *list = strcasecmp(key, "user") == 0 ? block->users
		    : strcasecmp(key, "group") == 0       ? block->groups
							  : NULL;
		const char *value;

		if (strcasecmp(key, "all") == 0)
			continue;
		value = cut_word(&rest);
		if (list != NULL && value != NULL)
			sshd_files_append(
			    r->out, list, SSHD_MATCH_WORDS, value);
		else
			block->other = true;
	}
	return block;
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

bool
sshd_match_sets(const struct sshd_match_block *block, const char *key)
{
	struct text_part rest = text_part(block->lines), line;
	const size_t len = strcspn(key, " ");

	while (text_part_next(&rest, "\n", &line))
		if (line.len > len && line.at[len] == ' ' &&
		    strncasecmp(line.at, key, len) == 0)
			return true;
	return false;
}

static void
sshd_files_add_line(
    struct reader *r, struct sshd_match_block *block, char *key, char *rest)
{
	char line[SSHD_MATCH_WORDS] = "";
	char *word;

	lower(key);
	if (sshd_match_sets(block, key))
		return; /* the first one counts */
	sshd_files_append(r->out, line, sizeof(line), key);
	while ((word = cut_word(&rest)) != NULL) {
		lower(word);
		sshd_files_append(r->out, line, sizeof(line), " ");
		sshd_files_append(r->out, line, sizeof(line),
		    strcmp(word, "true") == 0        ? "yes"
			: strcmp(word, "false") == 0 ? "no"
						     : word);
	}
	sshd_files_append(r->out, line, sizeof(line), "\n");
	sshd_files_append(r->out, block->lines, sizeof(block->lines), line);
}

static void
sshd_files_include(struct reader *r, const struct place *at, char *rest)
{
	char pattern[PATH_MAX];

	for (char *w = cut_until(&rest, BLANKS);
	     w != NULL && !r->done && !r->deep; w = cut_until(&rest, BLANKS)) {
		glob_t found = { 0 };
		const int rc =
		    PRINT_FITS(pattern, "%s%s", w[0] == '/' ? "" : r->folder, w)
		    ? glob(pattern, 0, NULL, &found)
		    : GLOB_NOSPACE;

		/* how sshd parses these within a word is not modelled */
		r->cut |= strpbrk(w, "'\\\"") != NULL ||
		    (rc != 0 && rc != GLOB_NOMATCH);
		if (rc != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc && !r->done && !r->deep;
		     i++)
			sshd_files_read_path(
			    r, found.gl_pathv[i], at->level + 1, at->block);
		globfree(&found);
	}
}

static bool
is_key(const char *word, const char *key)
{
	return strcasecmp(word, key) == 0 ||
	    (strcasecmp(key, "KbdInteractiveAuthentication") == 0 &&
		(strcasecmp(word, "ChallengeResponseAuthentication") == 0 ||
		    strcasecmp(word, "SkeyAuthentication") == 0));
}

/* Lines after a Match do not apply to every login, except after "Match all". */
static void
sshd_files_take_line(struct reader *r, struct place *at, char *line)
{
	char *rest = line;
	char *key = cut_word(&rest);

	if (key == NULL)
		return;
	rest += strspn(rest, BLANKS "=");
	if (strcasecmp(key, "match") == 0) {
		if (r->out != NULL)
			at->block = begin_block(r, at, rest);
		else
			at->conditional = strncasecmp(rest, "all", 3) != 0;
	} else if (at->conditional) {
		return;
	} else if (strcasecmp(key, "include") == 0) {
		sshd_files_include(r, at, rest);
	} else if (r->key != NULL && is_key(key, r->key)) {
		PRINT_TO(r->found->file, "%s", at->file);
		r->found->number = at->number;
		r->done = true;
	} else if (at->block != NULL) {
		sshd_files_add_line(r, at->block, key, rest);
	}
}

/* A Match block ends at the end of the included file. */
static void
sshd_files_read_path(struct reader *r, const char *path, unsigned level,
    struct sshd_match_block *block)
{
	struct place at = { .file = path, .level = level, .block = block };
	char *line OWNED(owned_text) = NULL;
	size_t cap = 0;
	struct stat st;
	FILE *f OWNED(owned_file) = NULL;

	r->done = r->file != NULL && strcmp(r->file, path) == 0;
	r->deep |= level > LEVELS;
	f = level > LEVELS || stat(path, &st) != 0 || !S_ISREG(st.st_mode)
	    ? NULL
	    : fopen(path, "re");
	if (f == NULL) {
		r->cut = true;
		return;
	}
	while (!r->done && getline(&line, &cap, f) > 0) {
		at.number++;
		sshd_files_take_line(r, &at, line);
	}
	r->cut |= ferror(f) != 0;
}

static void
sshd_files_read(struct reader *r, const char *path)
{
	const char *slash = strrchr(path, '/');

	PRINT_TO(r->folder, "%.*s", slash == NULL ? 0 : (int)(slash + 1 - path),
	    path);
	sshd_files_read_path(r, path, 0, NULL);
}

void
sshd_match_read(struct sshd_match *m, const char *path)
{
	struct reader r = { .out = m };

	memset(m, 0, sizeof(*m));
	sshd_files_read(&r, path);
	m->cut |= r.cut;
}

bool
sshd_match_depends_on_user(const struct sshd_match *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->block[i].users[0] != '\0' ||
		    m->block[i].groups[0] != '\0')
			return true;
	return m->cut;
}

bool
sshd_match_has_user(const struct sshd_match_block *block, const char *user)
{
	return block->users[0] == '\0' ||
	    sshd_patterns_match(block->users, user);
}

bool
sshd_patterns_match(const char *patterns, const char *name)
{
	char list[SSHD_MATCH_WORDS], *save = NULL;
	bool found = false;

	PRINT_TO(list, "%s", patterns);
	for (const char *p = strtok_r(list, ",", &save); p != NULL;
	     p = strtok_r(NULL, ",", &save)) {
		const bool negated = p[0] == '!';

		if (fnmatch(p + (negated ? 1 : 0), name, FNM_NOESCAPE) != 0)
			continue;
		if (negated)
			return false;
		found = true;
	}
	return found;
}

bool
sshd_files_find_first_setting(
    struct sshd_files_first *first, const char *config, const char *key)
{
	struct reader r = { .key = key, .found = first };

	sshd_files_read(&r, config);
	return r.done;
}

bool
sshd_files_is_read_before_match(const char *config, const char *file)
{
	struct reader r = { .file = file };

	sshd_files_read(&r, config);
	return r.done;
}
