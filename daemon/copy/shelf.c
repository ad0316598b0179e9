/* shelf.c - memory of things that go in the order in which they came. */
#include "copy/shelf.h"

#include <stdlib.h>

#include "base/macros.h"
#include "base/xmalloc.h"

#define FIRST_BOARD (1U << 16) /* bytes; then twice as many each time */
#define BOARD (1U << 18)       /* at most, but for a larger thing */
#define ALIGN 16U

struct board {
	struct board *next; /* newer */
	size_t size, used;  /* of room[] */
	uint32_t newest;
	_Alignas(ALIGN) char room[];
};

struct shelf {
	struct board *oldest, *newest; /* NULL = there is none */
	struct board *spare;
	size_t size, bytes; /* of the last board; of all */
};

struct shelf *
shelf_new(void)
{
	return xcalloc(1, sizeof(struct shelf));
}

void
shelf_free(struct shelf *sh)
{
	if (sh == NULL)
		return;
	shelf_release(sh, UINT32_MAX);
	free(sh->spare);
	free(sh);
}

static struct board *
board_new(struct shelf *sh, size_t least)
{
	struct board *b = sh->spare;

	if (b != NULL && b->size >= least) {
		sh->spare = NULL;
	} else {
		sh->size =
		    sh->size == 0 ? FIRST_BOARD : MIN(2 * sh->size, BOARD);
		least = MAX(least, sh->size);
		b = xmalloc(sizeof(*b) + least);
		b->size = least;
		sh->bytes += sizeof(*b) + least;
	}
	b->next = NULL;
	b->used = 0;
	return b;
}

void *
shelf_put(struct shelf *sh, uint32_t pos, size_t size)
{
	struct board *b = sh->newest;
	void *p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (b == NULL || b->size - b->used < size) {
		b = board_new(sh, size);
		if (sh->newest != NULL)
			sh->newest->next = b;
		else
			sh->oldest = b;
		sh->newest = b;
	}
	p = b->room + b->used;
	b->used += size;
	b->newest = pos;
	return p;
}

void
shelf_release(struct shelf *sh, uint32_t pos)
{
	while (sh->oldest != NULL && sh->oldest->newest < pos) {
		struct board *b = sh->oldest;

		sh->oldest = b->next;
		if (sh->oldest == NULL)
			sh->newest = NULL;
		if (sh->spare == NULL && b->size == BOARD) {
			sh->spare = b;
			continue;
		}
		sh->bytes -= sizeof(*b) + b->size;
		free(b);
	}
}

size_t
shelf_bytes(const struct shelf *sh)
{
	return sizeof(*sh) + sh->bytes;
}
