// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C by the processor's own instruction, which Swift cannot name.
#ifndef WAYPOST_CCHECKSUM_H
#define WAYPOST_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instruction: without it ``cchecksum_crc32c`` must not be called.
int cchecksum_has_crc32c(void);

/// The state of a CRC-32C (Castagnoli, reflected, not complemented) after more octets.
uint32_t cchecksum_crc32c(uint32_t state, const uint8_t *_Nullable octets, size_t count);

#endif
