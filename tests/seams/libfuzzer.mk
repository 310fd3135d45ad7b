# SPDX-License-Identifier: BSD-2-Clause
# The fuzz targets over their corpora alone, without libFuzzer: build/corpora.

CORPORA_BIN := $(patsubst tests/fuzz/%.c,$(O)/corpora/%, \
	$(wildcard tests/fuzz/*.c))

$(CORPORA_BIN): $(O)/corpora/%: $(O)/obj/tests/fuzz/%.o \
    $(O)/obj/tests/seams/libfuzzer.o $(O)/support.a $(O)/product.a
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS) $(CTL_PKGS) $(UNIT_PKGS))

corpora: $(CORPORA_BIN)

.PHONY: corpora
