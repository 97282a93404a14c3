internal import CKernels
import Foundation

/// The angles by which queries and keys are turned to carry their positions.
///
///     angle(p, i) = p / scale * base^(-2 i / E)        pair i of E / 2
///
/// - Source: Su et al. 2021 (RoFormer); `scale` is linear position interpolation (Chen et al.
///   2023).
package struct RotaryPositions: Sendable {
  /// Which numbers of a head form a pair.
  package enum Layout: String, Sendable {
    /// (2i, 2i + 1): the paper, and GGUF files of Llama.
    case interleaved
    /// (i, i + E / 2): Hugging Face.
    case halves
  }

  package let layout: Layout
  package let headSize: Int
  /// `[positions, E / 2]`.
  let cosines: Tensor
  let sines: Tensor

  /// Number of positions; rows of a tensor use them in turn.
  package var count: Int { cosines.shape[0] }

  /// The angles of explicit positions, in float64.
  ///
  /// - Parameters:
  ///   - positions: one for each row, or for each token of a sequence when all sequences share
  ///     them; any order, repeats allowed.
  ///   - headSize: E, even.
  ///   - base: of the geometric series of wavelengths.
  ///   - scale: divides positions.
  ///   - layout: the pairs.
  package init(
    _ positions: [Int], headSize: Int, base: Double = 10_000, scale: Double = 1, layout: Layout
  ) {
    precondition(
      headSize >= 2 && headSize % 2 == 0 && base > 0 && scale > 0,
      "rotary positions: head size \(headSize), base \(base), scale \(scale)")
    self.layout = layout
    self.headSize = headSize
    let pairs = headSize / 2
    let frequencies = (0..<pairs).map { pow(base, -2 * Double($0) / Double(headSize)) / scale }
    func table(_ function: (Double) -> Double) -> Tensor {
      Tensor(
        positions.flatMap { position in frequencies.map { Float(function(Double(position) * $0)) }
        }, shape: [positions.count, pairs])
    }
    cosines = table { cos($0) }
    sines = table { sin($0) }
  }

  private init(layout: Layout, headSize: Int, cosines: Tensor, sines: Tensor) {
    (self.layout, self.headSize) = (layout, headSize)
    (self.cosines, self.sines) = (cosines, sines)
  }

  /// The first `count` positions.
  package func prefix(_ count: Int) -> RotaryPositions {
    RotaryPositions(
      layout: layout, headSize: headSize, cosines: cosines.rows(0..<count),
      sines: sines.rows(0..<count))
  }
}

extension Tape {
  /// Turns the pairs of the first heads of every row by the angles of its position.
  ///
  ///     (a, b) -> (a cos - b sin, a sin + b cos)        the gradient turns back
  ///
  /// Works in place when nothing else holds `x`.
  ///
  /// - Parameters:
  ///   - x: `[rows, columns]`, heads side by side from column 0: queries, or queries and keys with
  ///     the values behind them, which stay.
  ///   - positions: row r has position `r % positions.count`.
  ///   - heads: how many heads to turn.
  /// - Returns: the shape of `x`.
  package func rotary(
    _ x: consuming Variable, _ positions: RotaryPositions, heads: Int
  ) -> Variable {
    let (shape, slot, lanes) = (x.shape, x.slot, lanes)
    precondition(
      shape.rank == 2 && heads * positions.headSize <= shape[1] && positions.count > 0
        && shape[0] % positions.count == 0,
      "rotary: \(shape), \(heads) heads of \(positions.headSize), \(positions.count) positions")
    func turn(_ values: inout Tensor, inverse: Bool) {
      values.withUnsafeMutableFloats { x in
        Tensor.withUnsafeFloats(positions.cosines, positions.sines) { cosines, sines in
          lanes.forEachGroup(of: shape[0], floats: shape[1]) { rows in
            ck_rotate_pairs(
              x + rows.lowerBound * shape[1], cosines, sines, Int64(rows.lowerBound),
              Int64(rows.count), Int64(positions.count), Int64(shape[1]), Int64(heads),
              Int64(positions.headSize), positions.layout == .interleaved, inverse)
          }
        }
      }
    }
    var y = (consume x).value
    turn(&y, inverse: false)
    return record(y, fromSlots: [slot]) { gradient in
      turn(&gradient, inverse: true)
      return [gradient]
    }
  }
}
