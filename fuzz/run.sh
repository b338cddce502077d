#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: fuzz/run.sh smoke SECONDS      every target for so long on its corpus; the canary must fail
#        fuzz/run.sh long SECONDS       the same, and what it finds interesting stays in findings/
#        fuzz/run.sh coverage           region coverage of the code under test over the corpora and findings
#        fuzz/run.sh TARGET FILE…       one target on single inputs, e.g. a finding
# FUZZ_TARGETS chooses some of the targets; FUZZ_JOBS builds with fewer jobs; FUZZ_PLAIN=1 builds without AddressSanitizer, for
# many executions of code that has no unsafe lines; FUZZ_RUNS ends each target after so many executions; FUZZ_LENGTH bounds inputs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
targets=${FUZZ_TARGETS:-"Message Responder Forwarder Name ZoneFile HCL Log Filter Register"}
mode=${1:-smoke}
findings="$here/findings"
# A crashed target must end at once: no backtrace that waits for a reader.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_odr_violation=0"

lower() { echo "$1" | tr '[:upper:]' '[:lower:]'; }
jobs=${FUZZ_JOBS:+--jobs $FUZZ_JOBS}

build() {
    if [ "${FUZZ_PLAIN:-0}" = 1 ]; then
        plain="$here/.build-plain"
        # shellcheck disable=SC2086
        swift build --package-path "$here" --scratch-path "$plain" -c release --sanitize fuzzer \
            -Xswiftc -sanitize=fuzzer $jobs
        bin="$plain/release"
        return
    fi
    # Of several -sanitize= flags the compiler takes the last: both sanitizers in one flag.
    # shellcheck disable=SC2086
    swift build --package-path "$here" -c release --sanitize fuzzer --sanitize address \
        -Xswiftc -sanitize=fuzzer,address $jobs
    bin=$(swift build --package-path "$here" -c release --sanitize fuzzer --sanitize address \
        -Xswiftc -sanitize=fuzzer,address --show-bin-path)
}

fuzz() {
    target=$1 seconds=$2 name=$(lower "$1")
    mkdir -p "$findings/$name"
    # LeakSanitizer does not know the tagged pointers of Swift enums and of published entries: it
    # takes what they hold for lost. Leaks are looked for where C is called.
    leaks=1
    case "$target" in HCL | Responder | Forwarder | Log | Filter | Register) leaks=0 ;; esac
    # No datagram need be long to reach every branch; short ones run faster. Many short runs spend
    # half of their time on the weights of rare features: there they are off.
    length=8192
    more=""
    case "$target" in
    Responder) length=320 more="-entropic=0 -reload=0" ;;
    Forwarder) length=1024 more="-entropic=0 -reload=0" ;;
    Log) length=20480 ;;
    Filter) length=1024 ;;
    Register) length=4096 ;;
    esac
    # Neither long histories of allocations nor a large quarantine: each halves the speed.
    options="detect_leaks=$leaks:malloc_context_size=4:quarantine_size_mb=16"
    # shellcheck disable=SC2086
    ASAN_OPTIONS="$ASAN_OPTIONS:$options" "$bin/Fuzz$target" -detect_leaks=$leaks $more \
        -max_total_time="$seconds" -runs="${FUZZ_RUNS:--1}" -timeout=10 -rss_limit_mb=2048 \
        -max_len="${FUZZ_LENGTH:-$length}" \
        -print_final_stats=1 -artifact_prefix="$findings/$name-" "$findings/$name" \
        "$here/corpus/$name" >"$findings/$name.log" 2>&1 || {
        echo "FAILED $target: $findings/$name.log" >&2
        tail -n 40 "$findings/$name.log" >&2
        return 1
    }
    # A build without counters runs fast and finds nothing.
    if grep -q "no interesting inputs" "$findings/$name.log"; then
        echo "FAILED $target: it was built without coverage" >&2
        return 1
    fi
    echo "ok $target: $(grep -E 'number_of_executed_units' "$findings/$name.log")" \
        "$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$findings/$name.log" | tail -n 1)"
}

canary() {
    # New inputs go to the first folder: never to the committed corpus.
    rm -rf "$findings/canary"
    mkdir -p "$findings/canary"
    if "$bin/FuzzCanary" -max_total_time=60 -artifact_prefix="$findings/canary-" \
        "$findings/canary" "$here/corpus/canary" >"$findings/canary.log" 2>&1; then
        echo "FAILED: the canary did not sing; the fuzzers find nothing" >&2
        return 1
    fi
    grep -q "the canary sings" "$findings/canary.log" || {
        tail -n 40 "$findings/canary.log" >&2
        return 1
    }
    echo "ok Canary: its planted fault was found"
}

coverage() {
    scratch="$here/.build-coverage"
    tools=$(dirname "$(readlink -f "$(command -v swift)")")
    flags="-Xswiftc -sanitize=fuzzer -Xswiftc -profile-generate -Xswiftc -profile-coverage-mapping"
    # shellcheck disable=SC2086
    swift build --package-path "$here" --scratch-path "$scratch" -c debug --sanitize fuzzer $flags $jobs
    bin="$scratch/debug"
    mkdir -p "$findings"
    rm -f "$findings"/*.profraw
    objects=""
    for target in $targets; do
        name=$(lower "$target")
        found="$findings/$name" # what a long run has left
        [ -d "$found" ] || found=""
        # shellcheck disable=SC2086
        LLVM_PROFILE_FILE="$findings/$name.profraw" "$bin/Fuzz$target" -runs=0 \
            "$here/corpus/$name" $found >"$findings/$name.log" 2>&1
        objects="$objects ${objects:+-object} $bin/Fuzz$target"
    done
    "$tools/llvm-profdata" merge -sparse "$findings"/*.profraw -o "$findings/all.profdata"
    # shellcheck disable=SC2086
    "$tools/llvm-cov" report $objects -instr-profile="$findings/all.profdata" \
        -ignore-filename-regex='(/fuzz/Sources/[A-Za-z]*/[^/]*$|\.build|checkouts|<compiler-generated>)' | cut -c1-140
}

mkdir -p "$findings"
case "$mode" in
smoke | long)
    seconds=${2:-30}
    build
    canary
    failed=0
    # A target has one thread: as many at a time as there are cores.
    running=""
    for target in $targets; do
        fuzz "$target" "$seconds" &
        running="$running $!"
        # shellcheck disable=SC2086
        set -- $running
        if [ $# -ge "$(nproc)" ]; then
            for job in $running; do wait "$job" || failed=1; done
            running=""
        fi
    done
    for job in $running; do wait "$job" || failed=1; done
    # A smoke test starts from the committed corpus each time.
    if [ "$mode" = smoke ]; then for target in $targets; do rm -rf "${findings:?}/$(lower "$target")"; done; fi
    exit $failed
    ;;
coverage) coverage ;;
*)
    shift
    build
    "$bin/Fuzz$mode" "$@"
    ;;
esac
