/// The score behind spectral signatures: poison leaves a direction of its own in a class's features.
///
/// - Source: Tran et al. 2018.
package enum SpectralSignature {
  /// `((phi - mean) v)^2` for each row of `[n, d]`, v the top right singular vector.
  package static func scores(_ features: Tensor, lanes: Lanes) -> [Double] {
    let centred = features.centred(on: features.rowMean())
    let direction = centred.topRightSingularVector(lanes: lanes)
    let values = centred.values
    return (0..<features.shape[0]).map { row in
      let projection = direction.indices.reduce(0.0) {
        $0 + Double(values[row * direction.count + $1]) * direction[$1]
      }
      return projection * projection
    }
  }
}
