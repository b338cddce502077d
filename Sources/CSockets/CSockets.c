// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CSockets.h"

#include <malloc.h>
#include <stdio.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct csockets_batch {
    int count, wildcard;
    struct csockets_view view;
    struct mmsghdr *in, *out;
    struct iovec *in_vectors, *out_vectors;
};

_Static_assert(sizeof(struct sockaddr_in6) <= sizeof(((struct csockets_peer *)0)->address),
               "an address must fit");
_Static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <=
                   sizeof(((struct csockets_peer *)0)->control),
               "packet information must fit");

struct csockets_batch *csockets_batch_create(int count, size_t slot, size_t stride,
                                             int wildcard) {
    struct csockets_batch *batch = calloc(1, sizeof *batch);
    if (!batch) return NULL;
    size_t n = (size_t)count, octets = (stride * n + 4095) / 4096 * 4096 + 4096;
    batch->count = count;
    batch->wildcard = wildcard;
    batch->view.stride = stride;
    batch->view.base = aligned_alloc(4096, octets);
    batch->view.lengths = calloc(n, sizeof(uint32_t));
    batch->view.out_lengths = calloc(n, sizeof(uint32_t));
    batch->view.out_slots = calloc(n, sizeof(uint32_t));
    batch->view.peers = calloc(n, sizeof(struct csockets_peer));
    batch->in = calloc(n, sizeof(struct mmsghdr));
    batch->out = calloc(n, sizeof(struct mmsghdr));
    batch->in_vectors = calloc(n, sizeof(struct iovec));
    batch->out_vectors = calloc(n, sizeof(struct iovec));
    if (!batch->view.base || !batch->view.lengths || !batch->view.out_lengths ||
        !batch->view.out_slots || !batch->view.peers || !batch->in || !batch->out ||
        !batch->in_vectors || !batch->out_vectors) {
        csockets_batch_destroy(batch);
        return NULL;
    }
    memset(batch->view.base, 0, octets);
    for (int i = 0; i < count; i++) {
        batch->in_vectors[i].iov_base = batch->view.base + stride * (size_t)i;
        batch->in_vectors[i].iov_len = slot;
        batch->in[i].msg_hdr.msg_iov = &batch->in_vectors[i];
        batch->in[i].msg_hdr.msg_iovlen = 1;
        batch->in[i].msg_hdr.msg_name = batch->view.peers[i].address;
        batch->out[i].msg_hdr.msg_iov = &batch->out_vectors[i];
        batch->out[i].msg_hdr.msg_iovlen = 1;
    }
    return batch;
}

void csockets_batch_destroy(struct csockets_batch *batch) {
    free(batch->view.base);
    free(batch->view.lengths);
    free(batch->view.out_lengths);
    free(batch->view.out_slots);
    free(batch->view.peers);
    free(batch->in);
    free(batch->out);
    free(batch->in_vectors);
    free(batch->out_vectors);
    free(batch);
}

struct csockets_view csockets_batch_view(struct csockets_batch *batch) { return batch->view; }

static int receive(int descriptor, struct csockets_batch *batch, int flags) {
    for (int i = 0; i < batch->count; i++) {
        struct msghdr *header = &batch->in[i].msg_hdr;
        header->msg_namelen = sizeof(batch->view.peers[i].address);
        header->msg_control = batch->wildcard ? batch->view.peers[i].control : NULL;
        header->msg_controllen = batch->wildcard ? sizeof(batch->view.peers[i].control) : 0;
    }
    int received;
    do received = recvmmsg(descriptor, batch->in, (unsigned)batch->count, flags, NULL);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    for (int i = 0; i < received; i++) {
        struct msghdr *header = &batch->in[i].msg_hdr;
        struct csockets_peer *peer = &batch->view.peers[i];
        batch->view.lengths[i] = batch->in[i].msg_len;
        peer->address_length = header->msg_namelen;
        peer->control_length = 0;
        struct cmsghdr *control = batch->wildcard ? CMSG_FIRSTHDR(header) : NULL;
        if (!control) continue;
        // The reply leaves from the address the query came to, by whatever interface routes.
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            ((struct in_pktinfo *)CMSG_DATA(control))->ipi_ifindex = 0;
            peer->control_length = CMSG_SPACE(sizeof(struct in_pktinfo));
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            ((struct in6_pktinfo *)CMSG_DATA(control))->ipi6_ifindex = 0;
            peer->control_length = CMSG_SPACE(sizeof(struct in6_pktinfo));
        }
    }
    return received;
}

int csockets_batch_receive(int descriptor, struct csockets_batch *batch) {
    return receive(descriptor, batch, MSG_WAITFORONE);
}

int csockets_batch_receive_or_wake(int descriptor, int wake, struct csockets_batch *batch) {
    for (;;) {
        struct pollfd both[2] = {{descriptor, POLLIN, 0}, {wake, POLLIN, 0}};
        if (poll(both, 2, -1) < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        if (both[1].revents) return 0;
        int received = receive(descriptor, batch, MSG_DONTWAIT);
        if (received != -EAGAIN) return received;
    }
}

static void address_reply(struct msghdr *header, const struct csockets_peer *peer) {
    header->msg_name = (void *)peer->address;
    header->msg_namelen = peer->address_length;
    header->msg_control = peer->control_length ? (void *)peer->control : NULL;
    header->msg_controllen = peer->control_length;
}

int csockets_batch_send(int descriptor, struct csockets_batch *batch, int count) {
    for (int i = 0; i < count; i++) {
        uint32_t slot = batch->view.out_slots[i];
        batch->out_vectors[i].iov_base = batch->view.base + batch->view.stride * slot;
        batch->out_vectors[i].iov_len = batch->view.out_lengths[i];
        address_reply(&batch->out[i].msg_hdr, &batch->view.peers[slot]);
    }
    int sent = 0, refused = 0;
    while (sent < count) {
        int n = sendmmsg(descriptor, batch->out + sent, (unsigned)(count - sent), 0);
        if (n > 0) {
            sent += n;
        } else if (n == 0 || errno != EINTR) {
            // The first one failed: leave it out, the rest may go.
            sent++;
            refused++;
        }
    }
    return refused;
}

int csockets_send(int descriptor, const void *octets, size_t length,
                  const struct csockets_peer *peer) {
    struct iovec vector = {(void *)octets, length};
    struct msghdr header = {0};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    address_reply(&header, peer);
    ssize_t sent;
    do sent = sendmsg(descriptor, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

static int address_octets(const struct sockaddr *address, uint8_t *out) {
    if (address->sa_family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)address)->sin_addr, 4);
        return 4;
    }
    if (address->sa_family != AF_INET6) return 0;
    const struct in6_addr *octets = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(octets)) {
        memcpy(out, octets->s6_addr + 12, 4);
        return 4;
    }
    memcpy(out, octets, 16);
    return 16;
}

int csockets_peer_address(const struct csockets_peer *peer, uint8_t *out) {
    return address_octets((const struct sockaddr *)peer->address, out);
}

uint16_t csockets_peer_port(const struct csockets_peer *peer) {
    const struct sockaddr *address = (const struct sockaddr *)peer->address;
    switch (address->sa_family) {
    case AF_INET: return ntohs(((const struct sockaddr_in *)address)->sin_port);
    case AF_INET6: return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
    default: return 0;
    }
}

static int set(int descriptor, int level, int option, int value) {
    return setsockopt(descriptor, level, option, &value, sizeof value) ? -errno : 0;
}

int csockets_udp_configure(int descriptor, int family, int wildcard, int receive_buffer) {
    int result = 0;
    if (receive_buffer > 0) (void)set(descriptor, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    // No path MTU discovery: forged ICMP must not shrink or stop our replies.
    if (family == AF_INET) {
        (void)set(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
        if (wildcard) result = set(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
    } else {
        (void)set(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
        (void)set(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
        if (wildcard) result = set(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
    return result;
}

int csockets_udp_bind(const uint8_t *address, int address_length, uint16_t port, int shared,
                      int dual_stack, int receive_buffer) {
    int family = address_length == 4 ? AF_INET : AF_INET6;
    struct sockaddr_in6 name6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in name4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int wildcard = 1;
    for (int i = 0; i < address_length; i++) wildcard = wildcard && address[i] == 0;
    int descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int result = 0;
    if (shared) result = set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
    // Only `::` can answer IPv4 too.
    if (!result && family == AF_INET6)
        result = set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, !(wildcard && dual_stack));
    if (!result) result = csockets_udp_configure(descriptor, family, wildcard, receive_buffer);
    if (!result) {
        memcpy(family == AF_INET ? (void *)&name4.sin_addr : (void *)&name6.sin6_addr, address,
               (size_t)address_length);
        const struct sockaddr *name = family == AF_INET ? (void *)&name4 : (void *)&name6;
        socklen_t length = family == AF_INET ? sizeof name4 : sizeof name6;
        if (bind(descriptor, name, length)) result = -errno;
    }
    if (!result) return descriptor;
    close(descriptor);
    return result;
}

int csockets_granted_receive_buffer(int descriptor) {
    int value = 0;
    socklen_t length = sizeof value;
    getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &value, &length);
    // The kernel doubles what was asked, for its own records (socket(7)).
    return value / 2;
}

int csockets_bound(int descriptor, uint8_t *address, uint16_t *port) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getsockname(descriptor, (struct sockaddr *)&name, &length)) return -errno;
    *port = ntohs(name.ss_family == AF_INET ? ((struct sockaddr_in *)&name)->sin_port
                                            : ((struct sockaddr_in6 *)&name)->sin6_port);
    int octets = address_octets((struct sockaddr *)&name, address);
    return octets ? octets : -EAFNOSUPPORT;
}

int csockets_kind(int descriptor) {
    int type = 0, listening = 0;
    socklen_t length = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length)) return 0;
    if (type == SOCK_DGRAM) return 2;
    length = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length)) return 0;
    return type == SOCK_STREAM && listening ? 1 : 0;
}

void csockets_shutdown(int descriptor) {
    // ENOTCONN is expected for UDP; Linux wakes the receiver all the same.
    (void)shutdown(descriptor, SHUT_RD);
}

void csockets_close(int descriptor) { (void)close(descriptor); }

void csockets_close_on_exec(int descriptor) { (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

int csockets_event_create(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void csockets_event_signal(int descriptor) {
    uint64_t one = 1;
    ssize_t n;
    do n = write(descriptor, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void csockets_event_wait(int descriptor) {
    uint64_t value;
    ssize_t n;
    do n = read(descriptor, &value, sizeof value);
    while (n < 0 && errno == EINTR);
}

void csockets_event_wait_for(int descriptor, int milliseconds) {
    struct pollfd waited = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&waited, 1, milliseconds);
    if (ready > 0) csockets_event_wait(descriptor);
}

uint64_t csockets_monotonic_milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t csockets_monotonic_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint32_t csockets_realtime_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint32_t)t.tv_sec;
}

void csockets_name_thread(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    (void)pthread_setname_np(pthread_self(), cut);
}

int csockets_irregular(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return 0;
    return S_ISFIFO(status.st_mode) ? 1 : S_ISSOCK(status.st_mode) ? 2 : 3;
}

int csockets_file_stamp(const char *path, csockets_stamp *stamp) {
    struct stat status;
    if (stat(path, &status) != 0 || S_ISDIR(status.st_mode)) return 0;
    stamp->modified = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    stamp->size = status.st_size;
    stamp->number = status.st_ino;
    stamp->device = status.st_dev;
    return 1;
}

int csockets_permissions(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? (int)(status.st_mode & 07777) : -1;
}

uint64_t csockets_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) ? 1024 : (uint64_t)limit.rlim_cur;
}

void csockets_pause(uint32_t milliseconds) {
    struct timespec t = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static size_t local_time(struct timespec time, int digits, char *out, size_t capacity) {
    struct tm parts;
    char zone[8];
    localtime_r(&time.tv_sec, &parts);
    size_t length = strftime(out, capacity, "%Y-%m-%dT%H:%M:%S", &parts);
    if (length == 0 || strftime(zone, sizeof zone, "%z", &parts) == 0) return 0;
    long part = digits == 3 ? time.tv_nsec / 1000000 : time.tv_nsec / 1000;
    int more = snprintf(out + length, capacity - length, ".%0*ld%s", digits, part, zone);
    return more > 0 && (size_t)more < capacity - length ? length + (size_t)more : 0;
}

size_t csockets_local_time(char *out, size_t capacity) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return local_time(now, 3, out, capacity);
}

size_t csockets_local_time_of(uint64_t nanoseconds, char *out, size_t capacity) {
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000),
                            .tv_nsec = (long)(nanoseconds % 1000000000)};
    return local_time(time, 6, out, capacity);
}

uint64_t csockets_realtime_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int csockets_unix_datagram(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        int problem = errno;
        close(descriptor);
        return -problem;
    }
    return descriptor;
}

int csockets_send_datagram(int descriptor, const void *octets, size_t length) {
    ssize_t n;
    do n = send(descriptor, octets, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

int csockets_open_log(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    return descriptor < 0 ? -errno : descriptor;
}

int csockets_write_all(int descriptor, const void *octets, size_t length) {
    const char *rest = octets;
    while (length > 0) {
        ssize_t n = write(descriptor, rest, length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        rest += n;
        length -= (size_t)n;
    }
    return 0;
}

uint64_t csockets_allocated_octets(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void csockets_allocate_ahead(uint32_t octets) {
    // A first call keeps glibc from adapting these two to what is freed: they get the values that
    // it would end up with in a process of that size.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, octets > 0 ? (int)octets : 128 << 10);
}

uint32_t csockets_core_count(void) {
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 0;
    long online = count > 0 ? count : sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

int csockets_memory_file(void) { return memfd_create("waypost", MFD_CLOEXEC); }
