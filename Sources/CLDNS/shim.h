/* SPDX-License-Identifier: Apache-2.0 */

/* What Waypost uses of libldns: records and messages, between text, host and wire form. */
#ifndef WAYPOST_CLDNS_SHIM_H
#define WAYPOST_CLDNS_SHIM_H

#include <ldns/ldns.h>
#include <malloc.h>
#include <stdlib.h>

/* LDNS_FREE is a macro over free(): what libldns allocates, its allocator releases. */
static inline void waypost_ldns_free(void *memory) { free(memory); }

/* ldns_output_format_nocomments is a mutable global, which Swift 6 refuses to read. */
static inline char *waypost_ldns_print(const ldns_rr *record)
{
    return ldns_rr2str_fmt(ldns_output_format_nocomments, record);
}

/* Octets that are allocated and not freed: for the test that libldns leaks nothing. */
static inline size_t waypost_allocated_octets(void)
{
    struct mallinfo2 numbers = mallinfo2();
    return numbers.uordblks + numbers.hblkhd;
}

#endif
