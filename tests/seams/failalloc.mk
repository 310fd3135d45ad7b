# SPDX-License-Identifier: BSD-2-Clause
# Programs whose memory runs out.

$(O)/unit/test_nomemory: $(O)/obj/tests/seams/failalloc.o

# Every point; make unit takes some of them.
nomemory: $(O)/unit/test_nomemory
	NOMEMORY=all $<

.PHONY: nomemory
