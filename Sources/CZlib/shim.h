/* SPDX-License-Identifier: Apache-2.0 */

/* What Waypost uses of zlib: gzip streams. Both calls are macros over the size of a structure. */
#ifndef WAYPOST_CZLIB_SHIM_H
#define WAYPOST_CZLIB_SHIM_H

#include <zlib.h>

/* 15 is the largest window, 16 more ask for a gzip header and trailer. */
static inline int waypost_gzip_begin(z_stream *stream, int level)
{
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int waypost_gunzip_begin(z_stream *stream)
{
    return inflateInit2(stream, 15 + 16);
}

#endif
