/* fields - what each element does to the record; the handlers of elem.c. */
#ifndef FEED_FIELDS_H
#define FEED_FIELDS_H

#include <stddef.h>

struct elem;
struct feed_parser;

typedef void field_start(
    struct feed_parser *fp, const struct elem *e, const char **atts);
typedef void field_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len);

/* root.c */
field_start root_rss, root_rdf, root_atom, root_channel;
field_start root_item, root_source;
field_end root_item_end, root_source_end;
field_end hint_ttl, hint_hour, hint_day, hint_period, hint_frequency;
field_end hint_newlocation;

/* fields.c */
field_end field_title, field_summary, field_content, field_comments;
field_end field_language, field_published, field_updated, field_created;
field_start field_content_start;

/* links and names: fields_link.c */
field_start link_start, guid_start, about_start, enclosure_start;
field_start thumbnail_start, category_start, itunes_category_start;
field_end link_end, guid_end, identifier_end, thumbnail_end;
field_end category_end, keywords_end;
field_end author_end, webmaster_end, person_name, person_email, person_url;

#endif
