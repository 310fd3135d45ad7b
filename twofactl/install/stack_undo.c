/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes our lines from a PAM file, even if it was edited since. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/install/stack_edit.h"
#include "twofactl/install/stack_lines.h"

/* The end of the block that starts before rest; NULL: its end mark is
 * missing. */
static const char *
block_end(const char *rest)
{
	struct stack_line line;

	while (stack_line_next(&rest, &line) &&
	    !stack_line_begins(&line, STACK_BEGIN))
		if (stack_line_ends(&line))
			return rest;
	return NULL;
}

bool
stack_edit_broken(const char *rest)
{
	bool inside = false;
	struct stack_line line;

	while (stack_line_next(&rest, &line)) {
		const bool begin = stack_line_begins(&line, STACK_BEGIN);

		if ((begin && inside) || (stack_line_ends(&line) && !inside))
			return true;
		inside = begin || (inside && !stack_line_ends(&line));
	}
	return inside;
}

/* Which lines here are ours. */
enum place {
	PLACE_OUTSIDE = 0,
	PLACE_BROKEN, /* some may be ours */
	PLACE_BLOCK,  /* ours, and some that were added since */
	PLACE_WHOLE,  /* all of them: lines of sshd's settings have no marks */
};

static enum place
block_place(const char *begin, const char *end)
{
	return memmem(begin, (size_t)(end - begin), "pam_", 4) != NULL
	    ? PLACE_BLOCK
	    : PLACE_WHOLE;
}

static bool
is_ours(const struct stack_line *line, enum place place)
{
	if (stack_line_begins(line, STACK_MARK) ||
	    stack_line_says(line, STACK_COPY))
		return true;
	switch (place) {
	case PLACE_OUTSIDE:
		return false;
	case PLACE_BROKEN:
		return stack_line_ours(line);
	case PLACE_BLOCK: /* our line may be a comment now */
		return stack_line_says(line, "pam_twofa");
	case PLACE_WHOLE:
		break;
	}
	return true;
}

static void
undo_line(FILE *out, const struct stack_line *line, enum place place)
{
	const size_t len = strlen(STACK_WAS);

	if (stack_line_begins(line, STACK_WAS))
		fwrite(line->at + len, 1, line->len - len, out);
	else if (!is_ours(line, place))
		fwrite(line->at, 1, line->len, out);
}

/* True: the file's last line had no newline. */
static bool
undo(FILE *out, const char *rest)
{
	const enum place around =
	    stack_edit_broken(rest) ? PLACE_BROKEN : PLACE_OUTSIDE;
	enum place place = around;
	const char *end = NULL;
	bool bare = false;
	struct stack_line line;

	while (stack_line_next(&rest, &line)) {
		if (end == NULL && stack_line_begins(&line, STACK_BEGIN)) {
			end = block_end(rest);
			place = end != NULL ? block_place(rest, end) : around;
		}
		bare |= stack_line_begins(&line, STACK_BARE);
		undo_line(out, &line, place);
		if (end != NULL && rest == end) {
			end = NULL;
			place = around;
			bare &= *rest == '\0';
		}
	}
	return bare;
}

char *
stack_edit_undo(const char *text)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);
	bool bare, failed;

	if (out == NULL)
		return NULL;
	bare = undo(out, text);
	failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed) {
		if (bare && len > 0 && bytes[len - 1] == '\n')
			bytes[len - 1] = '\0';
		return bytes;
	}
	free(bytes);
	return NULL;
}

bool
stack_edit_has(const char *text)
{
	struct stack_line line;

	while (stack_line_next(&text, &line))
		if (stack_line_begins(&line, STACK_BEGIN))
			return true;
	return false;
}
