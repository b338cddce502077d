# SPDX-License-Identifier: Apache-2.0
# Two stages: build with Swift, run on slim Debian.
#   docker build -t waypost .
#   docker run --rm --network host waypost
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libldns-dev zlib1g-dev pkg-config libcap2-bin \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
# Port 53 without root: the binary carries the one capability that it needs. Set here, because a change in the second stage would
# store the binary twice.
RUN swift build -c release --product waypost --static-swift-stdlib \
    && install -D "$(swift build -c release --show-bin-path)/waypost" /out/usr/local/bin/waypost \
    && strip /out/usr/local/bin/waypost \
    && setcap cap_net_bind_service=+ep /out/usr/local/bin/waypost \
    && ln -s waypost /out/usr/local/bin/consul

FROM ${BASE_IMAGE}
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libldns3 ca-certificates \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && useradd --system --uid 8600 --home-dir /var/lib/waypost --create-home waypost \
    && mkdir -p /etc/waypost/services /etc/waypost/zones
COPY --from=build /out/ /
COPY zones /etc/waypost/zones
USER waypost
WORKDIR /var/lib/waypost
EXPOSE 8600/udp 8600/tcp 8500/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s \
    CMD ["waypost", "operator", "ready"]
ENTRYPOINT ["waypost"]
CMD ["agent", "-dev", "-client", "0.0.0.0", "-config-dir", "/etc/waypost/services", "-zone-dir", "/etc/waypost/zones"]
