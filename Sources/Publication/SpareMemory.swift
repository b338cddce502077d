// SPDX-License-Identifier: Apache-2.0

/// Memory that nobody can read any more, kept for what is made next: a writer that replaces pieces
/// of much the same size again and again needs no allocator for them, which takes some 600
/// instructions for a piece of more than a KiB.
///
/// Pieces are told apart by their size, rounded up; what is larger than the largest class, or more
/// than is kept, goes to the allocator.
@safe
struct SpareMemory: ~Copyable {
    /// Sizes are rounded up to a multiple of this.
    private static let step = 32
    /// Classes of sizes: up to 8 KiB, the list of blocks of 60,000 instances.
    private static let classes = 256
    /// The most octets that are kept.
    static let most = 1 << 16

    /// The first piece of each class; a piece begins with the address of the next.
    private let first: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// Octets that are kept.
    private(set) var octets = 0

    init() {
        unsafe first = .allocate(capacity: Self.classes)
        unsafe first.initialize(repeating: nil, count: Self.classes)
    }

    deinit {
        for number in 0..<Self.classes {
            var next = unsafe first[number]
            while let piece = unsafe next {
                unsafe next = unsafe piece.load(as: UnsafeMutableRawPointer?.self)
                unsafe piece.deallocate()
            }
        }
        unsafe first.deallocate()
    }

    /// Memory of at least so many octets, at a multiple of 16, with whatever stands in it.
    mutating func take(_ size: Int) -> UnsafeMutableRawPointer {
        let number = (size + Self.step - 1) / Self.step
        if number < Self.classes, let piece = unsafe first[number] {
            unsafe first[number] = unsafe piece.load(as: UnsafeMutableRawPointer?.self)
            octets -= number * Self.step
            return unsafe piece
        }
        return unsafe Self.make(size)
    }

    /// New memory of the class of a size.
    static func make(_ size: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: (size + step - 1) / step * step, alignment: 16)
    }

    /// Gives back what was taken with this size.
    mutating func give(_ piece: UnsafeMutableRawPointer, size: Int) {
        let number = (size + Self.step - 1) / Self.step
        guard number > 0, number < Self.classes, octets + number * Self.step <= Self.most else {
            unsafe piece.deallocate()
            return
        }
        unsafe piece.storeBytes(of: first[number], as: UnsafeMutableRawPointer?.self)
        unsafe first[number] = unsafe piece
        octets += number * Self.step
    }
}
