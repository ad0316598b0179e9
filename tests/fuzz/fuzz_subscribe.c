/*
 * fuzz_subscribe.c - bytes of a client to the stream socket, cut anywhere.
 *
 * The first byte says how the rest is cut into pieces. Whatever a client
 * says, the subscriber must come to rest (it waits, or is gone), and all
 * that it is told must be whole lines of JSON, `error` and `bye` the last.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "sink/named.h"
#include "sink/recent.h"
#include "sink/subscriber.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct journal *journal;
static struct sub_env env;

static const char *const *
names(void *cookie)
{
	static const char *const list[] = { "talks", "us-strikes", NULL };

	(void)cookie;
	return list;
}

static void
set_up(void)
{
	static const struct journal_params params = { .journal_keep_s = 1 };
	struct sink_context sc = { .version = "0", .topic_names = names };
	struct journal_topic t = {
		.name = "talks", .level = TOPIC_ABOUT, .score = 1
	};
	static const char body[] = "{\"item\":{\"_wiresift\":{\"r\":1}}}";

	sc.journal = journal = journal_open_mem(&params);
	journal->epoch = 35; /* "z" */
	if (journal->ops->begin(journal) == -1)
		abort();
	for (int i = 0; i < 20; i++) {
		struct record r = { .topics = &t,
			.feed = "f",
			.lang = "en",
			.origin = "AP",
			.origins = 2,
			.item_id = "i",
			.at_ms = i * 1000,
			.ntopics = 1,
			.relation = (enum relation)(i % 5),
			.body = body,
			.body_len = strlen(body),
			.explain = i % 2 ? "{}" : NULL,
			.explain_len = 2 };

		if (journal->ops->append(journal, &r) == -1)
			abort();
	}
	if (journal->ops->commit(journal) == -1)
		abort();
	sub_env_init(&env, &sc);
	env.named = named_new(journal, "s");
	recent_advance(env.recent);
}

/* Whole lines, each an object of one frame; nothing after the last word. */
static void
check(const struct strbuf *told)
{
	const char *p = told->data, *nl;
	bool last = false;

	for (; *p != '\0'; p = nl + 1) {
		json_t *j;

		if ((nl = strchr(p, '\n')) == NULL || last)
			abort();
		j = json_loadb(p, (size_t)(nl - p), 0, NULL);
		if (!json_is_object(j))
			abort();
		last = json_object_get(j, "error") != NULL ||
		       json_object_get(j, "bye") != NULL;
		json_decref(j);
	}
}

static enum sub_want
settle(struct subscriber *sub, int client, struct strbuf *told)
{
	enum sub_want want;
	char buf[65536];

	for (int i = 0; i < 100000; i++) {
		ssize_t n;

		subscriber_readable(sub);
		want = subscriber_step(sub, 0);
		while ((n = recv(client, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			strbuf_append(told, buf, (size_t)n);
		if (want != SUB_WRITE)
			return want;
	}
	abort(); /* it never comes to rest */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct subscriber *sub;
	struct strbuf told;
	enum sub_want want = SUB_READ;
	size_t piece;
	int pair[2];

	if (journal == NULL)
		set_up();
	if (size == 0 || size > 65536 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == -1)
		return 0;
	piece = 1 + (size_t)data[0] * (size_t)data[0];
	data++;
	size--;
	sub = subscriber_new(&env, pair[1], 0);
	strbuf_init(&told, (size_t)256 << 20);
	while (size > 0 && want != SUB_GONE) {
		size_t n = size < piece ? size : piece;

		if (send(pair[0], data, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		data += n;
		size -= n;
		want = settle(sub, pair[0], &told);
		/* Two steps: a piece may hold more than one read takes. */
		if (want != SUB_GONE)
			want = settle(sub, pair[0], &told);
	}
	shutdown(pair[0], SHUT_WR);
	if (want != SUB_GONE)
		settle(sub, pair[0], &told);
	check(&told);
	strbuf_fini(&told);
	subscriber_free(sub);
	close(pair[0]);
	return 0;
}
