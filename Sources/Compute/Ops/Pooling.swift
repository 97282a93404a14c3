internal import CKernels

extension Tape {
  /// The largest value of every 3x3 window, stride 2, padding 1 (padding never wins).
  ///
  ///     y[n, i, j, c] = max over r, s in 0..<3 of x[n, 2i + r - 1, 2j + s - 1, c]
  ///
  /// Each gradient goes to the first maximum of its window in row order; overlaps add.
  ///
  /// - Parameter x: `[N, H, W, C]`.
  /// - Returns: `[N, (H - 1) / 2 + 1, (W - 1) / 2 + 1, C]`.
  package func maxPool3x3(_ x: Variable) -> Variable {
    precondition(x.shape.rank == 4, "max pool: input \(x.shape), expected [N, H, W, C]")
    let lanes = self.lanes
    let inShape = x.shape
    let (height, width, channels) = (Int64(inShape[1]), Int64(inShape[2]), Int64(inShape[3]))
    let outShape: Shape = [
      inShape[0], (inShape[1] - 1) / 2 + 1, (inShape[2] - 1) / 2 + 1, inShape[3],
    ]
    let inFloats = inShape[1] * inShape[2] * inShape[3]
    let outFloats = outShape[1] * outShape[2] * outShape[3]
    var y = Tensor(uninitialized: outShape)
    let winners = ByteTensor(outShape) { winners in
      y.withUnsafeMutableFloats { target in
        x.value.withUnsafeFloats { source in
          lanes.forEachGroup(of: inShape[0], floats: inFloats) { images in
            let start = images.lowerBound
            ck_max_pool(
              target + start * outFloats, winners + start * outFloats, source + start * inFloats,
              Int64(images.count), height, width, channels)
          }
        }
      }
    }
    return record(y, from: [x]) { gradient in
      let dx = Tensor(inShape) { target in
        gradient.withUnsafeFloats { source in
          winners.withUnsafeBytes { winners in
            lanes.forEachGroup(of: inShape[0], floats: inFloats) { images in
              let start = images.lowerBound
              ck_max_pool_grad(
                target + start * inFloats, source + start * outFloats,
                winners + start * outFloats, Int64(images.count), height, width, channels)
            }
          }
        }
      }
      return [dx]
    }
  }

  /// The mean over all pixels of each channel.
  ///
  ///     y[n, c] = mean over i, j of x[n, i, j, c]        dx[n, i, j, c] = dy[n, c] / (H W)
  ///
  /// - Parameter x: `[N, H, W, C]`.
  /// - Returns: `[N, C]`.
  package func globalAveragePool(_ x: Variable) -> Variable {
    precondition(x.shape.rank == 4, "average pool: input \(x.shape), expected [N, H, W, C]")
    let lanes = self.lanes
    let inShape = x.shape
    let (pixels, channels) = (inShape[1] * inShape[2], inShape[3])
    let floats = pixels * channels
    let y = Tensor([inShape[0], channels]) { target in
      x.value.withUnsafeFloats { source in
        lanes.forEachGroup(of: inShape[0], floats: floats) { images in
          ck_mean_pool(
            target + images.lowerBound * channels, source + images.lowerBound * floats,
            Int64(images.count), Int64(pixels), Int64(channels))
        }
      }
    }
    return record(y, from: [x]) { gradient in
      let dx = Tensor(inShape) { target in
        gradient.withUnsafeFloats { source in
          lanes.forEachGroup(of: inShape[0], floats: floats) { images in
            ck_mean_pool_grad(
              target + images.lowerBound * floats, source + images.lowerBound * channels,
              Int64(images.count), Int64(pixels), Int64(channels))
          }
        }
      }
      return [dx]
    }
  }
}
