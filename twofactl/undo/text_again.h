/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts lines of an old text into a new version of the file. Works on texts. */
#ifndef TWOFA_TEXT_AGAIN_H
#define TWOFA_TEXT_AGAIN_H

/* with is plain with other lines in it, some in place of plain's; now is an
 * edited plain. Make the same change to now: lines replace those that they
 * replaced in plain, or follow the line before them, or, if that is gone,
 * precede the next one. To be freed; NULL: no memory. */
char *text_again(const char *plain, const char *with, const char *now);

#endif
