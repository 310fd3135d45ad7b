# SPDX-License-Identifier: BSD-2-Clause
# make bench: what a login costs, beside others. ROUNDS=, SECTIONS= pick less;
# PLOTS= names a folder for figures.

BENCH_BIN := $(O)/test/bench_login $(O)/test/bench_duo_service \
	$(O)/test/bench_counted_helper $(O)/test/bench_unreadable.so \
	$(O)/test/bench_timeless.so $(O)/test/bench_store \
	$(O)/test/bench_slow_disk
C_SRC += $(wildcard tests/bench/*.c)
ROUNDS ?= 40
SECTIONS ?=

$(O)/test/bench_login: $(O)/obj/tests/bench/login.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -lpam

$(O)/test/bench_duo_service: $(O)/obj/tests/bench/duo_service.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) \
	    $$($(PKG_CONFIG) --libs libmicrohttpd)

$(O)/test/bench_counted_helper: $(O)/obj/tests/bench/counted_helper.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS)

$(O)/test/bench_store: $(O)/obj/tests/bench/store.o $(O)/product.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS) $(CTL_PKGS))

$(O)/test/bench_slow_disk: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ) \
    $(O)/obj/tests/bench/slow_disk.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))

$(O)/test/bench_%.so: tests/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< $(ALL_LDFLAGS)

# accounts: as the tests install them
bench-programs: all $(BENCH_BIN) $(O)/test/twofa-helper $(O)/test/twofactl

bench:
	packaging/packages build test bench
	$(MAKE) --no-print-directory -s O=$(O) bench-programs
	TWOFA_BUILD=$(O) tests/ns/enter $(PYTHON) -B tests/bench/bench.py \
	    --rounds $(ROUNDS) $(PLOTS:%=--plots=%) $(SECTIONS)

.PHONY: bench bench-programs
