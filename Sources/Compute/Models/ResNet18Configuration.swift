/// Which ResNet-18: width, stem, classes.
package struct ResNet18Configuration: Sendable, Equatable {
  /// How images enter the first stage.
  package enum Stem: String, Sendable, CaseIterable {
    /// 3x3 convolution, stride 1: the usual network for 32x32 images.
    case s1
    /// 3x3 convolution, stride 2: a quarter of the work.
    case s2
    /// 7x7 convolution, stride 2, then 3x3 max pool, stride 2: the ImageNet stem.
    case im
  }

  /// How the weights of convolutions start.
  package enum ConvolutionStart: String, Sendable, CaseIterable {
    /// Normal with variance 2 / fan-out (He et al. 2015).
    case kaimingNormal = "kaiming_normal"
    /// Uniform in +-1 / sqrt(fan-in): smaller, so that steps of a fixed size turn them faster.
    case uniform

    func initialiser(kernel: Int, channels: (in: Int, out: Int)) -> Initialiser {
      switch self {
      case .kaimingNormal: .kaimingNormal(fanOut: kernel * kernel * channels.out)
      case .uniform: .uniform(fanIn: kernel * kernel * channels.in)
      }
    }
  }

  /// Channels of the first stage; the stages have w, 2w, 4w, 8w.
  package var width: Int
  package var stem: Stem
  package var classCount: Int
  /// Convolutions by direct sums only: slower, smaller rounding errors.
  package var precise: Bool
  package var start: ConvolutionStart

  /// A configuration.
  ///
  /// - Precondition: width and class count at least 1.
  package init(
    width: Int, stem: Stem, classCount: Int, precise: Bool = false,
    start: ConvolutionStart = .kaimingNormal
  ) {
    precondition(
      width >= 1 && classCount >= 1, "ResNet-18: width \(width), \(classCount) classes")
    self.width = width
    self.stem = stem
    self.classCount = classCount
    self.precise = precise
    self.start = start
  }

  /// Numbers that enter the linear layer.
  package var featureCount: Int { 8 * width }

  /// Lays out all units.
  func topology(
    layout: inout ParameterLayout, statistics: inout ParameterLayout
  ) -> ResNetTopology<ConvolutionUnit> {
    let stemUnit = ConvolutionUnit(
      "stem", kernel: stem == .im ? 7 : 3, channels: (3, width), stride: stem == .s1 ? 1 : 2,
      start: start, layout: &layout, statistics: &statistics)
    var blocks: [ResNetTopology<ConvolutionUnit>.Block] = []
    var channels = width
    for stage in 0..<4 {
      let out = width << stage
      for index in 0..<2 {
        let stride = stage > 0 && index == 0 ? 2 : 1
        let name = "stage\(stage + 1).\(index)"
        func unit(_ role: String, _ kernel: Int, _ channels: Int, _ stride: Int)
          -> ConvolutionUnit
        {
          ConvolutionUnit(
            "\(name).\(role)", kernel: kernel, channels: (channels, out), stride: stride,
            start: start, layout: &layout, statistics: &statistics)
        }
        blocks.append(
          .init(
            first: unit("first", 3, channels, stride), second: unit("second", 3, out, 1),
            shortcut: stride == 1 ? nil : unit("shortcut", 1, channels, stride)))
        channels = out
      }
    }
    return ResNetTopology(stem: stemUnit, hasMaxPool: stem == .im, blocks: blocks)
  }
}
