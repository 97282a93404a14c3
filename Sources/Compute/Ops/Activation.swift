internal import CKernels

/// A smooth gate on a number: f(x) = x s(x) with s from 0 to 1; and ELU, which is no such product.
///
/// - Source: Hendrycks & Gimpel 2016 (GELU and its two approximations); Elfwing et al. 2017 (SiLU);
///   Clevert et al. 2015 (ELU).
package enum Activation: String, Sendable, CaseIterable {
  /// x Phi(x) with the normal distribution function Phi.
  case gelu
  /// x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)), which is the form with tanh.
  case geluTanh = "gelu_tanh"
  /// x sigmoid(1.702 x), of the first CLIP models.
  case quickGELU = "quick_gelu"
  /// x sigmoid(x), also called swish.
  case silu
  /// x above 0, e^x - 1 below.
  case elu

  /// The kernels' number of this function.
  var kind: Int32 {
    let kind =
      switch self {
      case .gelu: ck_gelu
      case .geluTanh: ck_gelu_tanh
      case .quickGELU: ck_quick_gelu
      case .silu: ck_silu
      case .elu: ck_elu
      }
    return Int32(kind.rawValue)
  }
}

extension Tape {
  /// An activation of every element.
  ///
  ///     y = f(x)        dx = dy f'(x)
  ///
  /// - Parameters:
  ///   - x: any shape.
  ///   - function: f.
  /// - Returns: the shape of `x`.
  package func activation(_ x: Variable, _ function: Activation) -> Variable {
    let (input, lanes, kind) = (x.value, lanes, function.kind)
    let y = Tensor(x.shape) { y in
      input.withUnsafeFloats { x in
        lanes.forEachPiece(of: input.count) { start, count in
          ck_activation(y + start, x + start, Int64(count), kind)
        }
      }
    }
    return record(y, from: [x]) { gradient in
      gradient.withUnsafeMutableFloats { dx in
        input.withUnsafeFloats { x in
          lanes.forEachPiece(of: input.count) { start, count in
            ck_activation_grad(dx + start, dx + start, x + start, Int64(count), kind)
          }
        }
      }
      return [gradient]
    }
  }

  /// A gated linear unit of every row: with SiLU this is SwiGLU's product.
  ///
  ///     y[r, c] = f(g) u,  g = x[r, c],  u = x[r, C + c]      dg = dy f'(g) u,   du = dy f(g)
  ///
  /// - Parameters:
  ///   - x: `[rows, 2 C]`, gates before the values.
  ///   - function: f.
  /// - Returns: `[rows, C]`.
  /// - Source: Shazeer 2020.
  package func gated(_ x: Variable, _ function: Activation) -> Variable {
    precondition(
      x.shape.rank == 2 && x.shape[1] % 2 == 0, "gated: \(x.shape), expected [rows, 2 columns]")
    let (input, lanes, kind) = (x.value, lanes, function.kind)
    let (rows, columns) = (x.shape[0], x.shape[1] / 2)
    let y = Tensor([rows, columns]) { y in
      input.withUnsafeFloats { x in
        lanes.forEachGroup(of: rows, floats: 2 * columns) { rows in
          let start = rows.lowerBound * columns
          ck_gated(y + start, x + 2 * start, Int64(rows.count), Int64(columns), kind)
        }
      }
    }
    return record(y, from: [x]) { gradient in
      [
        Tensor(input.shape) { dx in
          Tensor.withUnsafeFloats(gradient, input) { dy, x in
            lanes.forEachGroup(of: rows, floats: 2 * columns) { rows in
              let start = rows.lowerBound * columns
              ck_gated_grad(
                dx + 2 * start, dy + start, x + 2 * start, Int64(rows.count), Int64(columns), kind)
            }
          }
        }
      ]
    }
  }
}
