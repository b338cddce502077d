// SPDX-License-Identifier: Apache-2.0
#ifndef WAYPOST_PREFETCH_H
#define WAYPOST_PREFETCH_H

/// Asks the cache for the line of an address that is read soon. Any address is allowed.
static inline __attribute__((always_inline)) void csockets_prefetch(const void *_Nullable address) {
    __builtin_prefetch(address);
}

#endif
