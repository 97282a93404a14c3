import Compute
import Pipeline

/// The parameters that define a ResNet-18 and the normalisation of its images.
struct NetworkParameters {
  let width: Int
  let stem: ResNet18Configuration.Stem
  let precise: Bool
  private let start: ResNet18Configuration.ConvolutionStart
  let normalisation: ImageNormalisation

  init(_ p: inout ParameterReader) {
    width = p.int(
      "width", default: 16, in: 1...256, unit: "channels",
      help: "channels of the first stage; the stages have w, 2w, 4w, 8w")
    stem = p.choice(
      "stem", default: .s2,
      help: "first layer: s1 3x3, s2 3x3 with stride 2, im 7x7 with stride 2 and max pool")
    precise = p.bool(
      "precise", default: false, help: "convolutions by direct sums only: slower, less rounding")
    start = p.choice(
      "init", default: .uniform,
      help: "first convolution weights: uniform in +-1/sqrt(fan-in), or normal with variance "
        + "2/fan-out")
    let mean = p.doubles(
      "mean", default: [0.4914, 0.4822, 0.4465], in: .closed(0, 1),
      help: "red, green and blue means for the normalisation")
    let deviation = p.doubles(
      "deviation", default: [0.2470, 0.2435, 0.2616], in: .above(0, through: 1),
      help: "red, green and blue standard deviations for the normalisation")
    for (name, values) in [("mean", mean), ("deviation", deviation)] where values.count != 3 {
      p.refuse(
        ParameterProblem(
          parameter: name, what: "\(values.count) values for 3 channels",
          why: "images have red, green and blue", fix: "write three numbers"))
    }
    let isSound = mean.count == 3 && deviation.count == 3
    normalisation =
      isSound
      ? ImageNormalisation(mean: mean, deviation: deviation)
      : ImageNormalisation(mean: [0, 0, 0], deviation: [1, 1, 1])
  }

  func configuration(classCount: Int) -> ResNet18Configuration {
    ResNet18Configuration(
      width: width, stem: stem, classCount: classCount, precise: precise, start: start)
  }
}
