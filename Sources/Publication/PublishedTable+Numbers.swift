// SPDX-License-Identifier: Apache-2.0
import Synchronization

// Numbered entries: entries refer to each other by number, so that one can be replaced without
// touching those that refer to it. A number is retired like memory: it goes to another entry
// only when no reader can hold it.
extension PublishedTable {
    /// Gives an entry a number of its own; `nil` when all 16 million are taken.
    public func insertNumbered(_ entry: Entry) -> UInt32? {
        let number: UInt32
        if let free = freeNumbers.popLast() {
            number = free
        } else if nextNumber < UInt32(EntryPages.capacity) {
            number = nextNumber
            nextNumber += 1
        } else {
            return nil
        }
        unsafe slot(number).pointee.store(UInt(bitPattern: entry.base), ordering: .releasing)
        return number
    }

    /// Puts an entry in the place of the one with this number.
    ///
    /// - Returns: the entry that was replaced; readers may still hold it.
    public func replaceNumbered(_ number: UInt32, with entry: Entry) -> Entry? {
        let old = unsafe slot(number).pointee.exchange(
            UInt(bitPattern: entry.base),
            ordering: .acquiringAndReleasing
        )
        return unsafe UnsafeRawPointer(bitPattern: old).map { unsafe Entry(base: $0) }
    }

    /// Frees a numbered entry and its number as soon as no reader can hold either.
    ///
    /// Until then the number leads to the entry.
    public func retireNumbered(_ number: UInt32) {
        guard let entry = numberedEntry(number) else { return }
        retire(Retired(.number(number), entry))
    }

    /// The entry with a number.
    public func numberedEntry(_ number: UInt32) -> Entry? {
        let address = unsafe slot(number).pointee.load(ordering: .relaxed)
        return unsafe UnsafeRawPointer(bitPattern: address).map { unsafe Entry(base: $0) }
    }

    func clearSlot(_ number: UInt32) {
        unsafe slot(number).pointee.store(0, ordering: .releasing)
    }

    func freePages() {
        for page in 0..<EntryPages.slotsPerPage {
            let address = unsafe directorySlot(page).pointee.load(ordering: .relaxed)
            if let memory = unsafe UnsafeMutableRawPointer(bitPattern: address) {
                unsafe ZeroedMemory.free(memory)
            }
        }
        unsafe ZeroedMemory.free(directory)
    }

    private func directorySlot(_ page: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        unsafe directory.assumingMemoryBound(to: Atomic<UInt>.self) + page
    }

    /// The slot of a number; its page is made when it is missing.
    private func slot(_ number: UInt32) -> UnsafeMutablePointer<Atomic<UInt>> {
        let entry = unsafe directorySlot(Int(number >> EntryPages.pageBits))
        var address = unsafe entry.pointee.load(ordering: .relaxed)
        if address == 0 {
            let size = EntryPages.slotsPerPage * MemoryLayout<UInt>.stride
            address = unsafe UInt(bitPattern: ZeroedMemory.allocate(size))
            unsafe entry.pointee.store(address, ordering: .releasing)
        }
        guard let page = unsafe UnsafeMutablePointer<Atomic<UInt>>(bitPattern: address) else {
            preconditionFailure("page of number \(number)")
        }
        return unsafe page + Int(number) & (EntryPages.slotsPerPage - 1)
    }
}
