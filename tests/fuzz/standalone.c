/* standalone.c - run a fuzz target once over each file named, without
 * libFuzzer: the stored seeds are tests of their own. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fsutil.h"
#include "base/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Only some targets have it. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

int
main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		struct strbuf sb;

		strbuf_init(&sb, (size_t)64 << 20);
		if (fs_read(argv[i], &sb) == -1) {
			perror(argv[i]);
			return 1;
		}
		printf("%s\n", argv[i]);
		fflush(stdout);
		(void)LLVMFuzzerTestOneInput((const uint8_t *)sb.data, sb.len);
		strbuf_fini(&sb);
	}
	return argc > 1 ? 0 : 1;
}
