internal import CKernels

/// Mean and standard deviation per colour channel, in units of 0...1 pixel values.
package struct ImageNormalisation: Sendable, Equatable {
  package let mean: [Double]
  package let deviation: [Double]

  /// A normalisation for as many channels as there are values.
  ///
  /// - Precondition: equal counts, deviations above 0.
  package init(mean: [Double], deviation: [Double]) {
    precondition(
      mean.count == deviation.count && deviation.allSatisfy { $0 > 0 },
      "normalisation: mean \(mean), deviation \(deviation)")
    self.mean = mean
    self.deviation = deviation
  }

  /// Factor and offset for pixel values in units of `1 / maximum`:
  /// `y = (x / maximum - mean) / deviation = x scale + offset`.
  ///
  /// - Parameter maximum: the value of a white pixel: 255 for bytes, 1 for fractions.
  /// - Returns: `[C]` each.
  package func affine(maximum: Double) -> (scale: Tensor, offset: Tensor) {
    let scale = Tensor(deviation.map { Float(1 / (maximum * $0)) })
    return (scale, Tensor(zip(mean, deviation).map { Float(-$0 / $1) }))
  }
}

extension ByteTensor {
  /// Normalised images in the layout of the networks.
  ///
  ///     y[n, i, j, c] = (x[n, c, i', j'] / 255 - mean[c]) / deviation[c]
  ///
  /// - Parameters:
  ///   - normalisation: for as many channels as the images have.
  ///   - transforms: how image n is shifted, mirrored and turned; nil for all as they are. What
  ///     comes from outside the image is black.
  ///   - lanes: cores to use.
  /// - Returns: `[N, H, W, C]` for self `[N, C, H, W]`.
  package func normalised(
    by normalisation: ImageNormalisation, transforms: [ImageTransform]? = nil, lanes: Lanes
  ) -> Tensor {
    precondition(
      shape.rank == 4 && shape[1] == normalisation.mean.count
        && (transforms?.count ?? shape[0]) == shape[0],
      "normalise: images \(shape), \(normalisation.mean.count) channels of statistics")
    let (channels, height, width) = (Int64(shape[1]), Int64(shape[2]), Int64(shape[3]))
    let (scale, offset) = normalisation.affine(maximum: 255)
    let placements = transforms?.map(\.placement)
    let outShape: Shape = [shape[0], shape[2], shape[3], shape[1]]
    let upright = Tensor(outShape) { target in
      Tensor.withUnsafeFloats(scale, offset) { scale, offset in
        withUnsafeBytes { source in
          lanes.forEachGroup(of: shape[0], floats: rowCount) { images in
            let start = images.lowerBound
            func run(_ placements: UnsafePointer<ck_placement>?) {
              ck_normalise_images(
                target + start * rowCount, source + start * rowCount, scale, offset, placements,
                Int64(images.count), channels, height, width)
            }
            if let placements {
              placements[images].withUnsafeBufferPointer { run($0.baseAddress) }
            } else {
              run(nil)
            }
          }
        }
      }
    }
    guard let angles = transforms?.map({ Float($0.radians) }), angles.contains(where: { $0 != 0 })
    else { return upright }
    return upright.rotated(radians: Tensor(angles), fill: offset, lanes: lanes)
  }
}

extension Tensor {
  /// Images turned counter-clockwise around their centres, bilinear, `fill[c]` outside.
  fileprivate func rotated(radians: Tensor, fill: Tensor, lanes: Lanes) -> Tensor {
    let floats = count / max(1, shape[0])
    return Tensor(shape) { target in
      Tensor.withUnsafeFloats(self, radians, fill) { source, radians, fill in
        lanes.forEachGroup(of: shape[0], floats: floats) { images in
          let start = images.lowerBound
          ck_rotate_images(
            target + start * floats, source + start * floats, radians + start, fill,
            Int64(images.count), Int64(shape[1]), Int64(shape[2]), Int64(shape[3]))
        }
      }
    }
  }
}

extension ImageTransform {
  fileprivate var placement: ck_placement {
    ck_placement(
      rows: Int32(rowShift), columns: Int32(columnShift), mirrored: isMirrored ? 1 : 0)
  }
}
