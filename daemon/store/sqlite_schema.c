/* sqlite_schema.c - the tables, as a list of steps that is only added to. */
#include "store/sqlite_schema.h"

#include "base/macros.h"

const char *const schema_steps[] = {
	/*
	 * meta: epoch, key0, key1 (random, for ever); seq (newest record ever
	 * given out, the one source of sequence numbers: an AUTOINCREMENT has
	 * gaps); archive_bytes; record_bytes; clean (1 after a good stop).
	 * record.sum, feed.sum: over all that a reader relies on, because
	 * SQLite itself does not notice a flipped bit in a row.
	 * record.body lies behind the columns that filters look at.
	 */
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE record (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, relation INTEGER NOT NULL,"
	" sum INTEGER NOT NULL, feed TEXT, item_id TEXT, lang TEXT,"
	" story TEXT, topics BLOB NOT NULL, body TEXT NOT NULL,"
	" explain TEXT) STRICT;"
	"CREATE TABLE feed (id INTEGER PRIMARY KEY, feed TEXT NOT NULL UNIQUE,"
	" etag TEXT, last_modified TEXT, validators_url TEXT,"
	" body_hash INTEGER, last_attempt INTEGER, last_success INTEGER,"
	" next INTEGER, next_why TEXT, failures INTEGER, outcome TEXT,"
	" http_status INTEGER, why TEXT, title TEXT, moved_to TEXT,"
	" moved_count INTEGER, items INTEGER, bytes INTEGER, polls INTEGER,"
	" url TEXT, interval_s INTEGER, ttl_s INTEGER, period_s INTEGER,"
	" skip_hours INTEGER, skip_days INTEGER,"
	" sum INTEGER NOT NULL, seen BLOB NOT NULL) STRICT;"
	"CREATE TABLE archive (id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, item_id TEXT NOT NULL, feed TEXT NOT NULL,"
	" url TEXT, canonical TEXT, json TEXT NOT NULL) STRICT;"
	"CREATE INDEX archive_item_id ON archive (item_id);"
	"CREATE INDEX archive_canonical ON archive (canonical)"
	" WHERE canonical IS NOT NULL;"
	"CREATE INDEX archive_at ON archive (at);"
	"CREATE TABLE remembered (id INTEGER PRIMARY KEY,"
	" at INTEGER NOT NULL, relation INTEGER NOT NULL, of TEXT NOT NULL,"
	" story TEXT NOT NULL, reason TEXT NOT NULL, item TEXT NOT NULL,"
	" sig TEXT NOT NULL) STRICT;"
	"CREATE INDEX remembered_at ON remembered (at);"
	"CREATE TABLE cursor (sink TEXT PRIMARY KEY, epoch INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" offset INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
	/* The health of feeds. */
	"ALTER TABLE feed ADD COLUMN health INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN health_since INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN bad_since INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN news_first INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN news_last INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN gap_s INTEGER NOT NULL DEFAULT 0;",
	/* What a feed repeats. */
	"ALTER TABLE feed ADD COLUMN furniture TEXT;",
	/* Stories and origins, versions of an item. */
	"ALTER TABLE record ADD COLUMN origin TEXT;"
	"ALTER TABLE record ADD COLUMN origins INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX record_item ON record (item_id) WHERE kind < 2;"
	"ALTER TABLE remembered ADD COLUMN account TEXT;",
	/*
	 * Copies in binary: `item` and `sig` of a new row are empty, old rows
	 * are read until they leave the window. Counts of words, one row.
	 */
	"ALTER TABLE remembered ADD COLUMN packed BLOB;"
	"CREATE TABLE copy_counts (id INTEGER PRIMARY KEY CHECK (id = 1),"
	" counts BLOB NOT NULL) STRICT;",
	/* Alerts: whom a record is for; what is known of their subjects. */
	"ALTER TABLE record ADD COLUMN sinks TEXT;"
	"CREATE TABLE alert (id INTEGER PRIMARY KEY, alert TEXT NOT NULL,"
	" subject TEXT NOT NULL, state TEXT NOT NULL,"
	" UNIQUE (alert, subject)) STRICT;",
	/* The size of records: body and evidence. One look at each, once. */
	"INSERT INTO meta (key, value) SELECT 'record_bytes',"
	" coalesce(sum(length(CAST(body AS BLOB)) +"
	" coalesce(length(CAST(explain AS BLOB)), 0)), 0) FROM record;",
};
const size_t schema_version = ARRAY_LEN(schema_steps);
