// SPDX-License-Identifier: Apache-2.0
//
// How long single answers take at a steady rate: questions go out on a fixed schedule, whether or not earlier ones were
// answered, and each answer's time counts from when its question was due (so a server that stalls cannot hide it).
//
//     probe ADDRESS PORT QUERIES RATE SECONDS
//
// QUERIES: a file of "NAME TYPE" lines, A or SRV. Prints one line: sent, answered, p50, p90, p99, p999 and the maximum in
// microseconds, and the mean answer count and size of the replies.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SLOTS = 65536, LONGEST = 300 };

struct question {
    uint16_t length;
    uint8_t octets[LONGEST];
};

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int before(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

// One question with EDNS 4096, as dnsperf -e asks.
static uint16_t encode(const char *name, int type, uint8_t *out) {
    static const uint8_t header[12] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    memcpy(out, header, 12);
    uint8_t *at = out + 12;
    while (*name) {
        size_t label = strcspn(name, ".");
        *at++ = (uint8_t)label;
        memcpy(at, name, label);
        at += label;
        name += label + (name[label] == '.');
    }
    uint8_t tail[] = {0, 0, (uint8_t)type, 0, 1, 0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0};
    memcpy(at, tail, sizeof tail);
    return (uint16_t)(at + sizeof tail - out);
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: probe ADDRESS PORT QUERIES RATE SECONDS\n");
        return 2;
    }
    double rate = atof(arguments[4]), seconds = atof(arguments[5]);
    size_t total = (size_t)(rate * seconds);
    FILE *file = fopen(arguments[3], "r");
    static struct question questions[SLOTS];
    size_t known = 0;
    char name[256], type[16];
    while (file && known < SLOTS && fscanf(file, "%255s %15s", name, type) == 2) {
        questions[known].length = encode(name, strcmp(type, "SRV") == 0 ? 33 : 1, questions[known].octets);
        known++;
    }
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    int udp = socket(AF_INET, SOCK_DGRAM, 0), room = 1 << 22;
    setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (known == 0 || total == 0 || inet_pton(AF_INET, arguments[1], &there.sin_addr) != 1
        || connect(udp, (void *)&there, sizeof there) != 0) {
        fprintf(stderr, "probe: no questions in %s, or no way to %s\n", arguments[3], arguments[1]);
        return 1;
    }
    uint64_t *due = calloc(SLOTS, sizeof *due), *times = calloc(total, sizeof *times);
    uint64_t start = now(), gap = (uint64_t)(1e9 / rate), answers = 0, octets = 0;
    size_t sent = 0, answered = 0;
    for (;;) {
        uint64_t time = now();
        while (sent < total && start + sent * gap <= time) {
            struct question *question = &questions[sent % known];
            uint16_t id = (uint16_t)sent;
            question->octets[0] = (uint8_t)(id >> 8);
            question->octets[1] = (uint8_t)id;
            due[id] = start + sent * gap;
            send(udp, question->octets, question->length, MSG_DONTWAIT);
            sent++;
        }
        uint8_t reply[65536];
        ssize_t length;
        while ((length = recv(udp, reply, sizeof reply, MSG_DONTWAIT)) >= 12) {
            uint16_t id = (uint16_t)(reply[0] << 8 | reply[1]);
            if (due[id] == 0 || answered == total) continue;
            times[answered++] = now() - due[id];
            due[id] = 0;
            answers += (uint64_t)(reply[6] << 8 | reply[7]);
            octets += (uint64_t)length;
        }
        if (sent == total && (answered == total || now() > start + (uint64_t)(seconds * 1e9) + 1000000000u)) break;
        uint64_t next = start + sent * gap;
        time = now();
        // The last 60 µs are spun: a sleep would be late by about as much.
        if (sent < total && next > time + 60000) {
            struct pollfd wait = {udp, POLLIN, 0};
            struct timespec nap = {0, (long)(next - time - 60000)};
            ppoll(&wait, 1, &nap, NULL);
        }
    }
    qsort(times, answered, sizeof *times, before);
#define AT(share) (answered ? (double)times[(size_t)((double)(answered - 1) * (share))] / 1000 : 0)
    printf("sent %zu answered %zu p50 %.1f p90 %.1f p99 %.1f p999 %.1f max %.1f answers %.2f octets %.1f\n", sent, answered,
           AT(0.5), AT(0.9), AT(0.99), AT(0.999), AT(1), answered ? (double)answers / (double)answered : 0,
           answered ? (double)octets / (double)answered : 0);
    return 0;
}
