// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication
import StateStore

extension DNSViewWriter {
    /// Stores the entry of a node, under its name and its number.
    ///
    /// - Returns: the number; `nil` when there is none left.
    func store(_ node: NodeRow) -> UInt32? {
        let entry = NodeEntry.make(
            node,
            settings: settings,
            domainLength: rules.domainLength,
            seed: table.seed
        )
        return store(entry, ofNode: node.name)
    }

    /// Stores the entry of a node that was made.
    func store(_ entry: Entry, ofNode nodeName: String) -> UInt32? {
        liveOctets += entry.size
        let name = NodeName(folding: nodeName)
        if entry.keyLength > 0 { _ = table.insert(entry) }
        if let number = nodeNumbers[name] {
            if let old = table.replaceNumbered(number, with: entry) { retire(old) }
            return number
        }
        guard let number = table.insertNumbered(entry) else {
            if entry.keyLength > 0 { _ = table.remove(kind: NodeEntry.kind, key: entry.key) }
            retire(entry)
            return nil
        }
        nodeNumbers[name] = number
        if Int(number) < nodeNames.count {
            nodeNames[Int(number)] = name
        } else {
            // Numbers are given one after the other.
            nodeNames.append(name)
        }
        return number
    }

    /// Takes a node out of the view.
    ///
    /// No service refers to it any more.
    func removeNode(_ name: String) {
        guard let number = nodeNumbers.removeValue(forKey: NodeName(folding: name)),
            let entry = table.numberedEntry(number)
        else { return }
        if entry.keyLength > 0 { _ = table.remove(kind: NodeEntry.kind, key: entry.key) }
        liveOctets -= entry.size
        table.retireNumbered(number)
    }

    /// Builds the entry of a service from the state, or takes it out.
    func rebuildService(_ name: String, in state: StateStore) {
        // Names that no question can bear have no entry.
        guard let label = PlainName.reachableLabel(of: name) else { return }
        if let wide = wideServices.removeValue(forKey: name) { retireBlocks(of: wide) }
        let count = state.instanceCount(ofService: name)
        let isWide = count > WideService.threshold
        build(name, label, count: count) { visit in
            for instance in state.instances(ofService: name).value {
                visit(standing(of: instance), isWide ? instance.id : "")
            }
        }
    }

    /// Builds the entry of a service of so many instances, of whatever health.
    ///
    /// `forEach` visits them: how each stands, with its tags in ``tags`` if it is answered, and its ID if the service
    /// is wide.
    func build(
        _ name: String,
        _ label: [UInt8],
        count: Int,
        _ forEach: ((InstanceStanding, _ id: String) -> Void) -> Void
    ) {
        if count > WideService.threshold {
            buildWideService(name, label, count: count, forEach)
            return
        }
        draft.removeAll()
        counts.removeAll()
        var served = ServedInstances(count: count)
        forEach { standing, _ in
            switch standing {
            case .hidden: break
            case .odd: served.odd += 1
            case .answered(let image, let traits):
                served.answered += 1
                counts.add(image, traits)
                draft.append(image, tags)
            }
        }
        let threshold = settings.protectThreshold(for: name)
        let verdict = verdict(on: served, counts, protectThreshold: threshold)
        OwnedKey(label).withKey { key in
            let ttl = settings.serviceTTL(for: name)
            switch verdict {
            case .absent: removeService(key)
            case .slow:
                replaceService(with: ServiceEntry.makeSlow(key, ttl: ttl, seed: table.seed))
            case .fast(let flags):
                let entry = ServiceEntry.make(
                    key,
                    ttl: ttl,
                    flags: flags,
                    widest: counts.widest,
                    block: draft,
                    seed: table.seed
                )
                replaceService(with: entry)
            }
        }
    }

    /// An instance with what DNS says of it, but for its tags, which nobody looks at here.
    ///
    /// `known` is the number of its node, if the caller has it.
    func look(at instance: InstanceView, onNode known: UInt32? = nil) -> StandingInstance {
        StandingInstance(appearance(of: instance, tagCount: 0, onNode: known), instance)
    }

    /// What DNS says of an instance that was looked at; its tags are in ``tags`` if it is answered.
    func settled(_ instance: StandingInstance) -> InstanceStanding {
        guard case .answered = instance.standing else { return instance.standing }
        let instanceTags = instance.tags
        guard instanceTags.count <= TagWords.maximum else {
            return .odd(Self.key(instance.nodeName, instance.id))
        }
        tags.fill(instanceTags)
        return instance.standing
    }

    /// What DNS says of an instance; its tags are in ``tags`` if it is answered.
    ///
    /// `known` is the number of its node, if the caller has it.
    func standing(of instance: InstanceView, onNode known: UInt32? = nil) -> InstanceStanding {
        let instanceTags = instance.tags
        let standing = appearance(of: instance, tagCount: instanceTags.count, onNode: known)
        if case .answered = standing { tags.fill(instanceTags) }
        return standing
    }

    @inline(__always)
    private func appearance(
        of instance: InstanceView,
        tagCount: Int,
        onNode known: UInt32?
    ) -> InstanceStanding {
        let health = instance.health
        // spec/dns.md 3.1: what is not healthy does not exist for DNS.
        guard health.isServed(onlyPassing: rules.onlyPassing) else { return .hidden }
        guard tagCount <= TagWords.maximum,
            let number = known ?? number(of: instance),
            let entry = table.numberedEntry(number).map(NodeEntry.init),
            let (image, ownAddress) = image(of: instance, entry, health, number)
        else { return .odd(Self.key(instance.nodeName, instance.id)) }
        let priority = instance.priority
        return .answered(image, traits(of: image, ownAddress, priority, entry))
    }

    /// The record of an instance and the text of its own address; `nil` where only the reference
    /// line can answer with it.
    private func image(
        of instance: InstanceView,
        _ node: NodeEntry,
        _ health: InstanceHealth,
        _ number: UInt32
    ) -> (InstanceImage, ownAddress: String)? {
        if !instance.hasTaggedAddresses {
            // So are most; the others are looked at type by type.
            let own = instance.address
            let port = UInt16(truncatingIfNeeded: instance.port)
            let weights = instance.weights
            let weight = UInt16(truncatingIfNeeded: weights.weight(for: health.status))
            if own.isEmpty {
                if let image = InstanceImage(on: node, number, port: port, weight: weight) {
                    return (image, own)
                }
            } else if let address = IPAddress(text: own) {
                return (InstanceImage(at: address, number, port: port, weight: weight), own)
            }
        }
        let facts = InstanceFacts(
            instance.service,
            on: instance.node,
            health: health,
            number: number
        )
        return facts.map { (InstanceImage($0), $0.ownAddress) }
    }

    private func traits(
        of image: InstanceImage,
        _ ownAddress: String,
        _ priority: Int,
        _ entry: NodeEntry
    ) -> InstanceTraits {
        let length = entry.target.count
        // A node whose texts are too long is slow and has none; SRV has to look at it.
        let hasTexts = entry.textCount > 0 || entry.flags.contains(.isSlow)
        let width =
            image.flags.contains(.targetIsAddress)
            // `\\8hhhhhhhh\\4addr\\3dc1`, 32 digits for IPv6.
            ? (image.flags.contains(.anyIsV6) ? 33 : 9) + 5 + rules.datacenterLength + 1
            : length
        var flags: InstanceTraits.Flags = []
        if priority != 1 { flags.insert(.hasPriority) }
        if hasTexts { flags.insert(.hasTexts) }
        // A name that cannot stand in a target has none.
        if length == 0 || length + rules.domainLength > 255 { flags.insert(.hasSlowName) }
        let (location, isRecord) = ServiceCounts.fingerprint(
            location: image,
            ownAddress: ownAddress,
            table.seed
        )
        if isRecord { flags.insert(.isRecordLocation) }
        return InstanceTraits(location: location, width: width, flags: flags)
    }

    /// What the view says of a service whose instances stand so.
    func verdict(
        on served: ServedInstances,
        _ counts: borrowing ServiceCounts,
        protectThreshold: Double
    ) -> ServiceVerdict {
        let hidesInstances = served.answered + served.odd < served.count
        if hidesInstances, protectThreshold > 0 { return .slow }
        guard served.answered + served.odd > 0 else {
            // The reference line says that there are some, and why none is answered.
            return hidesInstances && rules.explainsErrors ? .slow : .absent
        }
        if served.odd > 0 || counts.areForReference(rules) { return .slow }
        var flags = counts.flags(domainLength: rules.domainLength)
        if hidesInstances { flags.insert(.hidesInstances) }
        return .fast(flags)
    }

    /// Stores the entry of a service in the place of the one before.
    func replaceService(with entry: Entry) {
        if isApart {
            madeEntries.append(entry)
            return
        }
        liveOctets += entry.size
        if let old = table.insert(entry) { retire(old) }
    }

    /// Takes out every service whose label is not among these.
    func removeServices(except labels: Set<[UInt8]>) {
        var gone: [Entry] = []
        table.forEachEntry { entry in
            guard entry.kind == ServiceEntry.kind, !labels.contains(entry.key.octets) else {
                return
            }
            gone.append(entry)
        }
        for entry in gone { removeService(entry.key) }
        for (name, wide) in wideServices where !labels.contains(wide.label) {
            retireBlocks(of: wide)
            wideServices[name] = nil
        }
    }

    func removeService(_ key: EntryKey) {
        if isApart { return }
        if let old = table.remove(kind: ServiceEntry.kind, key: key) { retire(old) }
    }

    private func number(of instance: InstanceView) -> UInt32? {
        nodeNumbers[NodeName(folding: instance.nodeName)] ?? store(instance.node)
    }

    private func retire(_ entry: Entry) {
        liveOctets -= entry.size
        table.retire(entry)
    }
}

/// A folded node name; two are equal octet for octet, where texts are equal by the rules of Unicode.
struct NodeName: Hashable {
    let folded: String

    init(folding name: String) { folded = StateStore.folded(name) }

    /// A name that was folded before.
    init(folded: String) { self.folded = folded }

    static func == (left: NodeName, right: NodeName) -> Bool {
        left.folded.hasSameOctets(as: right.folded)
    }

    func hash(into hasher: inout Hasher) { folded.hash(into: &hasher) }
}
