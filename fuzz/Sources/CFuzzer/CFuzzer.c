// SPDX-License-Identifier: Apache-2.0
// libFuzzer itself defines what the header declares.
#include "CFuzzer.h"
