# SPDX-License-Identifier: BSD-2-Clause
# Programs whose calls fail.

$(O)/unit/test_failing $(O)/unit/test_store_failing \
    $(O)/unit/test_store_odd: $(O)/obj/tests/seams/failcall.o

# Every call; make unit takes some of them.
failing: $(O)/unit/test_failing
	FAILING=all $<

.PHONY: failing
