// SPDX-License-Identifier: Apache-2.0
//
// The socket calls of the DNS workers that Swift cannot express: control message macros,
// recvmmsg and sendmmsg (GNU extensions), and a few options behind macros. And a file in memory,
// which Swift's view of the C library lacks.
#ifndef WAYPOST_CSOCKETS_H
#define WAYPOST_CSOCKETS_H

#include <stddef.h>
#include <stdint.h>

/// Where a datagram came from and on which of our addresses it arrived; what a reply needs.
/// `address` holds a sockaddr_in or sockaddr_in6, `control` the packet information.
struct csockets_peer {
    uint64_t address[4];
    uint64_t control[8];
    uint32_t address_length;
    uint32_t control_length;
};

/// The memory of a batch that Swift reads and writes; it belongs to the batch.
struct csockets_view {
    /// Slot `i` begins at `base + i * stride`.
    uint8_t *_Nonnull base;
    size_t stride;
    /// Octets received in slot `i`.
    uint32_t *_Nonnull lengths;
    /// Octets to send and their slots, in sending order.
    uint32_t *_Nonnull out_lengths;
    uint32_t *_Nonnull out_slots;
    struct csockets_peer *_Nonnull peers;
};

struct csockets_batch;

/// A batch of `count` slots that receive up to `slot` octets each, `stride` octets apart.
/// `wildcard`: keep the address a datagram was sent to. Null when memory is short.
struct csockets_batch *_Nullable csockets_batch_create(int count, size_t slot, size_t stride,
                                                       int wildcard);
void csockets_batch_destroy(struct csockets_batch *_Nonnull batch);
struct csockets_view csockets_batch_view(struct csockets_batch *_Nonnull batch);
/// Waits for one datagram, then takes what else is there. Returns how many, or -errno.
int csockets_batch_receive(int descriptor, struct csockets_batch *_Nonnull batch);
/// The same for a socket that cannot be shut down because another process holds it too:
/// waits for the socket or for `wake`; returns 0 when only `wake` is ready.
int csockets_batch_receive_or_wake(int descriptor, int wake, struct csockets_batch *_Nonnull batch);
/// Sends the first `count` of the queued replies. Returns how many the kernel refused.
int csockets_batch_send(int descriptor, struct csockets_batch *_Nonnull batch, int count);
/// Sends one reply. Returns 0 or -errno.
int csockets_send(int descriptor, const void *_Nonnull octets, size_t length,
                  const struct csockets_peer *_Nonnull peer);

/// Writes the octets of the peer's IP address to `out` (16 octets of room); returns 4 or 16.
/// An IPv4 address mapped into IPv6 comes out as IPv4.
int csockets_peer_address(const struct csockets_peer *_Nonnull peer, uint8_t *_Nonnull out);
/// The peer's port.
uint16_t csockets_peer_port(const struct csockets_peer *_Nonnull peer);

/// Makes and binds a UDP socket. `address` is 4 or 16 octets; `shared`: SO_REUSEPORT;
/// `dual_stack`: `::` answers IPv4 too. Returns a descriptor or -errno.
int csockets_udp_bind(const uint8_t *_Nonnull address, int address_length, uint16_t port,
                      int shared, int dual_stack, int receive_buffer);
/// Sets what every UDP socket of ours needs, also on one that systemd handed over.
/// Returns 0 or -errno.
int csockets_udp_configure(int descriptor, int family, int wildcard, int receive_buffer);
/// The receive buffer that the kernel granted, in octets.
int csockets_granted_receive_buffer(int descriptor);
/// The bound address (4 or 16 octets in `address`, the count returned) and port; -errno.
int csockets_bound(int descriptor, uint8_t *_Nonnull address, uint16_t *_Nonnull port);
/// 1 a listening TCP socket, 2 a UDP socket, 0 something else.
int csockets_kind(int descriptor);
/// Ends the waiting of whoever receives on the socket, now and later.
void csockets_shutdown(int descriptor);
void csockets_close(int descriptor);
void csockets_close_on_exec(int descriptor);

/// An eventfd; -errno.
int csockets_event_create(void);
void csockets_event_signal(int descriptor);
/// Waits for a signal and takes it.
void csockets_event_wait(int descriptor);
/// Waits for a signal, at most so many milliseconds, and takes it if it came.
void csockets_event_wait_for(int descriptor, int milliseconds);

uint64_t csockets_monotonic_milliseconds(void);
uint64_t csockets_monotonic_nanoseconds(void);
uint32_t csockets_realtime_seconds(void);
/* Writes the local time as 2006-01-02T15:04:05.000-0700; returns its length, 0 if out is too small. */
size_t csockets_local_time(char *_Nonnull out, size_t capacity);
/* The same of a time in nanoseconds since 1970, with microseconds. */
size_t csockets_local_time_of(uint64_t nanoseconds, char *_Nonnull out, size_t capacity);
uint64_t csockets_realtime_nanoseconds(void);
/// A datagram socket that never blocks, connected to the unix socket at `path`; -errno.
int csockets_unix_datagram(const char *_Nonnull path);
/// Sends one datagram without waiting. Returns 0 or -errno.
int csockets_send_datagram(int descriptor, const void *_Nonnull octets, size_t length);
/// Opens a new log file for appending (mode 0640); one that is there is added to, links are not followed.
/// A descriptor or -errno.
int csockets_open_log(const char *_Nonnull path);
/// Writes all octets. Returns 0 or -errno; a part may be written then.
int csockets_write_all(int descriptor, const void *_Nonnull octets, size_t length);
void csockets_pause(uint32_t milliseconds);
/* How many cores this process may run on (taskset, cpuset); at least 1. */
uint32_t csockets_core_count(void);
/* Octets that malloc has given out. */
uint64_t csockets_allocated_octets(void);
/// How many octets malloc takes from the system at once beside what it needs, for each thread;
/// more means fewer system calls while much is allocated. 0 sets what the C library begins with.
void csockets_allocate_ahead(uint32_t octets);
/// Names the calling thread (at most 15 octets count).
void csockets_name_thread(const char *_Nonnull name);
/// What a path leads to: 0 a file, a folder or nothing, 1 a named pipe, 2 a socket, 3 a device.
/// (In Swift `struct stat` belongs to whichever module of a package imported it first.)
int csockets_irregular(const char *_Nonnull path);
/// How a file looks without being read.
typedef struct {
    /// When it was written last, in nanoseconds since 1970.
    int64_t modified;
    /// Its length in octets.
    int64_t size;
    /// Its number in its file system, and that of the file system.
    uint64_t number, device;
} csockets_stamp;

/// How the file looks that a path leads to, through links; 0 where that is a directory or nothing.
int csockets_file_stamp(const char *_Nonnull path, csockets_stamp *_Nonnull stamp);
/// The permissions of the file that a path leads to, through links, as `chmod` takes them; -1 and errno.
int csockets_permissions(const char *_Nonnull path);
/// The soft limit of open descriptors.
uint64_t csockets_descriptor_limit(void);
/// An empty file in memory, closed on exec; -1 and errno.
int csockets_memory_file(void);

#endif
