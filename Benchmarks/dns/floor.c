// SPDX-License-Identifier: Apache-2.0
//
// The floor under every name server of this shape: the same system calls as a UDP worker's, and no DNS. It receives a batch
// with recvmmsg, sets QR in each datagram and sends the batch back.
//
//     floor ADDRESS PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { WIDTH = 32, SLOT = 4096, STRIDE = 4160 };

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: floor ADDRESS PORT\n");
        return 2;
    }
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    int one = 1, room = 1 << 20, udp = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (inet_pton(AF_INET, arguments[1], &here.sin_addr) != 1 || bind(udp, (void *)&here, sizeof here) != 0) {
        perror("floor: bind");
        return 1;
    }
    static uint8_t octets[WIDTH * STRIDE];
    static struct mmsghdr messages[WIDTH];
    static struct iovec places[WIDTH];
    static struct sockaddr_in6 peers[WIDTH];
    for (;;) {
        for (int i = 0; i < WIDTH; i++) {
            places[i] = (struct iovec){octets + STRIDE * i, SLOT};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &places[i], .msg_iovlen = 1};
        }
        int received = recvmmsg(udp, messages, WIDTH, MSG_WAITFORONE, NULL);
        if (received < 0) {
            if (errno == EINTR) continue;
            perror("floor: recvmmsg");
            return 1;
        }
        for (int i = 0; i < received; i++) {
            octets[STRIDE * i + 2] |= 0x80;
            places[i].iov_len = messages[i].msg_len;
        }
        for (int sent = 0; sent < received;) {
            int more = sendmmsg(udp, messages + sent, received - sent, 0);
            sent += more > 0 ? more : 1;
        }
    }
}
