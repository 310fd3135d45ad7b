# SPDX-License-Identifier: BSD-2-Clause
# A program whose calls fail.

$(O)/unit/test_failing: $(O)/obj/tests/seams/failcall.o

# Every call; make unit takes some of them.
failing: $(O)/unit/test_failing
	FAILING=all $<

.PHONY: failing
