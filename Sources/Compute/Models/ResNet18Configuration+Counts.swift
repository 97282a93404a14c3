/// Sizes that follow from the layout alone, without a network in memory.
extension ResNet18Configuration {
  /// Trainable numbers.
  package var parameterCount: Int {
    var (layout, statistics) = (ParameterLayout(), ParameterLayout())
    _ = topology(layout: &layout, statistics: &statistics)
    return layout.parameterCount + (featureCount + 1) * classCount
  }

  /// Multiply-accumulates of one forward image, convolutions and linear layer.
  ///
  /// - Parameter size: height and width of the image.
  /// - Returns: the count; training costs about six floating-point operations for each.
  package func multiplyAccumulateCount(imageSize size: Int) -> Int {
    func cost(_ unit: ConvolutionUnit, _ size: Int) -> Int {
      let out = unit.outputSize(size)
      return out * out * unit.weight.shape.count
    }
    var (layout, statistics) = (ParameterLayout(), ParameterLayout())
    let topology = topology(layout: &layout, statistics: &statistics)
    var total = cost(topology.stem, size)
    var current = topology.stem.outputSize(size)
    if topology.hasMaxPool { current = (current - 1) / 2 + 1 }
    for block in topology.blocks {
      total += cost(block.first, current)
      if let shortcut = block.shortcut { total += cost(shortcut, current) }
      current = block.first.outputSize(current)
      total += cost(block.second, current)
    }
    return total + featureCount * classCount
  }
}
