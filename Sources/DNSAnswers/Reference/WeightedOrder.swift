// SPDX-License-Identifier: Apache-2.0
import StateStore

/// A random order in which weights count: each next instance is drawn from those left, with a
/// chance in proportion to its weight; those of weight 0 come last.
enum WeightedOrder {
    /// Puts instances in order; where all weights are equal it is the plain permutation, so that
    /// the fast line can make it too.
    static func shuffled(
        _ instances: [InstanceView],
        using generator: inout Generator
    ) -> [InstanceView] {
        let weights = instances.map(weight(of:))
        guard weights.contains(where: { $0 != weights[0] }) else {
            return permuted(instances, using: &generator)
        }
        let heavy = instances.indices.filter { weights[$0] > 0 }
        let light = instances.indices.filter { weights[$0] == 0 }.map { instances[$0] }
        var sums = WeightSums(heavy.map { weights[$0] })
        var order: [InstanceView] = []
        order.reserveCapacity(instances.count)
        for _ in heavy {
            order.append(instances[heavy[sums.draw(generator.below(sums.total))]])
        }
        return order + permuted(light, using: &generator)
    }

    /// The weight of an instance in its health (spec/dns.md 2.5).
    static func weight(of instance: InstanceView) -> Int {
        max(0, instance.service.weights.weight(for: instance.health.status))
    }

    private static func permuted(
        _ instances: [InstanceView],
        using generator: inout Generator
    ) -> [InstanceView] {
        var order: [InstanceView] = []
        pick(instances.count, of: instances.count, using: &generator) {
            order.append(instances[$0])
        }
        return order
    }
}

/// Sums of weights in a binary indexed tree: drawing takes a number of steps that grows with the
/// logarithm of the count.
private struct WeightSums {
    /// The sum of the weights that are left.
    private(set) var total = 0
    private var tree: [Int]
    private var weights: [Int]

    init(_ weights: [Int]) {
        self.weights = weights
        tree = [Int](repeating: 0, count: weights.count + 1)
        for (index, weight) in weights.enumerated() { add(weight, at: index) }
    }

    private mutating func add(_ weight: Int, at index: Int) {
        total += weight
        var node = index + 1
        while node < tree.count {
            tree[node] += weight
            node += node & -node
        }
    }

    /// Takes out the element in whose share of `0..<total` the number lies.
    mutating func draw(_ number: Int) -> Int {
        var step = 1
        while step * 2 < tree.count { step *= 2 }
        var index = 0
        var left = number
        while step > 0 {
            let next = index + step
            if next < tree.count, tree[next] <= left {
                index = next
                left -= tree[next]
            }
            step /= 2
        }
        add(-weights[index], at: index)
        return index
    }
}
