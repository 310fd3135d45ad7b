/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that stood in a text, put into what became of it. Text in, text out. */
#ifndef TWOFA_TEXT_AGAIN_H
#define TWOFA_TEXT_AGAIN_H

/* with is plain with other lines in it, some in place of plain's; now is what
 * somebody made of plain. Do the same to now: lines come where those stand that
 * they replace, else behind the line that was before them, or, where that is
 * gone, before the next one. For free(); NULL: no memory. */
char *text_again(const char *plain, const char *with, const char *now);

#endif
