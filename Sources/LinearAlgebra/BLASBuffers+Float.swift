import CKernels

/// One dense layer inside a flat parameter vector: W by rows, shape `(inputCount, outputCount)`, then b.
///
/// Local arithmetic in single precision, in the kernels' own order of sums.
package struct DenseLayer: Sendable, Equatable {
    package let inputCount: Int
    package let outputCount: Int
    /// Where W starts in the flat vector.
    package let offset: Int

    /// - Precondition: both counts ≥ 1, `offset` ≥ 0.
    package init(inputCount: Int, outputCount: Int, offset: Int) {
        precondition(
            inputCount >= 1 && outputCount >= 1 && offset >= 0,
            "a layer of \(inputCount) × \(outputCount) at \(offset)")
        self.inputCount = inputCount
        self.outputCount = outputCount
        self.offset = offset
    }

    /// Entries of W.
    package var weightCount: Int { inputCount * outputCount }
    /// Entries of W and b.
    package var parameterCount: Int { (inputCount + 1) * outputCount }
    /// Where b starts.
    package var biasOffset: Int { offset + weightCount }
    /// Where the next layer starts.
    package var end: Int { offset + parameterCount }

    /// output = input · W + b.
    ///
    /// - Parameters:
    ///   - input: shape `(rowCount, inputCount)`, more is not read.
    ///   - parameters: the flat vector.
    ///   - output: shape `(rowCount, outputCount)`, more is left alone.
    package func forward(
        _ input: [Float], rowCount: Int, parameters: [Float], into output: inout [Float],
        arithmetic: KernelLevel = .best
    ) {
        precondition(input.count >= rowCount * inputCount, "\(input.count) inputs for \(rowCount) rows")
        precondition(output.count >= rowCount * outputCount, "\(output.count) outputs for \(rowCount) rows")
        precondition(parameters.count >= end, "\(parameters.count) parameters, not \(end)")
        // SAFETY: the counts were checked above; three distinct arrays; the kernel keeps no pointer.
        unsafe output.withUnsafeMutableBufferPointer { out in
            unsafe parameters.withUnsafeBufferPointer { flat in
                unsafe input.withUnsafeBufferPointer { source in
                    guard let to = out.baseAddress, let from = flat.baseAddress,
                        let left = source.baseAddress
                    else { return }
                    unsafe ck_float_product(
                        arithmetic.rawValue, left, rowCount, inputCount, from + offset, outputCount,
                        from + biasOffset, to)
                }
            }
        }
    }

    /// The layer's part of `gradient` becomes inputᵀ · outputGradient, and for b the sums over rows.
    ///
    /// - Parameters:
    ///   - input: shape `(rowCount, inputCount)`.
    ///   - outputGradient: shape `(rowCount, outputCount)`.
    ///   - gradient: the flat vector; entries of other layers are left alone.
    package func parameterGradient(
        input: [Float], outputGradient: [Float], rowCount: Int, into gradient: inout [Float],
        arithmetic: KernelLevel = .best
    ) {
        precondition(input.count >= rowCount * inputCount, "\(input.count) inputs for \(rowCount) rows")
        precondition(
            outputGradient.count >= rowCount * outputCount,
            "\(outputGradient.count) gradients for \(rowCount) rows")
        precondition(gradient.count >= end, "a gradient of \(gradient.count), not \(end)")
        guard rowCount > 0 else {
            for index in offset..<end { gradient[index] = 0 }
            return
        }
        // SAFETY: the counts were checked above; three distinct arrays; the kernel keeps no pointer.
        unsafe gradient.withUnsafeMutableBufferPointer { target in
            unsafe input.withUnsafeBufferPointer { source in
                unsafe outputGradient.withUnsafeBufferPointer { outer in
                    guard let to = target.baseAddress, let left = source.baseAddress,
                        let right = outer.baseAddress
                    else { return }
                    unsafe ck_float_gradient(
                        arithmetic.rawValue, left, right, rowCount, inputCount, outputCount, to + offset,
                        to + biasOffset)
                }
            }
        }
    }

    /// inputGradient = outputGradient · Wᵀ.
    ///
    /// - Parameters:
    ///   - outputGradient: shape `(rowCount, outputCount)`.
    ///   - turned: scratch for Wᵀ, at least `weightCount`.
    ///   - inputGradient: shape `(rowCount, inputCount)`, more is left alone.
    package func inputGradient(
        outputGradient: [Float], rowCount: Int, parameters: [Float], turned: inout [Float],
        into inputGradient: inout [Float], arithmetic: KernelLevel = .best
    ) {
        precondition(
            outputGradient.count >= rowCount * outputCount,
            "\(outputGradient.count) gradients for \(rowCount) rows")
        precondition(
            inputGradient.count >= rowCount * inputCount,
            "\(inputGradient.count) entries for \(rowCount) rows")
        precondition(
            parameters.count >= end && turned.count >= weightCount,
            "\(parameters.count) parameters, not \(end); scratch of \(turned.count)")
        // SAFETY: the counts were checked above; four distinct arrays; the kernel keeps no pointer.
        unsafe inputGradient.withUnsafeMutableBufferPointer { to in
            unsafe parameters.withUnsafeBufferPointer { flat in
                unsafe outputGradient.withUnsafeBufferPointer { outer in
                    unsafe turned.withUnsafeMutableBufferPointer { turned in
                        guard let result = to.baseAddress, let from = flat.baseAddress,
                            let left = outer.baseAddress, let scratch = turned.baseAddress
                        else { return }
                        unsafe ck_float_product_transposed(
                            arithmetic.rawValue, left, rowCount, outputCount, from + offset, inputCount,
                            scratch, result)
                    }
                }
            }
        }
    }
}

/// Small pieces of single-precision work on flat blocks. Local arithmetic.
package enum FloatBlocks {
    /// Rows `indices` of a matrix, rounded to single precision.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, d)`; NaN stays NaN, beyond ±3.4e38 they become infinite.
    ///   - indices: row numbers, in 0..<n; they may repeat.
    ///   - block: shape `(indices.count, d)`, more is left alone.
    /// - Returns: whether one of the entries is NaN.
    package static func gather(
        _ rows: Matrix, indices: [Int], into block: inout [Float], arithmetic: KernelLevel = .best
    ) -> Bool {
        let d = rows.columnCount
        precondition(block.count >= indices.count * d, "\(block.count) entries for \(indices.count) × \(d)")
        precondition(
            indices.allSatisfy { $0 >= 0 && $0 < rows.rowCount }, "an index outside \(rows.rowCount) rows")
        // SAFETY: every index lies in 0..<n and the block holds indices.count rows of d; three distinct arrays.
        return unsafe block.withUnsafeMutableBufferPointer { target in
            unsafe rows.elements.withUnsafeBufferPointer { source in
                unsafe indices.withUnsafeBufferPointer { indices in
                    guard let to = target.baseAddress, let from = source.baseAddress,
                        let chosen = indices.baseAddress
                    else { return false }
                    return unsafe ck_float_gather(arithmetic.rawValue, from, d, chosen, indices.count, to)
                        != 0
                }
            }
        }
    }

    /// Every entry of the first `count` held within ±`limit`.
    package static func clamp(_ block: inout [Float], count: Int, limit: Float) {
        precondition(count <= block.count && limit > 0, "\(count) of \(block.count) within ±\(limit)")
        var span = block.mutableSpan
        for index in 0..<count { span[index] = min(max(span[index], -limit), limit) }
    }

    /// Zeroes every NaN among the first `count` entries.
    package static func fillNaN(_ block: inout [Float], count: Int) {
        precondition(count <= block.count, "\(count) of \(block.count)")
        var span = block.mutableSpan
        for index in 0..<count where span[index].isNaN { span[index] = 0 }
    }

    /// Σ x², in double precision over partial sums of eight lanes.
    ///
    /// - Parameter values: any count; infinities and NaN come through.
    package static func squaredNorm(_ values: [Float]) -> Double {
        var sum = SIMD8<Double>.zero
        let full = values.count / 8 * 8
        // SAFETY: eight lanes at index ≤ full − 8 lie inside the array.
        unsafe values.withUnsafeBytes { source in
            for index in stride(from: 0, to: full, by: 8) {
                let x = unsafe source.loadUnaligned(fromByteOffset: index &* 4, as: SIMD8<Float>.self)
                let wide = SIMD8<Double>(x)
                sum += wide * wide
            }
        }
        var total = sum.sum()
        for value in values[full...] { total += Double(value) * Double(value) }
        return total
    }

    /// Zeroes row `row` of a block of rows of `width`.
    package static func zero(_ block: inout [Float], row: Int, width: Int) {
        for index in row * width..<(row + 1) * width { block[index] = 0 }
    }
}
