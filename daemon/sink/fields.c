/* fields.c - a frame with only those members of its item that are wanted. */
#include <string.h>

#include "base/strbuf.h"
#include "item/item.h"
#include "sink/subscriber_priv.h"

static bool
wanted(const char *const *fields, const char *prefix, const char *key)
{
	size_t len = strlen(prefix);

	for (; *fields != NULL; fields++) {
		if (strncmp(*fields, prefix, len) == 0 &&
		    strcmp(*fields + len, key) == 0)
			return true;
	}
	return false;
}

/* Of `o` what is asked for, as "key" or "prefix.key"; never `keep`. */
static void
thin(json_t *o, const char *const *fields, const char *prefix, const char *keep)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(o, next, key, v)
	{
		if (strcmp(key, keep) != 0 && !wanted(fields, prefix, key))
			json_object_del(o, key);
	}
}

int
sub_thin_frame(struct strbuf *out, size_t start, const char *const *fields)
{
	json_t *frame =
	    json_loadb(out->data + start, out->len - start, 0, NULL);
	json_t *update = json_object_get(frame, "update");
	json_t *item = json_object_get(update != NULL ? update : frame, "item");
	json_t *own = json_incref(json_object_get(item, "_wiresift"));
	int rc = 0;

	if (item != NULL) {
		thin(item, fields, "", "id");
		if (own != NULL && json_object_get(item, "_wiresift") == NULL) {
			thin(own, fields, "_wiresift.", "");
			if (json_object_size(own) > 0)
				json_object_set(item, "_wiresift", own);
		}
		strbuf_trunc(out, start);
		rc = item_json_line(out, frame);
	}
	json_decref(own);
	json_decref(frame);
	return rc;
}
