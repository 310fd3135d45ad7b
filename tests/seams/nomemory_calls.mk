# SPDX-License-Identifier: BSD-2-Clause
# Functions whose memory runs out.

$(O)/unit/login/test_nomemory_calls: $(O)/obj/tests/seams/failalloc.o
