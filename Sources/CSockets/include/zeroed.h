// SPDX-License-Identifier: Apache-2.0
#ifndef WAYPOST_ZEROED_H
#define WAYPOST_ZEROED_H

#include <stddef.h>
#include <stdlib.h>

/// Zeroed memory whose pages the kernel hands out as they are first touched; null when short.
static inline void *_Nullable csockets_zeroed(size_t octets) { return calloc(1, octets); }

/// Gives back what `csockets_zeroed` gave.
static inline void csockets_zeroed_free(void *_Nullable memory) { free(memory); }

#endif
