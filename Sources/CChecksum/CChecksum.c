// SPDX-License-Identifier: Apache-2.0
#include "CChecksum.h"

#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <nmmintrin.h>

int cchecksum_has_crc32c(void) {
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) != 0;
}

__attribute__((target("sse4.2"))) uint32_t cchecksum_crc32c(uint32_t state, const uint8_t *octets,
                                                            size_t count) {
    uint64_t wide = state;
    for (; count >= 8; octets += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, octets, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    state = (uint32_t)wide;
    for (; count > 0; octets++, count--) state = _mm_crc32_u8(state, *octets);
    return state;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_acle.h>
#include <sys/auxv.h>

int cchecksum_has_crc32c(void) {
    // HWCAP_CRC32 of <asm/hwcap.h>.
    return (getauxval(AT_HWCAP) & (1 << 7)) != 0;
}

__attribute__((target("crc"))) uint32_t cchecksum_crc32c(uint32_t state, const uint8_t *octets,
                                                         size_t count) {
    for (; count >= 8; octets += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, octets, 8);
        state = __crc32cd(state, word);
    }
    for (; count > 0; octets++, count--) state = __crc32cb(state, *octets);
    return state;
}

#else

int cchecksum_has_crc32c(void) { return 0; }

uint32_t cchecksum_crc32c(uint32_t state, const uint8_t *octets, size_t count) {
    (void)octets;
    (void)count;
    return state;
}

#endif
