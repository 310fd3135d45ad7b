# SPDX-License-Identifier: BSD-2-Clause
# One program for each folder of unit tests: build/unit/COMPONENT, by cmocka.

# These replace calls of libc for good, or some that another file of their component
# replaces as well: a program each, build/unit/test_NAME.
UNIT_ALONE := enrol/test_commands enrol/test_names rules/test_accounts \
	rules/test_hours \
	client/test_helper_process client/test_helper_socket \
	check/test_hidden_paths login/test_nomemory \
	login/test_nomemory_calls control/test_explain \
	sqlite/test_sqlite_alarm report/test_command_memory
UNIT_ALONE_SRC := $(UNIT_ALONE:%=tests/unit/%.c)
UNIT_COMPONENTS := $(sort $(foreach path, \
	$(filter-out $(UNIT_ALONE_SRC),$(UNIT_SRC)), \
	$(word 3,$(subst /, ,$(path)))))
UNIT_BIN := $(UNIT_COMPONENTS:%=$(O)/unit/%) \
	$(foreach path,$(UNIT_ALONE),$(O)/unit/$(notdir $(path)))
# All that make check needs of the plain build.
UNIT_PLAIN := $(addprefix $(O)/unit/,$(shell sed -n 's/^\([a-z_]\+\)\t.*/\1/p' \
	tests/unit/plain))

# What stands before libc: see tests/seams.
failcall := $(O)/obj/tests/seams/failcall.o
failalloc := $(O)/obj/tests/seams/failalloc.o
UNIT_SEAMS_system := $(failcall)
UNIT_SEAMS_login := $(failcall)
UNIT_SEAMS_test_nomemory := $(failalloc)
UNIT_SEAMS_test_nomemory_calls := $(failalloc)
UNIT_SEAMS_control := $(failcall)
UNIT_SEAMS_store := $(failcall)
UNIT_SEAMS_test_sqlite_alarm := $(O)/obj/tests/seams/slowsync.o
UNIT_SEAMS_test_command_memory := $(failalloc)
UNIT_SEAMS_doctor := $(failalloc)
UNIT_SEAMS_etc := $(failcall)
UNIT_SEAMS_trial := $(failcall)
# The rest counts SQLite's requests, or makes them fail.
ifneq ($(findstring address,$(SAN)),)
UNIT_SQLITE := $(filter-out test_nomemory test_nomemory_calls test_command_memory doctor, \
	$(notdir $(UNIT_BIN)))
$(foreach component,$(UNIT_SQLITE),$(eval UNIT_SEAMS_$(component) += \
	$(O)/obj/tests/seams/sqlite_memory.o))
endif

$(foreach component,$(UNIT_COMPONENTS),$(eval $(O)/unit/$(component): \
	$(patsubst %.c,$(O)/obj/%.o,$(filter-out $(UNIT_ALONE_SRC), \
	$(filter tests/unit/$(component)/%,$(UNIT_SRC)))) $(UNIT_SEAMS_$(component))))
$(foreach path,$(UNIT_ALONE),$(eval $(O)/unit/$(notdir $(path)): \
	$(O)/obj/tests/unit/$(path).o $(UNIT_SEAMS_$(notdir $(path)))))

# From the archives come only the parts that a program names.
$(UNIT_BIN): $(O)/support.a $(O)/product.a
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    $(ALL_LDFLAGS) \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS) $(CTL_PKGS) $(UNIT_PKGS))

$(O)/support.a: $(UNIT_LIB_OBJ)
$(O)/product.a: $(HELPER_LIB_OBJ) $(CTL_LIB_OBJ)
$(O)/support.a $(O)/product.a:
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# All random cases; make unit takes some of them.
explaining: $(O)/unit/test_explain
	EXPLAIN=all $<

# A fail-over in all its rounds.
failover: $(O)/unit/postgresql
	FAILOVER=208 $< test_pg_failover

.PHONY: explaining failover

# cmocka is needed by its own tests alone.
$(UNIT_LIB_OBJ) $(UNIT_SRC:%.c=$(O)/obj/%.o): | $(O)/.libraries-unit

tests-plain: $(UNIT_PLAIN) $(TEST_BIN)

# For another processor (tests/vm/cross), but WITHOUT what does not build there.
unit-programs: $(filter-out $(WITHOUT:%=$(O)/unit/%),$(UNIT_BIN))

.PHONY: tests-plain unit-programs
