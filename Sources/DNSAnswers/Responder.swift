// SPDX-License-Identifier: Apache-2.0
import CSockets
public import Publication

/// The fast line: answers queries in place, in three passes over a batch, so that the memory
/// waits of its queries overlap.
///
/// A thread owns one. Between ``ViewReader/enter()`` and ``ViewReader/leave()`` it calls
/// ``beginBatch(now:)``, then ``route(_:length:slot:)`` for each datagram, ``locate(_:)`` for
/// each that was `.fast`, and ``answer(_:slot:capacity:transport:)`` for each of those. TCP is a
/// batch of one. No pass allocates, locks, waits or counts references.
///
/// What is odd is handed over to the ``ReferenceResponder``, whole and unchanged, by `.slow` or
/// by an answer of length 0. Whatever is answered here is answered octet for octet as there.
///
/// Its methods all mutate, whether they change anything or not: a struct of this size that is
/// only borrowed would be copied to the stack for each call.
///
/// The buffer of every datagram must have ``slack`` octets more than the longest query and than
/// the `capacity` for its reply: words are read and written past the end.
@safe
public struct Responder: ~Copyable {
    /// What is to become of a datagram.
    public enum RouteKind: Sendable {
        /// Locate and answer it.
        case fast
        /// Hand it over.
        case slow
        /// Say nothing.
        case silent
    }

    /// Octets behind a query that may be read and behind a reply that may be overwritten.
    ///
    /// They may hold anything.
    public static let slack = 64

    /// Services of up to that many instances are answered from the start.
    private static let usualWidth = 1 << 14

    let root: UnsafePointer<ViewRoot>
    let scratch: ResponderScratch
    var permutation = Permutation(capacity: Responder.usualWidth)
    /// The numbers of instances with the tag that is asked for; as many as a choice may be wide.
    var matches = ScratchNumbers(capacity: Responder.usualWidth)
    var generator: Generator
    let seed: UInt64
    /// Widest service that was handed over for want of a wider permutation.
    var wantedWidth = 0

    // As of the batch's beginning; valid until the reader leaves.
    var table: EntryTable
    var pages: EntryPages
    var configuration: ViewConfiguration
    var now: UInt32 = 0

    /// A responder over a view that has been published at least once.
    ///
    /// - Parameters:
    ///   - root: the root of the view; it must outlive the responder.
    ///   - seed: of the order of answers.
    ///   - batch: how many datagrams there are in a batch at most.
    public init(root: UnsafePointer<ViewRoot>, seed: UInt64, batch: Int) {
        unsafe self.root = unsafe root
        scratch = ResponderScratch(slots: batch)
        generator = Generator(seed: seed)
        self.seed = unsafe root.pointee.seed
        table = unsafe root.pointee.table
        pages = unsafe root.pointee.pages
        configuration = unsafe ViewConfiguration(root: root)
    }

    deinit {
        scratch.free()
        matches.free()
    }

    /// Begins a batch: looks where the view is now.
    ///
    /// Call it after `enter()`.
    ///
    /// - Parameter now: the time in seconds since 1970, for serials.
    public mutating func beginBatch(now: UInt32) {
        if wantedWidth > permutation.capacity { widen() }
        table = unsafe root.pointee.table
        configuration = unsafe ViewConfiguration(root: root)
        self.now = now
    }

    /// Begins the random numbers anew: for those who compare this line with the other one.
    public mutating func reseed(_ seed: UInt64) { generator = Generator(seed: seed) }

    /// Makes room for a service that was too wide; it is answered here from now on.
    private mutating func widen() {
        permutation.grow(to: wantedWidth)
        matches.free()
        matches = ScratchNumbers(capacity: wantedWidth)
    }

    /// Second pass: the slot has arrived; asks for the entry.
    @inline(__always)
    public mutating func locate(_ slot: Int) {
        let hash = scratch.route(slot).hash
        guard let entry = unsafe table.likelyEntryAddress(hash: hash) else { return }
        unsafe csockets_prefetch(entry)
        unsafe csockets_prefetch(entry + 64)
        unsafe csockets_prefetch(entry + 128)
    }
}
