# SPDX-License-Identifier: BSD-2-Clause
# pam_twofa: `make help` lists the targets.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/pam_twofa
STATEDIR ?= /var/lib/twofa
# Where systemd looks for units; empty, or UNITDIR=: none are installed.
UNITDIR ?= $(if $(wildcard /lib/systemd/systemd),$(PREFIX)/lib/systemd/system)
# Where the system bus looks for rules of who may connect; empty: none are.
DBUSDIR ?= $(if $(wildcard /usr/share/dbus-1),/etc/dbus-1/system.d)
# Where Cockpit looks for pages; empty: the help desk's is not installed.
COCKPITDIR ?= $(if $(wildcard /usr/share/cockpit),$(DATADIR)/cockpit)
# Where this system keeps PAM modules: PAMDIR= overrides.
PAMDIR ?= $(shell packaging/pamdir)

VERSION := 1.0.0-rc1
# No clock that is right stands before it: of the newest entry there, so that it is
# the same in each build.
DATE := $(shell sed -n 's/^## .* - \([0-9-]\{10\}\)$$/\1/p' CHANGELOG.md | head -n 1)
DAY := $(shell expr $$(date -u -d '$(DATE)' +%s) / 86400)
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
O ?= build
# One name for each folder: what the compiler wrote of headers counts for that alone.
override O := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))
WERROR ?= $(if $(CI),-Werror)
SAN ?=
ASAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined

WARN := -Wall -Wextra -Wconversion -Wswitch-enum -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 $(WERROR)
CFLAGS ?= -O2 -g
HARDEN_CC := -fstack-protector-strong
# Control-flow protection only exists on x86.
ifneq ($(filter x86_64-% i%86-%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
HARDEN_CC += -fcf-protection
endif
HARDEN_LD := -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(SAN),)
# For flags that not every compiler knows: the flag if the compiler accepts it
# without a message, or the first such flag of several.
takes = $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -Werror $(1) -include stdio.h \
	-x c -S -o /dev/null /dev/null >/dev/null 2>&1 && echo '$(1)')
# Asked once, and only when something is compiled.
HARDEN_NEW = $(eval HARDEN_NEW := $(call takes,-fstack-clash-protection) \
	$(call takes,-ftrivial-auto-var-init=zero))$(HARDEN_NEW)
# Must come last, because packagers' own flags ask for level 2. It needs
# optimisation; level 3 came with gcc 12 and glibc 2.34.
LEVEL := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=
FORTIFY = $(eval FORTIFY := $(or $(call takes,$(LEVEL)3),$(call \
	takes,$(LEVEL)2)))$(FORTIFY)
# What runs inside sshd stays small on disk, too. STRIP= keeps the symbols.
STRIP ?= -Wl,-s
endif
DEFS := -D_GNU_SOURCE -DTWOFA_VERSION='"$(VERSION)"' \
	-DTWOFA_DATE='"$(DATE)"' -DTWOFA_DAY=$(DAY) \
	-DTWOFA_HELPER='"$(LIBEXECDIR)/twofa-helper"' \
	-DTWOFA_SAMPLE='"$(DOCDIR)/examples/twofa.conf"' \
	$(shell $(PKG_CONFIG) --cflags-only-I libpq 2>/dev/null)
# What musl has not, where the C library is not glibc.
MUSL = $(eval MUSL := $(shell $(CC) -E -dM -include features.h -x c /dev/null \
	2>/dev/null | grep -q __GLIBC__ || echo -isystem packaging/musl -include \
	packaging/musl/musl.h))$(MUSL)
ALL_CFLAGS = -std=gnu11 -I. $(MUSL) $(DEFS) $(WARN) $(HARDEN_CC) $(HARDEN_NEW) $(SAN) \
	$(CPPFLAGS) $(CFLAGS) $(FORTIFY)
ALL_LDFLAGS = $(HARDEN_LD) $(SAN) $(LDFLAGS)
# A sanitizer has 60,000 relocations of its own in a program: each start would
# copy 400 pages for them.
PIE := $(if $(SAN),-no-pie,-pie)

# Libraries of root's program: no curl, no JSON, no SQLite.
CTL_PKGS := libconfig libcrypto liboath libqrencode libxcrypt
# twofactl report reads the journal where the build has this.
JOURNAL_PKG := $(shell $(PKG_CONFIG) --exists libsystemd 2>/dev/null && \
	echo libsystemd)
CTL_PKGS += $(JOURNAL_PKG)
# The largest first: the loader searches in this order, for each symbol. libcurl
# and libpq are loaded late (lib/system/library.c), but built against.
HELPER_PKGS := libcrypto sqlite3 libcjson libconfig liboath libcurl libpq
SIM_PKGS := libmicrohttpd libcjson gnutls
UNIT_PKGS := cmocka
# Libraries of programs that only run during the build.
BUILD_PKGS := libseccomp

WIRE_SRC := $(wildcard lib/wire/*.c)
MODULE_SRC := $(wildcard pam_module/*.c) $(WIRE_SRC)
LIB_SRC := $(wildcard lib/*/*.c)
HELPER_LIB_SRC := $(LIB_SRC) $(filter-out helper/sandbox/generate.c, \
	$(wildcard helper/*/*.c helper/*/*/*.c helper/*/*/*/*.c))
CTL_LIB_SRC := $(filter-out $(if $(JOURNAL_PKG),,twofactl/report/journal.c), \
	$(wildcard twofactl/*/*.c))
SIM_SRC := $(wildcard tests/simulator/*.c tests/simulator/*/*.c \
	tests/simulator/*/*/*.c)
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
# Code that several unit tests share.
UNIT_LIB_SRC := $(wildcard tests/support/*.c tests/support/*/*.c)
TEST_SRC := $(wildcard tests/host/*.c tests/seams/*.c)
# What TESTS_CFLAGS= is for. cmocka 2 warns of what cmocka 1 has alone.
TESTS_OWN := tests/unit/% tests/support/% tests/simulator/%
C_SRC := $(sort $(MODULE_SRC) $(HELPER_LIB_SRC) helper/main.c \
	helper/sandbox/generate.c $(CTL_LIB_SRC) $(wildcard twofactl/*.c) \
	$(SIM_SRC) $(UNIT_SRC) $(UNIT_LIB_SRC) $(TEST_SRC) \
	$(wildcard tests/fuzz/*.c))

# It throws nothing, and only a debugger unwinds it, with -g's own tables; these
# would be a tenth of the module in each sshd. What it does not call of lib/wire
# is left out by the linker.
MODULE_CC := -fno-asynchronous-unwind-tables -ffunction-sections
MODULE_OBJ := $(MODULE_SRC:%.c=$(O)/pic/%.o)
# Options for what e2e tests start; they hold there alone.
SAN_OBJ := $(if $(findstring address,$(SAN)),\
	$(O)/obj/tests/seams/asan_options.o)
# Without libcrypt from the start, ASan finds no crypt() to pass pam_unix's call
# on to.
SAN_PAM := $(SAN_OBJ:%=-Wl,--no-as-needed -lcrypt)
HELPER_LIB_OBJ := $(HELPER_LIB_SRC:%.c=$(O)/obj/%.o) \
	$(O)/obj/sandbox/programs.o $(SAN_OBJ)
CTL_LIB_OBJ := $(CTL_LIB_SRC:%.c=$(O)/obj/%.o)
CTL_OBJ := $(O)/obj/twofactl/twofactl.o $(CTL_LIB_OBJ) \
	$(LIB_SRC:%.c=$(O)/obj/%.o) $(SAN_OBJ)
SIM_OBJ := $(SIM_SRC:%.c=$(O)/obj/%.o) $(SAN_OBJ)
UNIT_LIB_OBJ := $(UNIT_LIB_SRC:%.c=$(O)/obj/%.o)
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(O)/%,$(wildcard tests/fuzz/*.c))
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
# For make fuzz: how long each target runs, and which ones ("": all).
SECONDS ?= 60
TARGETS ?=
# Programs that only tests start; tests/host/*.mk adds its own.
TEST_BIN := $(O)/test/twofa-helper $(if $(SAN),$(O)/test/asan_options.so)

# V=1 shows the commands.
Q := $(if $(V),,@)

all: $(O)/pam_twofa.so $(O)/twofa-helper $(O)/twofactl $(O)/twofa-simulator \
	$(O)/man/twofactl.8
	@packaging/give_back $(O)

help:
	@echo 'make                  module, helper, twofactl and simulator'
	@echo 'sudo make demo        a login with a phone code, end to end'
	@echo 'sudo make page        a page for the help desk, in Cockpit, to look at'
	@echo 'sudo make check       every test, in eight minutes; ends with N passed, N failed'
	@echo 'sudo make check-more  both builds, all points of failure; an hour at most'
	@echo 'make unit             the unit tests, no root needed'
	@echo 'sudo make e2e [T=..]  tests with a real sshd, sudo, su and login'
	@echo 'sudo make sanitize    unit and e2e tests under ASan and UBSan'
	@echo 'sudo make valgrind    the fault matrix with module and host under valgrind'
	@echo 'make fuzz             SECONDS=60 for each target; TARGETS= picks some'
	@echo 'make nomemory         a login with memory that runs out at every request'
	@echo 'sudo make coverage    which lines of module and helper no test runs'
	@echo 'sudo make bench       the cost of a login, beside other modules; ROUNDS=40'
	@echo 'make lint             the checks of style and hardening'
	@echo 'make format           apply clang-format'
	@echo 'sudo make install     PREFIX=$(PREFIX) SYSCONFDIR= PAMDIR= DESTDIR='
	@echo 'sudo make uninstall   PURGE=1 takes settings and state away, too'
	@echo 'make dist             the sources as a tarball'
	@echo 'make deb              Debian packages, in $(O)/deb'
	@echo 'make rpm              packages for Red Hat, Fedora and SUSE, in $(O)/rpm'
	@echo 'make release KEY=..   tarball, list of what is linked, checksums, signed'
	@echo 'make repository KEY=.. these for apt and dnf, for a static host'
	@echo 'sudo make check-deb   these on bare systems: in, up, down and out'
	@echo 'make clean            remove what was built'
	@echo 'O=DIR builds elsewhere than in build/; CC, CFLAGS, LDFLAGS hold; V=1 tells.'

$(O)/pam_twofa.so: $(MODULE_OBJ) pam_module/pam_twofa.map
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) -shared -o $@ $(MODULE_OBJ) \
	    -Wl,--version-script=pam_module/pam_twofa.map \
	    -Wl,-z,defs -Wl,--gc-sections -Wl,--as-needed $(STRIP) \
	    $(ALL_LDFLAGS) -lpam

$(O)/twofa-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))

# None of the helper's code: root's program calls no provider.
$(O)/twofactl: $(CTL_OBJ)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(CTL_PKGS))

$(O)/man/twofactl.8: docs/man/twofactl.8 packaging/manual-pages
	$(Q)packaging/manual-pages $(@D)

$(O)/twofa-simulator: $(SIM_OBJ)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(SIM_PKGS)) -lpthread

# In a tree of its own, by clang: make fuzz.
$(FUZZ_BIN): $(O)/%: $(O)/obj/tests/fuzz/%.o \
    $(filter-out %/unit_tests.o,$(UNIT_LIB_OBJ)) $(CTL_LIB_OBJ) \
    $(HELPER_LIB_OBJ)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(PIE) -o $@ $^ $(ALL_LDFLAGS) \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS) $(CTL_PKGS) $(UNIT_PKGS))

# The helper with a clock that tests can move.
$(O)/test/twofa-helper: $(O)/obj/helper/main.o $(O)/obj/tests/seams/clock.o \
    $(filter-out $(O)/obj/lib/system/clock.o,$(HELPER_LIB_OBJ))
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    -Wl,--wrap=filter_install_confined \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))

$(O)/test/asan_options.so: tests/seams/asan_options.c
	@mkdir -p $(@D)
	$(CC) -shared -fPIC -o $@ $< $(SAN_PAM)

# Visibility is by the symbol map; the pic tree holds the module's objects.
$(O)/pic/%.o: %.c $(O)/.flags | $(O)/.libraries
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(ALL_CFLAGS) $(MODULE_CC) -fPIC -MMD -MP -c -o $@ $<

$(O)/obj/%.o: %.c $(O)/.flags | $(O)/.libraries
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(filter $(TESTS_OWN),$<),-Wno-deprecated-declarations \
	    $(TESTS_CFLAGS)) \
	    -fPIE -MMD -MP -c -o $@ $<

# Files that the compiler does not list: the SQL that is included.
$(O)/obj/twofactl/fleet/fleet_sql.o: \
    $(wildcard lib/fleet_records/sql/*.sql twofactl/fleet/*.sh)

# By its whole path, too.
$(CURDIR)/$(O)/%: $(O)/% ;

$(O)/.libraries: packaging/libraries
	@mkdir -p $(@D)
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' packaging/libraries pam \
	    $(HELPER_PKGS) $(CTL_PKGS) $(SIM_PKGS) $(BUILD_PKGS)
	@touch $@

$(O)/.libraries-unit: $(O)/.libraries
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' packaging/libraries \
	    $(UNIT_PKGS)
	@touch $@

# Changed flags rebuild everything; they include the helper's path. Two makes
# may run at once (make check-more), so each one writes its own new file.
$(O)/.flags: export FLAGS = $(CC) $(ALL_CFLAGS) $(MODULE_CC) $(TESTS_CFLAGS)
$(O)/.flags: always
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s\n' "$$FLAGS" >$$new; \
	    if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

# Those of this build alone: another one may lie in a folder of it. To read all
# of them takes as long as uninstalling; DEPENDENCIES= leaves them out.
ifneq ($(filter-out uninstall help clean,$(or $(MAKECMDGOALS),all)),)
DEPENDENCIES = $(shell find $(O)/obj $(O)/pic $(O)/next -name '*.d' 2>/dev/null)
-include $(DEPENDENCIES)
endif
include helper/sandbox/sandbox.mk
include packaging/release.mk
-include $(wildcard tests/*/*.mk)

tests: $(UNIT_BIN) $(TEST_BIN)
	@rm -f $(filter-out $(UNIT_BIN),$(wildcard $(O)/unit/*))
	@packaging/give_back $(O)

unit: $(UNIT_BIN)
	tests/run -O $(O) unit

# A file is found by its name: T='test_first.py -k sudo'.
e2e_file = $(firstword $(subst ::, ,$(1)))
e2e_path = $(if $(filter %.py,$(e2e_file)),$(subst $(e2e_file),$(wildcard \
	tests/e2e/*/$(e2e_file)),$(1)),$(1))

e2e: all $(TEST_BIN)
	TWOFA_BUILD=$(O) tests/ns/enter $(PYTHON) -m pytest -q \
	    -p no:cacheprovider \
	    $(or $(foreach word,$(T),$(call e2e_path,$(word))),tests/e2e)

check:
	packaging/packages build test
	tests/run -O $(O)

# What make check runs once, or some of: before a larger change is done.
check-more:
	packaging/packages build test more page
	tests/run -O $(O) --more

# All of make check on each system, starting with a bare one: an hour.
check-bare:
	packaging/packages build test more
	@failed=0; for release in bookworm trixie noble resolute; do \
	    TRIAL_CHECK=all tests/packages/trial $$release || failed=1; \
	    done; exit $$failed

sanitize:
	packaging/packages build test
	tests/run -O $(O) asan-unit asan-e2e

# About three minutes; make check runs some of it.
valgrind: all $(TEST_BIN)
	TWOFA_VALGRIND=all TWOFA_BUILD=$(O) tests/ns/enter timeout 900 \
	    $(PYTHON) -m pytest -q -p no:cacheprovider \
	    tests/e2e/faults/test_matrix_valgrind.py

# Unit and e2e tests with gcc's counters; about ten minutes.
COUNTED := --coverage -fprofile-update=atomic -include tests/coverage/exit.h
coverage:
	$(MAKE) O=$(O)/coverage CC=gcc SAN='$(COUNTED)' CFLAGS='-O0 -g' \
	    coverage-run

coverage-run: all tests
	tests/coverage/run $(O)

fuzz-build:
	$(MAKE) O=$(O)/fuzz CC=clang SAN='$(FUZZ_SAN)' CFLAGS='-O1 -g1' \
	    fuzz-programs

fuzz-programs: $(FUZZ_BIN)

fuzz: fuzz-build
	tests/fuzz/run $(O)/fuzz $(SECONDS) $(TARGETS)

demo:
	@tests/ns/enter --look
	@packaging/packages build demo
	@echo 'building, in a minute or two ...'
	@$(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$$(nproc)) \
	    --no-print-directory -s O=$(O) all >/dev/null
	@TWOFA_BUILD=$(O) tests/ns/enter $(PYTHON) tests/demo/demo.py

# Of the help desk, in a browser of this machine's.
page:
	@tests/ns/enter --look
	@packaging/packages build demo page
	@$(MAKE) --no-print-directory -s O=$(O) all >/dev/null
	@TWOFA_BUILD=$(O) $(PYTHON) tests/page/page.py

lint: all
	tests/run -O $(O) lint

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

$(O)/compile_commands.json: $(O)/.flags $(C_SRC)
	@$(PYTHON) tests/lint/compdb.py $(O)/.flags $(C_SRC) >$@

compile_commands.json: $(O)/compile_commands.json
	cp $< $@

# Prism and the vendors' client libraries, for the tests that use them.
npm:
	tests/npm/install $(O)/npm

# For tests/run: the same tree with sanitizers. Their reports only need line
# numbers; more debug data would make the build half as long again. They follow
# frame pointers to find who asked for memory: the loader's is no leak. Tests' own
# files take two thirds of the time without optimisation. gold links in a quarter
# of the time.
asan:
	$(MAKE) O=$(O)/asan SAN='$(ASAN)' TESTS_CFLAGS=-O0 \
	    CFLAGS='-O1 -g1 -fno-omit-frame-pointer' \
	    LDFLAGS='$(LDFLAGS) $(if $(shell command -v ld.gold),-fuse-ld=gold)' \
	    all tests corpora

install: all
	@DESTDIR='$(DESTDIR)' BUILD='$(O)' PAMDIR='$(PAMDIR)' \
	    SYSCONFDIR='$(SYSCONFDIR)' LIBEXECDIR='$(LIBEXECDIR)' \
	    SBINDIR='$(SBINDIR)' BINDIR='$(BINDIR)' MANDIR='$(MANDIR)' \
	    DATADIR='$(DATADIR)' DOCDIR='$(DOCDIR)' \
	    STATEDIR='$(STATEDIR)' UNITDIR='$(UNITDIR)' DBUSDIR='$(DBUSDIR)' \
	    COCKPITDIR='$(COCKPITDIR)' packaging/install

uninstall:
	@DESTDIR='$(DESTDIR)' PAMDIR='$(PAMDIR)' \
	    SYSCONFDIR='$(SYSCONFDIR)' LIBEXECDIR='$(LIBEXECDIR)' \
	    SBINDIR='$(SBINDIR)' BINDIR='$(BINDIR)' MANDIR='$(MANDIR)' \
	    DATADIR='$(DATADIR)' DOCDIR='$(DOCDIR)' \
	    STATEDIR='$(STATEDIR)' UNITDIR='$(UNITDIR)' DBUSDIR='$(DBUSDIR)' \
	    COCKPITDIR='$(COCKPITDIR)' FORCE='$(FORCE)' PURGE='$(PURGE)' packaging/uninstall

clean:
	rm -rf $(O) compile_commands.json

always:
.PHONY: all help tests unit e2e check check-more check-bare sanitize valgrind coverage coverage-run fuzz fuzz-build fuzz-programs demo page lint format \
	compile_commands.json asan npm install uninstall clean always
.SECONDARY:
