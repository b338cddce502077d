// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Keeps the calling thread on one core; 0, or -1 if the kernel refuses.
int affinity_pin(int core);
