/* verbs - what the control socket is asked, one function a verb (control.h). */
#ifndef DESK_VERBS_H
#define DESK_VERBS_H

#include <jansson.h>

#include "base/macros.h"

struct desk;
struct unixsock_peer;

/* The reply to {NAME:ARGS} of that peer; a new reference. */
json_t *verb_run(struct desk *dk, const struct unixsock_peer *peer,
    const char *name, const json_t *args) MUST_CHECK;
/* {"error":{"code":...,"message":...}} */
json_t *verb_error(const char *code, const char *message) MUST_CHECK;

#endif
