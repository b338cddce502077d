#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions and calls a query, by callgrind.

In process, only what happens inside the loop that answers is counted, so that the number is the same
everywhere. Of an agent, the difference of two run lengths: what costs the same in both (start-up,
loading, shutting down) cancels out, and what is left belongs to the queries. Two things can fail:

* calls: functions that allocate, count references, copy memory out of line or lock
  (FORBIDDEN) must not be called by queries at all;
* instructions: at most the ceiling of the thresholds file, and near the value measured last.

usage:
  callgrind.py responder [--binary PATH] [--modes a3,nx] [--update] [--canary] [--calls]
  callgrind.py changes [--binary PATH] [--modes view-port-10000] [--update] [--canary] [--calls]
  callgrind.py agent --binary PATH --load PATH [--modes a3,nx] [--update] [-- AGENT-ARGUMENTS…]

`responder` drives bench-responder, in process, and `changes` bench-changes: what a change of one
instance costs the writer. Writers may allocate: there only instructions are a gate. `agent` starts a command under callgrind, waits
until it answers, and lets a load generator send it a fixed number of queries. The generator is
called as `LOAD MODE QUERIES` and must end when all are answered (load.py). What else the agent does
meanwhile is not the queries': the same work in both runs cancels out, and of what is left a call
counts from a tenth of the queries on. `--canary` plants a retain in every query, or hides from the
view which instance changed, and succeeds only if the gate turns red.
"""
import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FORBIDDEN = re.compile(
    r"^(swift_(retain|release|alloc|dealloc|beginAccess|endAccess|once|getGeneric|bridgeObject"
    r"|unknownObject|weak|unowned|slowAlloc|slowDealloc|initStackObject|isUniquelyReferenced)\w*"
    r"|_swift_(retain|release|alloc|dealloc)\w*|malloc|calloc|realloc|free|posix_memalign"
    r"|aligned_alloc|operator new.*|operator delete.*|mem(set|cpy|move|cmp|chr)\w*|__mem\w+"
    r"|pthread_\w+|__lll_lock\w*)$")
# Versions and variants of a symbol are cut off first.
SUFFIX = re.compile(r"(@@?GLIBC[\w.]*|_avx\w*|_sse\w*|_evex\w*|_erms|_unaligned)+$")
SHORT, LONG = 1600, 33600
CHANGES = 200
# In process all batches are full. An agent's are as wide as the scheduler makes them, and what a
# batch costs is shared by fewer queries: there the forbidden calls are the gate.
TOLERANCE = {"responder": 0.05, "changes": 0.05, "agent": 0.5}


def read_profile(path):
    """Total instructions and calls by function name of a callgrind file."""
    names, calls, total = {}, {}, 0
    callee = None
    with open(path, errors="replace") as lines:
        for line in lines:
            if line.startswith(("totals:", "summary:")):
                total = int(line.split()[1])
            elif line.startswith(("fn=", "cfn=")):
                kind, rest = line.rstrip("\n").split("=", 1)
                match = re.match(r"\((\d+)\)(?: (.*))?", rest)
                number, name = (match.group(1), match.group(2)) if match else (rest, rest)
                if name:
                    names[number] = name
                if kind == "cfn":
                    callee = number
            elif line.startswith("calls=") and callee is not None:
                calls[callee] = calls.get(callee, 0) + int(line[6:].split()[0])
    by_name = {}
    for number, count in calls.items():
        name = SUFFIX.sub("", names.get(number, "?").split("'")[0])
        by_name[name] = by_name.get(name, 0) + count
    return total, by_name


def callgrind(command, output, inside=None):
    """The command under callgrind; counted is all, or what happens inside one function."""
    only = [f"--toggle-collect={inside}"] if inside else []
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}",
            "--compress-strings=yes", "--error-exitcode=0"] + only + command


def environment():
    # Equal hashes in both runs: the difference must not be noise of Swift's hash seeds.
    return dict(os.environ, SWIFT_DETERMINISTIC_HASHING="1")


def stripped(binary, output):
    """A copy without debug information, which Valgrind does not understand; the names that are
    counted stand in the symbol table."""
    copy = f"{output}.{os.path.basename(binary)}"
    subprocess.run(["strip", "--strip-debug", "-o", copy, binary], check=True)
    return copy


def run_responder(arguments, mode, queries, output):
    command = [stripped(arguments.binary, output), mode, f"n={queries}"]
    if arguments.canary:
        command.append("retain=1")
    command += arguments.rest
    # A catalog of many instances costs a million instructions more or fewer, by where the stack begins.
    counted = callgrind(command, output, inside="*bench_responder3run*")
    done = subprocess.run(counted, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    answered = re.search(r"(\d+) of (\d+) answered", done.stdout)
    if not answered or answered.group(1) != answered.group(2):
        sys.exit(f"{mode}: not every query was answered on the fast line: {done.stdout}")


def run_changes(arguments, mode, output):
    command = [stripped(arguments.binary, output), mode, f"n={CHANGES}"]
    if arguments.canary:
        command.append("whole=1")
    # The first part of a mode is the function that is counted.
    part = mode.split("-")[0]
    counted = callgrind(command, output, inside=f"*bench_changes{len(part)}{part}*")
    done = subprocess.run(counted, env=environment(), capture_output=True, text=True)
    if done.returncode != 0 or f"{CHANGES} of {CHANGES} changes" not in done.stdout:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def run_agent(arguments, mode, queries, output):
    binary = stripped(arguments.binary, output)
    said = open(output + ".log", "w+")
    agent = subprocess.Popen(
        callgrind([binary] + arguments.rest, output), env=environment(), stdout=said, stderr=said)
    try:
        # The generator waits until the agent answers before it begins to count.
        load = subprocess.run([arguments.load, mode, str(queries)], capture_output=True, text=True)
        if load.returncode != 0:
            said.seek(0)
            sys.exit(f"load generator: {load.stdout}{load.stderr}\nthe agent said:\n{said.read()}")
    finally:
        said.close()
        agent.send_signal(signal.SIGTERM)
        try:
            agent.wait(timeout=120)
        except subprocess.TimeoutExpired:
            agent.kill()
            sys.exit("the agent did not stop")
    for _ in range(50):
        if os.path.exists(output) and os.path.getsize(output):
            return
        time.sleep(0.1)
    sys.exit("callgrind wrote nothing")


def measure(arguments, mode):
    with tempfile.TemporaryDirectory() as folder:
        if arguments.what == "responder":
            output = os.path.join(folder, str(LONG))
            run_responder(arguments, mode, LONG, output)
            total, calls = read_profile(output)
            if not total:
                sys.exit("nothing was counted: has the loop of bench-responder another name?")
            return total / LONG, {name: count / LONG for name, count in calls.items()}
        if arguments.what == "changes":
            output = os.path.join(folder, "changes")
            run_changes(arguments, mode, output)
            total, calls = read_profile(output)
            if not total:
                sys.exit("nothing was counted: have the functions of bench-changes other names?")
            return total / CHANGES, {name: count / CHANGES for name, count in calls.items()}
        results = []
        for queries in (SHORT, LONG):
            output = os.path.join(folder, str(queries))
            run_agent(arguments, mode, queries, output)
            results.append(read_profile(output))
    (short_total, short_calls), (long_total, long_calls) = results
    queries = LONG - SHORT
    extra = {
        name: (count - short_calls.get(name, 0)) / queries
        for name, count in long_calls.items() if count != short_calls.get(name, 0)}
    return (long_total - short_total) / queries, extra


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["responder", "changes", "agent"])
    parser.add_argument("--binary")
    parser.add_argument("--load")
    parser.add_argument("--modes")
    parser.add_argument("--update", action="store_true", help="write the measured values")
    parser.add_argument("--canary", action="store_true")
    parser.add_argument("--calls", action="store_true", help="print every call a query makes")
    own = sys.argv[1:]
    split = own.index("--") if "--" in own else len(own)
    arguments = parser.parse_args(own[:split])
    arguments.rest = own[split + 1:]
    if not arguments.binary:
        arguments.binary = os.path.join(HERE, f".build/release/bench-{arguments.what}")
    one = "change" if arguments.what == "changes" else "query"
    path = os.path.join(HERE, "Thresholds", "6.3", f"{arguments.what}.json")
    with open(path) as file:
        thresholds = json.load(file)
    modes = arguments.modes.split(",") if arguments.modes else list(thresholds)
    red = []
    # What others do for a mode is counted beside it. Counting does not mind company: all cores at once, but an agent alone.
    beside = {thresholds[mode]["beside"] for mode in modes if thresholds.get(mode, {}).get("beside")}
    pool = concurrent.futures.ThreadPoolExecutor(
        1 if arguments.what == "agent" else len(os.sched_getaffinity(0)))
    counts = {mode: pool.submit(measure, arguments, mode) for mode in dict.fromkeys([*modes, *sorted(beside)])}
    for mode in modes:
        instructions, extra = counts[mode].result()
        expected = thresholds.setdefault(mode, {})
        # In process nothing but the queries runs; an agent has its own clocks and checks too.
        least = 0.001 if arguments.what == "responder" else 0.1
        bad = {name: count for name, count in extra.items()
               if arguments.what != "changes" and FORBIDDEN.match(name) and abs(count) >= least}
        complaints = [f"{name}: {count:.3f} calls a {one}" for name, count in sorted(bad.items())]
        ceiling, value = expected.get("ceiling"), expected.get("instructions")
        # What others do for it does not count: the view's reads of the state.
        other = expected.get("beside")
        own = instructions - (counts[other].result()[0] if other else 0)
        if ceiling and own > ceiling:
            complaints.append(f"{own:.0f} of its own, more than the ceiling of {ceiling}")
        if value and not arguments.update and abs(instructions / value - 1) > TOLERANCE[arguments.what]:
            complaints.append(f"{instructions / value - 1:+.1%} from the checked-in {value}")
        if arguments.update and not arguments.canary:
            expected["instructions"] = round(instructions)
        print(f"{mode:16s} {instructions:8.0f} instructions a {one}  "
              + ("; ".join(complaints) or "ok"), flush=True)
        if arguments.calls:
            for name, count in sorted(extra.items(), key=lambda item: -item[1])[:20]:
                print(f"         {count:10.3f}  {name}")
        if complaints:
            red.append(mode)
    if arguments.update and not arguments.canary:
        with open(path, "w") as file:
            json.dump(thresholds, file, indent=2)
            file.write("\n")
    if arguments.canary:
        missed = [mode for mode in modes if mode not in red]
        print("canary: " + ("not noticed in " + ", ".join(missed) if missed else "noticed"))
        sys.exit(1 if missed else 0)
    sys.exit(1 if red else 0)


if __name__ == "__main__":
    main()
