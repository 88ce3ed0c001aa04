/// A uniformly random integer below `bound`, without bias (Lemire 2019: the high word of a product, with rejection).
///
/// Written out because the standard library may change how it draws, and peers must draw alike.
///
/// - Parameter bound: ≥ 1.
package func uniform(below bound: UInt64, using generator: inout some RandomNumberGenerator) -> UInt64 {
    precondition(bound >= 1, "no integer lies below \(bound)")
    let threshold = (0 &- bound) % bound
    while true {
        let product = generator.next().multipliedFullWidth(by: bound)
        if product.low >= threshold { return product.high }
    }
}

/// A uniformly random order of `0..<count`: Fisher–Yates from the last position down, swapping i with j ≤ i.
///
/// - Parameter count: ≥ 0.
package func permutation(of count: Int, using generator: inout some RandomNumberGenerator) -> [Int] {
    precondition(count >= 0, "no permutation has \(count) entries")
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
        order.swapAt(i, Int(uniform(below: UInt64(i + 1), using: &generator)))
    }
    return order
}
