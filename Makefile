# rfcat: Bluetooth RFCOMM as stdin and stdout.
#
#   make            the tools, in bin/
#   make demo       a conversation between two peers in the lab
#   make window     rfchat's window, where GTK 4 is installed; make install-window installs it
#   make check      every test and linter; ends in "N passed, N failed"
#   make bench      measurements, beside other tools'
#   make soak       random talk and faults, ten minutes long; prints each loss
#   make chat-soak  a conversation that loses its link twenty times while both type
#   make sync-soak  a hundred link losses between rooms, and a million lines heard twice
#   make fuzz       hostile input, a minute for each target
#   make coverage   the lines that the tests run, in the lab too
#   make memcheck   unit tests and connections with valgrind
#   make check-distros  make demo and make check on clean systems of several releases of Debian
#   make check-arch unit tests on emulated ARM and s390x processors, and an arm64 lab
#   make lab        two shells in the lab, each with an adapter
#   make dist       a tarball; make deb: a Debian package from it, tried out
#   make install    under $(DESTDIR)$(PREFIX); make uninstall is its inverse
#   V=1             shows the commands

VERSION = 0.1.0
PREFIX = /usr/local
BUILD = build
BIN = bin

CFLAGS = -O2 -g
SANITIZE =

# CI: -Werror. A newer compiler's warning must not stop a user's build, nor fail make check there.
WERROR ?=

# Flags in addition to any CFLAGS. glibc's checks (_FORTIFY_SOURCE) need optimisation.
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef $(WERROR)
OPTIMISED = $(filter-out -O0,$(filter -O%,$(CFLAGS)))
HARDEN = -fPIE -fstack-protector-strong $(if $(OPTIMISED),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDEN_LD = -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
ifneq ($(SANITIZE),)
HARDEN = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -DINSTRUMENTED
HARDEN_LD = -fsanitize=$(SANITIZE)
endif
# Files of 2 GiB and more, and times after 2038, on 32-bit processors.
WIDE = -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
# The library that has sd-bus: elogind where there is no systemd, as on Alpine.
SDBUS = systemd
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WIDE) -DRFCAT_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) \
	$(if $(filter elogind,$(SDBUS)),-I/usr/include/elogind) $(CFLAGS) $(HARDEN)

# The modules, an archive a layer: base knows neither Bluetooth nor chat; bt, chat and window know base. The
# linker takes the modules that a program uses, in that order. Modules with GTK are in no archive.
LAYERS = chat bt window base
layers = $(LAYERS:%=$(BUILD)/%.a)
modules = $(patsubst src/%.c,$(BUILD)/%.o,$(filter-out src/window/ui_%,$(wildcard src/$(1)/*.c)))
$(foreach layer,$(LAYERS),$(eval $(BUILD)/$(layer).a: $(call modules,$(layer))))

TOOLS = rfcat-listen rfcat-connect btscan btpublish chatline chatroom chatsync rfseal
$(BIN)/rfcat-listen $(BIN)/rfcat-connect: LDLIBS = -lbluetooth -lseccomp
$(BIN)/btscan $(BIN)/btpublish: LDLIBS = -lbluetooth -l$(SDBUS) -lseccomp
$(BIN)/chatline $(BIN)/chatroom: LDLIBS = -lseccomp
$(BIN)/chatsync: LDLIBS = -lsodium -lseccomp
$(BIN)/rfseal: LDLIBS = -lsodium -lseccomp

# The window uses no function newer than GTK 4.8, and later deprecations are no warnings. pkg-config
# runs only where the window is built.
WINDOW = $(BUILD)/rfchat-window.o $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/window/ui_*.c))
GTK_CFLAGS = $(subst -I/,-isystem /,$(shell pkg-config --cflags gtk4)) \
	-DGDK_VERSION_MIN_REQUIRED=GDK_VERSION_4_8 -DGDK_VERSION_MAX_ALLOWED=GDK_VERSION_4_8
$(WINDOW): ALL_CFLAGS += $(GTK_CFLAGS)
$(WINDOW): | gtk
gtk:
	@pkg-config --exists 'gtk4 >= 4.8' || { \
		echo 'make window: GTK 4.8 is missing (Debian: libgtk-4-dev and pkgconf)' >&2; exit 1; }
$(BIN)/rfchat-window: LDLIBS = $(shell pkg-config --libs gtk4)

# Unit tests need no Bluetooth. A test may define a module's functions itself, in its place.
UNITS = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
$(UNITS:%=$(BUILD)/unit/%): LDLIBS = -lcmocka -pthread -lbluetooth -l$(SDBUS) -lseccomp -lsodium

FUZZ = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
$(FUZZ:%=$(BUILD)/fuzz/%): LDLIBS = -fsanitize=fuzzer -lbluetooth -lseccomp -lsodium

.DEFAULT_GOAL = all

ifneq ($(V),1)
Q = @
endif

define compile
@mkdir -p $(@D)
@echo '  CC    $<'
$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
endef

define link
@mkdir -p $(@D)
@echo '  LINK  $@'
$(Q)$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(LDLIBS)
endef

# Made from nothing: a module that was removed must not stay in it.
define archive
@echo '  AR    $@'
$(Q)rm -f $@ && $(AR) rcsD $@ $^
endef

all: $(TOOLS:%=$(BIN)/%)
units: $(UNITS:%=$(BUILD)/unit/%)
	@:
fuzzers: $(FUZZ:%=$(BUILD)/fuzz/%)
	@:
window: $(BIN)/rfchat-window
lab-tools: $(BUILD)/lab/air
	@:

$(BIN)/%: $(BUILD)/%.o $(layers)
	$(link)

$(BIN)/rfchat-window: $(WINDOW) $(layers)
	$(link)

$(layers):
	$(archive)

$(BUILD)/%.o: src/%.c $(BUILD)/flags
	$(compile)

# tests/unit, tests/fuzz, tests/lab, tests/bench
$(BUILD)/%.o: tests/%.c $(BUILD)/flags
	$(compile)

$(BUILD)/unit/%: $(BUILD)/unit/%.o $(layers)
	$(link)

$(BUILD)/fuzz/%: $(BUILD)/fuzz/%.o $(layers)
	$(link)

$(BUILD)/bench/%: $(BUILD)/bench/%.o
	$(link)

$(BUILD)/lab/air: $(patsubst tests/%.c,$(BUILD)/%.o,$(wildcard tests/lab/*.c))
	$(link)
$(BUILD)/lab/air: LDLIBS = -lbluetooth

demo:
	@tests/need lab
	@$(MAKE) --no-print-directory all lab-tools
	@tests/lab/run lab-demo

lab:
	@tests/need lab
	@$(MAKE) --no-print-directory all lab-tools
	@tests/lab/run -i lab-shell

check: export WERROR = $(if $(CI),-Werror)
check:
	@tests/need check
	@$(MAKE) --no-print-directory all units lab-tools window
	@tests/check

# Most users have a Raspberry Pi; s390x has its bytes the other way round.
ARCHES = arm64 armhf s390x
check-arch:
	@tests/need arch
	@tests/arch $(BUILD)/arch $(ARCHES)

# README's commands, on clean systems.
DISTROS = bookworm trixie sid bullseye
check-distros:
	@tests/need distros
	@tests/distros $(BUILD)/distros $(DISTROS)

# Each program counts the lines that it runs, also when it forks: gnu11 lets GCC see that.
COVERAGE = $(BUILD)/coverage
coverage:
	@tests/need check
	@$(MAKE) --no-print-directory BUILD=$(COVERAGE) BIN=$(COVERAGE)/bin HARDEN_LD=--coverage \
		HARDEN='--coverage -std=gnu11 -DINSTRUMENTED -include tests/coverage.h' all units
	@$(MAKE) --no-print-directory all lab-tools
	@tests/coverage $(COVERAGE)

# Unrestricted, since valgrind needs system calls of its own.
MEMCHECK = $(BUILD)/memcheck
memcheck:
	@tests/need memcheck
	@$(MAKE) --no-print-directory BUILD=$(MEMCHECK) BIN=$(MEMCHECK)/bin HARDEN=-DINSTRUMENTED \
		HARDEN_LD= all units
	@$(MAKE) --no-print-directory all lab-tools
	@tests/memcheck $(MEMCHECK)

lint:
	@tests/need check
	@tests/lint

# Measured, beside others' tools: each program in tests/bench here, in tests/bench/lab in the lab.
BENCHES = $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench/*.c tests/bench/lab/*.c))
$(BUILD)/bench/lab/%: LDLIBS = -lbluetooth
$(BUILD)/bench/rooms: $(layers)
$(BUILD)/bench/rooms: LDLIBS = -lsodium
bench:
	@tests/need lab
	@$(MAKE) --no-print-directory all lab-tools $(BENCHES)
	@run-parts --exit-on-error tests/bench
	@[ ! -d tests/bench/lab ] || tests/lab/run -c 2 -t 1800 run-parts --exit-on-error tests/bench/lab

# Random talk and random faults for SOAK_SECS; prints what was lost.
SOAK_SECS = 600
soak:
	@tests/need lab
	@$(MAKE) --no-print-directory all lab-tools
	@tests/lab/run -n 4 -t $$(($(SOAK_SECS) + 180)) tests/soak/soak $(SOAK_SECS)

# The tests of chatsync's faults for longer: SYNC_LOSSES link losses, and SYNC_AWAY lines that a room missed.
SYNC_LOSSES = 100
SYNC_AWAY = 100000
sync-soak:
	@tests/need lab
	@$(MAKE) --no-print-directory all units lab-tools
	@$(BUILD)/unit/sync 1000000
	@tests/lab/run -n 4 -t 1800 env SYNC_LOSSES=$(SYNC_LOSSES) SYNC_AWAY=$(SYNC_AWAY) \
		bats --timing tests/chatsync.bats

# Conversations of rfchat, by pipes, at terminals and in windows, whose link is lost so many times.
CHAT_LOSSES = 20
chat-soak:
	@tests/need check
	@$(MAKE) --no-print-directory all lab-tools window
	@tests/lab/run -n 4 -t 3600 env RFCHAT_LOSSES=$(CHAT_LOSSES) WINDOW_LOSSES=$(CHAT_LOSSES) \
		bats --timing -f 'link is lost|^terminals|^window' tests/rfchat.bats tests/soak

# Each target for FUZZ_SECS seconds, by libFuzzer.
FUZZ_SECS = 60
FUZZING = $(BUILD)/fuzzing
fuzz:
	@tests/need check
	@$(MAKE) --no-print-directory CC=clang BUILD=$(FUZZING) \
		SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@tests/fuzz/run $(FUZZ_SECS) $(FUZZ:%=$(FUZZING)/fuzz/%)

# The installed files: mode:file:place below PREFIX.
PROGRAMS = $(TOOLS:%=$(BIN)/%) bin/rfchat
ZSHDIR = share/zsh/site-functions
INSTALLED = $(foreach program,$(PROGRAMS),755:$(program):bin/$(notdir $(program)) \
	644:src/complete/rfcat.bash:share/bash-completion/completions/$(notdir $(program)) \
	644:src/complete/rfcat.fish:share/fish/vendor_completions.d/$(notdir $(program)).fish) \
	644:src/complete/rfcat.zsh:$(ZSHDIR)/_rfcat \
	$(foreach chapter,$(wildcard src/rfchat/*.sh),644:$(chapter):share/rfcat/$(notdir $(chapter))) \
	$(foreach page,$(filter-out man/rfchat-window.1,$(wildcard man/*.[17])), \
	644:$(page):share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))

# The window is installed separately, since it alone needs GTK.
WINDOW_INSTALLED = 755:$(BIN)/rfchat-window:bin/rfchat-window \
	644:src/window/org.rfcat.Chat.desktop:share/applications/org.rfcat.Chat.desktop \
	644:src/window/org.rfcat.Chat.svg:share/icons/hicolor/scalable/apps/org.rfcat.Chat.svg \
	644:src/complete/rfcat.bash:share/bash-completion/completions/rfchat-window \
	644:src/complete/rfcat.fish:share/fish/vendor_completions.d/rfchat-window.fish \
	644:man/rfchat-window.1:share/man/man1/rfchat-window.1
install-window uninstall-window: INSTALLED = $(WINDOW_INSTALLED)

install: all
install-window: window
install install-window:
	@set -e; for entry in $(INSTALLED); do \
		place="$(DESTDIR)$(PREFIX)/$${entry##*:}" file=$${entry#*:}; \
		install -D -m "$${entry%%:*}" "$${file%:*}" "$$place"; \
	done

# Removes exactly the installed files. Folders stay, except empty ones in a DESTDIR.
uninstall uninstall-window:
	@for entry in $(INSTALLED); do \
		rm -f "$(DESTDIR)$(PREFIX)/$${entry##*:}"; \
	done; [ -z "$(DESTDIR)" ] || for entry in $(INSTALLED); do \
		dir=$${entry##*:}; dir=$${dir%/*}; \
		[ ! -d "$(DESTDIR)$(PREFIX)/$$dir" ] || (cd "$(DESTDIR)" && \
			rmdir -p --ignore-fail-on-non-empty "$(PREFIX:/%=%)/$$dir"); \
	done

# The tarball of what is committed: reproducible, byte by byte.
DIST = $(BUILD)/rfcat-$(VERSION).tar.gz
dist:
	@mkdir -p $(BUILD)
	@git -c tar.umask=0022 archive --format=tar --prefix=rfcat-$(VERSION)/ HEAD | gzip -9n >$(DIST)
	@sha256sum $(DIST)

# A Debian package from it; then a test of installing and removing it. Takes some minutes.
deb: dist
	@tests/need deb
	@tests/package $(DIST)

# Rebuild everything when the compiler or a flag changes; but make install takes what was built.
ifeq ($(filter install install-window,$(MAKECMDGOALS)),)
$(BUILD)/flags: FORCE
endif
$(BUILD)/flags:
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(HARDEN_LD) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(HARDEN_LD) $(LDFLAGS)' >$@

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)

clean:
	rm -rf $(BUILD) $(TOOLS:%=$(BIN)/%) $(BIN)/rfchat-window

.PHONY: all units gtk window install-window uninstall-window fuzzers lab-tools demo lab check check-arch check-distros coverage memcheck lint bench soak chat-soak sync-soak fuzz dist deb install uninstall clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
