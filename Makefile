# wiresift - one Makefile, no recursion; everything built goes to build/.
#
#   make            build/release/wiresiftd and build/release/wiresift
#   make run        install what is missing, build, run the demo
#   make check      install what is missing, build, run every test, short
#   make prove      the same proofs at their full counts; takes hours
#   make nightly    fuzz every target for FUZZ_S=60 seconds, and tell
#   make table      the tables of manners and of attacks, with their proofs
#   make lint       layout, lints, layers, man pages
#   make bench      measure the hot paths
#   make install    to $(DESTDIR)$(PREFIX), configuration to $(SYSCONFDIR)
#   make deps       only install what is missing (Debian 12, as root)
#   VARIANT=release|debug|san

VERSION := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG | head -n 1)
VARIANT ?= release
B := build/$(VARIANT)
CC := gcc
PREFIX ?= /usr/local
DESTDIR ?=
# Where wiresift/wiresift.yaml is looked for by an installed program.
SYSCONFDIR ?= /etc

PKGS := libevent_core libevent_extra libcurl expat yaml-0.1 sqlite3 jansson \
	libxxhash libutf8proc libsystemd nettle

# One source a line, a block a folder.

SRCS_BASE :=
SRCS_BASE += daemon/base/daytime.c
SRCS_BASE += daemon/base/arena.c
SRCS_BASE += daemon/base/clock.c
SRCS_BASE += daemon/base/diag.c
SRCS_BASE += daemon/base/frame.c
SRCS_BASE += daemon/base/fsutil.c
SRCS_BASE += daemon/base/hash.c
SRCS_BASE += daemon/base/hmac.c
SRCS_BASE += daemon/base/hmap.c
SRCS_BASE += daemon/base/listenat.c
SRCS_BASE += daemon/base/log.c
SRCS_BASE += daemon/base/plural.c
SRCS_BASE += daemon/base/steady.c
SRCS_BASE += daemon/base/strbuf.c
SRCS_BASE += daemon/base/utf8.c
SRCS_BASE += daemon/base/xmalloc.c
SRCS_BASE += daemon/base/htmlent.c
SRCS_BASE += daemon/base/url.c
SRCS_BASE += daemon/base/url_canonical.c
SRCS_BASE += daemon/base/url_redact.c
SRCS_BASE += daemon/base/unixsock.c

SRCS_ITEM :=
SRCS_ITEM += daemon/item/item.c
SRCS_ITEM += daemon/item/item_codec.c
SRCS_ITEM += daemon/item/item_json.c
SRCS_ITEM += daemon/item/item_time.c

SRCS_FEED :=
SRCS_FEED += daemon/feed/opml.c
SRCS_FEED += daemon/feed/base64.c
SRCS_FEED += daemon/feed/capture.c
SRCS_FEED += daemon/feed/cdata.c
SRCS_FEED += daemon/feed/charset.c
SRCS_FEED += daemon/feed/charset_convert.c
SRCS_FEED += daemon/feed/charset_guess.c
SRCS_FEED += daemon/feed/date.c
SRCS_FEED += daemon/feed/date_names.c
SRCS_FEED += daemon/feed/doc.c
SRCS_FEED += daemon/feed/doc_json.c
SRCS_FEED += daemon/feed/elem.c
SRCS_FEED += daemon/feed/fields.c
SRCS_FEED += daemon/feed/fields_link.c
SRCS_FEED += daemon/feed/jsonfeed.c
SRCS_FEED += daemon/feed/links.c
SRCS_FEED += daemon/feed/person.c
SRCS_FEED += daemon/feed/prolog.c
SRCS_FEED += daemon/feed/record.c
SRCS_FEED += daemon/feed/repair.c
SRCS_FEED += daemon/feed/repair_text.c
SRCS_FEED += daemon/feed/root.c
SRCS_FEED += daemon/feed/xml.c
SRCS_FEED += daemon/feed/plan.c
SRCS_FEED += daemon/feed/newest.c
SRCS_FEED += daemon/feed/json_mend.c

SRCS_TEXT :=
SRCS_TEXT += daemon/text/fold.c
SRCS_TEXT += daemon/text/furniture.c
SRCS_TEXT += daemon/text/furniture_save.c
SRCS_TEXT += daemon/text/furniture_title.c
SRCS_TEXT += daemon/text/gaps.c
SRCS_TEXT += daemon/text/html.c
SRCS_TEXT += daemon/text/item_text.c
SRCS_TEXT += daemon/text/lang.c
SRCS_TEXT += daemon/text/plain.c
SRCS_TEXT += daemon/text/parts.c
SRCS_TEXT += daemon/text/scan.c
SRCS_TEXT += daemon/text/tail.c
SRCS_TEXT += daemon/text/tail_table.c
SRCS_TEXT += daemon/text/token.c

SRCS_TOPIC :=
SRCS_TOPIC += daemon/topic/best.c
SRCS_TOPIC += daemon/topic/build_node.c
SRCS_TOPIC += daemon/topic/build_term.c
SRCS_TOPIC += daemon/topic/candidates.c
SRCS_TOPIC += daemon/topic/canon.c
SRCS_TOPIC += daemon/topic/cases.c
SRCS_TOPIC += daemon/topic/compile.c
SRCS_TOPIC += daemon/topic/eval.c
SRCS_TOPIC += daemon/topic/explain.c
SRCS_TOPIC += daemon/topic/index.c
SRCS_TOPIC += daemon/topic/json.c
SRCS_TOPIC += daemon/topic/level.c
SRCS_TOPIC += daemon/topic/lint.c
SRCS_TOPIC += daemon/topic/match.c
SRCS_TOPIC += daemon/topic/presearch.c
SRCS_TOPIC += daemon/topic/rules.c
SRCS_TOPIC += daemon/topic/span.c
SRCS_TOPIC += daemon/topic/term.c

SRCS_COPY :=
SRCS_COPY += daemon/copy/copies.c
SRCS_COPY += daemon/copy/decide.c
SRCS_COPY += daemon/copy/lookup.c
SRCS_COPY += daemon/copy/doc.c
SRCS_COPY += daemon/copy/features.c
SRCS_COPY += daemon/copy/figures.c
SRCS_COPY += daemon/copy/focus.c
SRCS_COPY += daemon/copy/candidates.c
SRCS_COPY += daemon/copy/packed.c
SRCS_COPY += daemon/copy/postings.c
SRCS_COPY += daemon/copy/ledger.c
SRCS_COPY += daemon/copy/ledger_json.c
SRCS_COPY += daemon/copy/ledger_packed.c
SRCS_COPY += daemon/copy/lexicon.c
SRCS_COPY += daemon/copy/shelf.c
SRCS_COPY += daemon/copy/signature.c
SRCS_COPY += daemon/copy/story.c
SRCS_COPY += daemon/copy/verdict.c
SRCS_COPY += daemon/copy/weight.c
SRCS_COPY += daemon/copy/weight_prior.c
SRCS_COPY += daemon/copy/window.c

SRCS_PIPELINE :=
SRCS_PIPELINE += daemon/pipeline/agency.c
SRCS_PIPELINE += daemon/pipeline/alert.c
SRCS_PIPELINE += daemon/pipeline/alert_body.c
SRCS_PIPELINE += daemon/pipeline/alert_held.c
SRCS_PIPELINE += daemon/pipeline/alert_news.c
SRCS_PIPELINE += daemon/pipeline/alert_rate.c
SRCS_PIPELINE += daemon/pipeline/alert_story.c
SRCS_PIPELINE += daemon/pipeline/classify.c
SRCS_PIPELINE += daemon/pipeline/decided.c
SRCS_PIPELINE += daemon/pipeline/health.c
SRCS_PIPELINE += daemon/pipeline/identity.c
SRCS_PIPELINE += daemon/pipeline/origin.c
SRCS_PIPELINE += daemon/pipeline/poll.c
SRCS_PIPELINE += daemon/pipeline/relate.c
SRCS_PIPELINE += daemon/pipeline/revise.c
SRCS_PIPELINE += daemon/pipeline/seen.c

SRCS_CONFIG :=
SRCS_CONFIG += daemon/config/yaml.c
SRCS_CONFIG += daemon/config/config.c
SRCS_CONFIG += daemon/config/config_alerts.c
SRCS_CONFIG += daemon/config/config_check.c
SRCS_CONFIG += daemon/config/config_files.c
SRCS_CONFIG += daemon/config/config_keys.c
SRCS_CONFIG += daemon/config/config_load.c
SRCS_CONFIG += daemon/config/config_sinks.c
SRCS_CONFIG += daemon/config/config_opml.c
SRCS_CONFIG += daemon/config/config_trial.c
SRCS_CONFIG += daemon/config/schema.c
SRCS_CONFIG += daemon/config/schema_value.c
SRCS_CONFIG += daemon/config/schema_write.c
SRCS_CONFIG += daemon/config/rules_load.c
SRCS_CONFIG += daemon/config/rules_node.c

SRCS_STORE :=
SRCS_STORE += daemon/store/cursor.c
SRCS_STORE += daemon/store/record.c
SRCS_STORE += daemon/store/feedcols.c
SRCS_STORE += daemon/store/sqlite_schema.c
SRCS_STORE += daemon/store/sqlite_db.c
SRCS_STORE += daemon/store/sqlite_open.c
SRCS_STORE += daemon/store/sqlite_wal.c
SRCS_STORE += daemon/store/sqlite_records.c
SRCS_STORE += daemon/store/sqlite_feeds.c
SRCS_STORE += daemon/store/sqlite_alerts.c
SRCS_STORE += daemon/store/sqlite_archive.c
SRCS_STORE += daemon/store/journal_sqlite.c
SRCS_STORE += daemon/store/sqlite_prune.c
SRCS_STORE += daemon/store/sqlite_reserve.c
SRCS_STORE += daemon/store/front.c
SRCS_STORE += daemon/store/journal_mem.c
SRCS_STORE += daemon/store/mem_state.c
SRCS_STORE += daemon/store/mem_records.c
SRCS_STORE += daemon/store/mem_archive.c
SRCS_STORE += daemon/store/mem_rows.c
SRCS_STORE += daemon/store/mem_prune.c

SRCS_NET :=
SRCS_NET += daemon/net/guard.c
SRCS_NET += daemon/net/resolver.c
SRCS_NET += daemon/net/evcurl.c
SRCS_NET += daemon/net/fetch.c
SRCS_NET += daemon/net/fetch_easy.c
SRCS_NET += daemon/net/hop.c
SRCS_NET += daemon/net/hosts.c
SRCS_NET += daemon/net/response.c
SRCS_NET += daemon/net/deliver.c
SRCS_NET += daemon/net/pin.c

SRCS_SINK :=
SRCS_SINK += daemon/sink/filter.c
SRCS_SINK += daemon/sink/request.c
SRCS_SINK += daemon/sink/recent.c
SRCS_SINK += daemon/sink/subscriber.c
SRCS_SINK += daemon/sink/subscriber_limits.c
SRCS_SINK += daemon/sink/subscriber_name.c
SRCS_SINK += daemon/sink/batch.c
SRCS_SINK += daemon/sink/stream.c
SRCS_SINK += daemon/sink/filelog.c
SRCS_SINK += daemon/sink/filelog_file.c
SRCS_SINK += daemon/sink/fields.c
SRCS_SINK += daemon/sink/file.c
SRCS_SINK += daemon/sink/named.c
SRCS_SINK += daemon/sink/filelog_rotate.c
SRCS_SINK += daemon/sink/courier.c
SRCS_SINK += daemon/sink/courier_letter.c
SRCS_SINK += daemon/sink/webhook.c
SRCS_SINK += daemon/sink/mail.c
SRCS_SINK += daemon/sink/mime.c
SRCS_SINK += daemon/sink/gist.c
SRCS_SINK += daemon/sink/secret.c
SRCS_SINK += daemon/sink/exec.c
SRCS_SINK += daemon/sink/child.c
SRCS_SINK += daemon/sink/feedout.c
SRCS_SINK += daemon/sink/feedfile.c

SRCS_GATHERER :=
SRCS_GATHERER += daemon/gatherer/setup.c
SRCS_GATHERER += daemon/gatherer/schedule.c
SRCS_GATHERER += daemon/gatherer/visit.c
SRCS_GATHERER += daemon/gatherer/digest.c
SRCS_GATHERER += daemon/gatherer/intake.c
SRCS_GATHERER += daemon/gatherer/identify.c
SRCS_GATHERER += daemon/gatherer/gatherer.c
SRCS_GATHERER += daemon/gatherer/uplink.c
SRCS_GATHERER += daemon/gatherer/confine.c
SRCS_GATHERER += daemon/gatherer/remember.c
SRCS_GATHERER += daemon/gatherer/sandbox.c

SRCS_DESK :=
SRCS_DESK += daemon/desk/alerts.c
SRCS_DESK += daemon/desk/archive.c
SRCS_DESK += daemon/desk/assign.c
SRCS_DESK += daemon/desk/commit.c
SRCS_DESK += daemon/desk/control.c
SRCS_DESK += daemon/desk/desk.c
SRCS_DESK += daemon/desk/feeds.c
SRCS_DESK += daemon/desk/http.c
SRCS_DESK += daemon/desk/http_feed.c
SRCS_DESK += daemon/desk/link.c
SRCS_DESK += daemon/desk/lookback.c
SRCS_DESK += daemon/desk/lookback_item.c
SRCS_DESK += daemon/desk/metrics.c
SRCS_DESK += daemon/desk/openmetrics.c
SRCS_DESK += daemon/desk/tally.c
SRCS_DESK += daemon/desk/notify.c
SRCS_DESK += daemon/desk/polls.c
SRCS_DESK += daemon/desk/salvage.c
SRCS_DESK += daemon/desk/rebuild.c
SRCS_DESK += daemon/desk/reload.c
SRCS_DESK += daemon/desk/sinknet.c
SRCS_DESK += daemon/desk/sinks.c
SRCS_DESK += daemon/desk/status.c
SRCS_DESK += daemon/desk/supervise.c
SRCS_DESK += daemon/desk/verbs.c

# Everything directly in daemon/ but main.c.
SRCS_DAEMON :=

SRCS := $(SRCS_BASE) $(SRCS_ITEM) $(SRCS_FEED) $(SRCS_TEXT) $(SRCS_TOPIC) \
	$(SRCS_COPY) $(SRCS_PIPELINE) $(SRCS_CONFIG) $(SRCS_STORE) \
	$(SRCS_NET) $(SRCS_SINK) $(SRCS_GATHERER) $(SRCS_DESK) $(SRCS_DAEMON)

# The command `wiresift`, a verb a file.
SRCS_TOOL :=
SRCS_TOOL += tools/backtest.c
SRCS_TOOL += tools/client.c
SRCS_TOOL += tools/client_path.c
SRCS_TOOL += tools/cmd_alert.c
SRCS_TOOL += tools/cmd_backtest.c
SRCS_TOOL += tools/cmd_check.c
SRCS_TOOL += tools/cmd_explain.c
SRCS_TOOL += tools/cmd_feeds.c
SRCS_TOOL += tools/cmd_lookback.c
SRCS_TOOL += tools/lookback.c
SRCS_TOOL += tools/cmd_opml.c
SRCS_TOOL += tools/cmd_reload.c
SRCS_TOOL += tools/cmd_replay.c
SRCS_TOOL += tools/cmd_status.c
SRCS_TOOL += tools/cmd_tail.c
SRCS_TOOL += tools/cmd_top.c
SRCS_TOOL += tools/lines.c
SRCS_TOOL += tools/replay.c
SRCS_TOOL += tools/replay_file.c
SRCS_TOOL += tools/show.c
SRCS_TOOL += tools/signals.c
SRCS_TOOL += tools/show_status.c
SRCS_TOOL += tools/tool_config.c
SRCS_TOOL += tools/cmd_parse.c
SRCS_TOOL += tools/wiresift.c

# The feed server of the demo and the load tests.
SRCS_FEEDSERVER :=
SRCS_FEEDSERVER += tools/feedfile.c
SRCS_FEEDSERVER += tools/feedload.c
SRCS_FEEDSERVER += tools/feedserver.c

# Unit tests: tests/unit/NAME.c is one cmocka program each.
TESTS_BASE :=
TESTS_BASE += tests/unit/test_alert.c
TESTS_BASE += tests/unit/test_health.c
TESTS_BASE += tests/unit/test_relate.c
TESTS_BASE += tests/unit/test_identity.c
TESTS_BASE += tests/unit/test_origin.c
TESTS_BASE += tests/unit/test_poll.c
TESTS_BASE += tests/unit/test_item.c
TESTS_BASE += tests/unit/test_url.c
TESTS_BASE += tests/unit/test_unixsock.c
TESTS_BASE += tests/unit/test_frame.c
TESTS_BASE += tests/unit/test_hash.c
TESTS_BASE += tests/unit/test_memory.c
TESTS_BASE += tests/unit/test_report.c
TESTS_BASE += tests/unit/test_steady.c
TESTS_BASE += tests/unit/test_strings.c

TESTS_FEED :=
TESTS_FEED += tests/unit/test_plan.c
TESTS_FEED += tests/unit/test_opml.c
TESTS_FEED += tests/unit/test_date.c
TESTS_FEED += tests/unit/test_feed.c
TESTS_FEED += tests/unit/test_feed_damage.c

TESTS_TEXT :=
TESTS_TEXT += tests/unit/test_furniture.c
TESTS_TEXT += tests/unit/test_html.c
TESTS_TEXT += tests/unit/test_parts.c
TESTS_TEXT += tests/unit/test_scan.c
TESTS_TEXT += tests/unit/test_token.c

TESTS_TOPIC :=
TESTS_TOPIC += tests/unit/test_copies.c
TESTS_TOPIC += tests/unit/test_verdict.c
TESTS_TOPIC += tests/unit/test_ledger.c
TESTS_TOPIC += tests/unit/test_copies_room.c
TESTS_TOPIC += tests/unit/test_copies_window.c
TESTS_TOPIC += tests/unit/test_stories.c
TESTS_TOPIC += tests/unit/test_topic.c
TESTS_TOPIC += tests/unit/test_topic_lint.c
TESTS_TOPIC += tests/unit/test_topic_reference.c

TESTS_CONFIG :=
TESTS_CONFIG += tests/unit/test_config.c
TESTS_CONFIG += tests/unit/test_yaml.c

TESTS_STORE :=
TESTS_STORE += tests/unit/test_journal.c
TESTS_STORE += tests/unit/test_journal_faults.c
TESTS_STORE += tests/unit/test_stream.c
TESTS_STORE += tests/unit/test_filelog.c
TESTS_STORE += tests/unit/test_sinks.c
TESTS_STORE += tests/unit/test_letters.c
TESTS_STORE += tests/unit/test_courier.c
TESTS_STORE += tests/unit/test_rotate.c

TESTS_NET :=
TESTS_NET += tests/unit/test_fetch.c
TESTS_NET += tests/unit/test_guard.c
TESTS_NET += tests/unit/test_hosts.c
TESTS_NET += tests/unit/test_resolver.c

TESTS_DESK :=
TESTS_DESK += tests/unit/test_sandbox.c
TESTS_DESK += tests/unit/test_gatherer.c
TESTS_DESK += tests/unit/test_intake.c
TESTS_DESK += tests/unit/test_commit.c
TESTS_DESK += tests/unit/test_remember.c
TESTS_DESK += tests/unit/test_publisher.c
TESTS_DESK += tests/unit/test_link.c
TESTS_DESK += tests/unit/test_leave.c

TESTS := $(TESTS_BASE) $(TESTS_FEED) $(TESTS_TEXT) $(TESTS_TOPIC) \
	$(TESTS_CONFIG) $(TESTS_STORE) $(TESTS_NET) $(TESTS_DESK)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wformat=2 -Wvla \
	-Wundef -Wpointer-arith -Werror
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2
OPT_debug := -O0 -g3
OPT_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
# libFuzzer's, for make fuzz.
OPT_fuzz := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
ifeq ($(VARIANT),fuzz)
CC := clang
WARN := -w
endif
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_debug :=
LINK_san := -fsanitize=address,undefined
LINK_fuzz := -fsanitize=fuzzer,address,undefined

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lstemmer -lm
ALL = -std=gnu11 $(OPT_$(VARIANT)) -fPIE -fstack-protector-strong $(WARN) \
	-D_GNU_SOURCE -DWIRESIFT_VERSION='"$(VERSION)"' \
	-DWIRESIFT_SYSCONFDIR='"$(SYSCONFDIR)"' -Idaemon $(PKG_CFLAGS)

PROGRAMS :=
ifneq ($(wildcard daemon/main.c),)
PROGRAMS += $(B)/wiresiftd
endif
ifneq ($(wildcard tools/wiresift.c),)
PROGRAMS += $(B)/wiresift
endif

all: $(PROGRAMS) $(B)/libwiresift.a

$(B)/libwiresift.a: $(SRCS:%.c=$(B)/%.o)
	@rm -f $@
	@echo "  AR  $@"
	@ar rcs $@ $^

$(B)/wiresiftd: $(B)/daemon/main.o $(B)/libwiresift.a
	@echo "  LD  $@"
	@$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/wiresift: $(SRCS_TOOL:%.c=$(B)/%.o) $(B)/libwiresift.a
	@echo "  LD  $@"
	@$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/wiresift-feedserver: $(SRCS_FEEDSERVER:%.c=$(B)/%.o) $(B)/libwiresift.a
	@echo "  LD  $@"
	@$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(ALL) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libwiresift.a
	@echo "  LD  $@"
	@$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(LIBS) -lcmocka

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(B)/libwiresift.a
	@echo "  LD  $@"
	@$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(LIBS) $(BENCH_LIBS)

# What a bench compares with, each if it is installed; never in the product.
PEERS := $(foreach p,libhs libpcre2-8 libxml-2.0,$(shell \
	pkg-config --exists $p 2>/dev/null && echo $p))
$(B)/tests/bench/peers.o: CFLAGS += $(shell echo $(PEERS) | tr a-z.- A-Z__ | \
	sed 's/[^ ][^ ]*/-DHAVE_&/g') \
	$(and $(PEERS),$(shell pkg-config --cflags $(PEERS)))
$(B)/tests/bench/bench_topic: $(B)/tests/bench/corpus.o $(B)/tests/bench/peers.o
$(B)/tests/bench/bench_topic: BENCH_LIBS = \
	$(and $(PEERS),$(shell pkg-config --libs $(PEERS)))

$(B)/tests/unit/test_feed $(B)/tests/unit/test_feed_damage: \
	$(B)/tests/unit/feedfact.o

$(B)/tests/unit/test_scan $(B)/tests/fuzz/fuzz_scan: \
	$(B)/tests/unit/slow_tokens.o

# One unit test: make unit-strbuf
unit-%: $(B)/tests/unit/%
	$<

unit: $(TESTS:tests/unit/%.c=$(B)/tests/unit/%)
	@set -e; for t in $^; do $$t; done

# Fuzz targets: tests/fuzz/NAME.c, with NAME.dict and NAME.seeds/ if it has
# some. Under libFuzzer `make nightly` runs each FUZZ_S seconds; built by any
# other variant they run once over the files they are given, as `make check`
# does with the seeds.
FUZZ :=
FUZZ += tests/fuzz/fuzz_charset.c
FUZZ += tests/fuzz/fuzz_config.c
FUZZ += tests/fuzz/fuzz_copies.c
FUZZ += tests/fuzz/fuzz_date.c
FUZZ += tests/fuzz/fuzz_feed.c
FUZZ += tests/fuzz/fuzz_headers.c
FUZZ += tests/fuzz/fuzz_json.c
FUZZ += tests/fuzz/fuzz_link.c
FUZZ += tests/fuzz/fuzz_opml.c
FUZZ += tests/fuzz/fuzz_rules.c
FUZZ += tests/fuzz/fuzz_store.c
FUZZ += tests/fuzz/fuzz_scan.c
FUZZ += tests/fuzz/fuzz_subscribe.c
FUZZ += tests/fuzz/fuzz_text.c
FUZZ += tests/fuzz/fuzz_url.c
FUZZ_S ?= 60
FUZZ_MAIN := $(if $(filter fuzz,$(VARIANT)),,$(B)/tests/fuzz/standalone.o)

$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) \
		$(B)/libwiresift.a
	@echo "  LD  $@"
	@$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(LIBS)

fuzz-programs: $(FUZZ:tests/fuzz/%.c=$(B)/tests/fuzz/%)

# Each target for FUZZ_S seconds; FUZZ="tests/fuzz/fuzz_url.c" for only some.
fuzz nightly:
	@$(AGAIN) VARIANT=fuzz fuzz-programs
	@tests/fuzz/nightly.py $(FUZZ_S) $(FUZZ:%.c=build/fuzz/%)

# A fresh tree has no pkg-config yet when this file is read, so targets that
# install packages run make once more. Two jobs and more only if not told.
AGAIN = $(MAKE) --no-print-directory \
	$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

deps:
	@tools/deps.sh build check lint

run:
	@tools/deps.sh build
	@$(AGAIN) VARIANT=release all feedserver
	@tools/demo.sh

check prove:
	@tools/deps.sh build check
	@$(AGAIN) VARIANT=release all feedserver unit-programs
	@$(AGAIN) VARIANT=san all unit-programs fuzz-programs
	@$(if $(filter prove,$@),WIRESIFT_PROVE=full) \
		tests/run.py build/release build/san

# The tables of manners, attacks and faults, each row with its proof.
table: all unit-programs
	@tests/system/table.py

lint:
	@tools/deps.sh build lint
	@LINT_CFLAGS='$(filter-out -W% -DWIRESIFT_%,$(ALL))' tools/lint.sh

BENCHES :=
BENCHES += $(B)/tests/bench/bench_parse
BENCHES += $(B)/tests/bench/bench_topic
BENCHES += $(B)/tests/bench/bench_copy

# All of them, whatever one says; what each said of its ratios once more below.
bench: all $(BENCHES)
	@for b in $(wildcard tests/bench/*.sh); do \
		echo "== $$b"; $$b $(B) || echo "FAIL $$b"; \
	done | tee $(B)/bench.txt
	@echo "== summary"; grep -wE 'PASS|FAIL' $(B)/bench.txt; \
		! grep -qw FAIL $(B)/bench.txt

unit-programs: $(TESTS:tests/unit/%.c=$(B)/tests/unit/%)

feedserver: $(B)/wiresift-feedserver

# The unit files and the manual name /usr and /etc; here they get our prefix.
SYSTEMD_DIR ?= $(PREFIX)/lib
PLACED = sed -e 's|/usr/sbin/|$(PREFIX)/sbin/|g' \
	-e 's|/usr/bin/|$(PREFIX)/bin/|g' -e 's|/etc/wiresift|$(SYSCONFDIR)/wiresift|g' \
	-e 's|conf/recipes|$(PREFIX)/share/doc/wiresift/recipes|g'
D = $(DESTDIR)$(PREFIX)
ETC = $(DESTDIR)$(SYSCONFDIR)/wiresift

# A configuration that is already there stays as it is.
install: all
	install -D -m 755 $(B)/wiresiftd $(D)/sbin/wiresiftd
	install -D -m 755 $(B)/wiresift $(D)/bin/wiresift
	@set -e; for page in $$(find daemon tools conf -name '*.[1578]'); do \
		install -d $(D)/share/man/man$${page##*.}; \
		$(PLACED) $$page >$(D)/share/man/man$${page##*.}/$${page##*/}; \
	done
	@set -e; for unit in systemd/*.service systemd/*.socket; do \
		install -d $(DESTDIR)$(SYSTEMD_DIR)/systemd/system; \
		$(PLACED) $$unit \
			>$(DESTDIR)$(SYSTEMD_DIR)/systemd/system/$${unit##*/}; \
	done
	install -D -m 644 systemd/sysusers.conf \
		$(DESTDIR)$(SYSTEMD_DIR)/sysusers.d/wiresift.conf
	install -D -m 644 systemd/tmpfiles.conf \
		$(DESTDIR)$(SYSTEMD_DIR)/tmpfiles.d/wiresift.conf
	@set -e; cd conf; for f in $$(find . -name '*.yaml' ! -path './demo/*' \
			! -path './recipes/*'); do \
		[ -e $(ETC)/$$f ] || install -D -m 644 $$f $(ETC)/$$f; \
	done
	install -d $(D)/share/doc/wiresift/recipes
	install -m 644 conf/recipes/* $(D)/share/doc/wiresift/recipes
	chmod 755 $(D)/share/doc/wiresift/recipes/*.sh
	@set -e; for f in tools/completion/*.bash; do \
		[ ! -e $$f ] || install -D -m 644 $$f \
			$(D)/share/bash-completion/completions/$$(basename $$f .bash); \
	done

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)

.PHONY: all bench check clean deps feedserver fuzz fuzz-programs install lint nightly prove run table unit \
	unit-programs
.SECONDARY:
