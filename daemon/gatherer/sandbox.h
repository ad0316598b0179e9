/*
 * sandbox - take from the calling process what it does not need, for good.
 *
 * Linux: no new privileges, Landlock, seccomp by prctl(2), resource limits.
 * What the kernel lacks is left out and told.
 */
#ifndef GATHERER_SANDBOX_H
#define GATHERER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct sandbox_params {
	/* Files and folders (with all below) that may be read; those that do
	 * not exist are passed over. Nothing else can be opened. */
	const char *const *readable;
	size_t nreadable;
	uint64_t more_bytes; /* of address space, beyond what is mapped now */
};

struct sandbox_result {
	int landlock_abi; /* 0 = the kernel has none */
	bool seccomp;     /* false: no filter for this machine */
};

/*
 * Confine the process. -1 and errno when a part that the kernel has cannot
 * be set up: then it may be half confined.
 */
int sandbox_enter(
    const struct sandbox_params *p, struct sandbox_result *r) MUST_CHECK;

/* May this build confine itself? The sanitizers need what it takes away. */
bool sandbox_wanted(void);

/*
 * End the process (SIGXCPU) when it uses `s` more seconds of CPU time;
 * 0 = it may go on as it likes.
 */
void sandbox_limit_cpu(unsigned int s);

#endif
