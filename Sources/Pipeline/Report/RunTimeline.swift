/// When each instance ran, side by side as they ran, over the cores and the memory they kept busy.
struct RunTimeline {
  /// One bar.
  private struct Span {
    let index: Int
    let start: Double
    let end: Double
    var lane = 0
  }

  /// More bars than this do not fit a page; the longest stay.
  static let spanLimit = 500
  private static let left = 54.0
  private static let right = 960.0
  private static let stripHeight = 44.0

  private let instances: [RunInstance]
  private let spans: [Span]
  private let laneCount: Int
  /// Seconds at the right end.
  private let length: Double
  private let ticks: [Double]
  /// How many instances ran but have no bar.
  let hiddenCount: Int

  /// - Returns: `nil` when nothing ran.
  init?(_ document: RunDocument) {
    let all = document.instances.enumerated().compactMap { index, instance in
      instance.startedSeconds.map {
        Span(index: index, start: $0, end: $0 + max(instance.cost.elapsedSeconds, 0))
      }
    }
    guard !all.isEmpty else { return nil }
    instances = document.instances
    hiddenCount = max(0, all.count - Self.spanLimit)
    let kept = all.sorted { ($1.end - $1.start, $0.index) < ($0.end - $0.start, $1.index) }
      .prefix(Self.spanLimit).sorted { ($0.start, $0.index) < ($1.start, $1.index) }
    var ends: [Double] = []
    var spans: [Span] = []
    for var span in kept {
      span.lane = ends.firstIndex { $0 <= span.start + 1e-3 } ?? ends.count
      if span.lane == ends.count { ends.append(0) }
      ends[span.lane] = span.end
      spans.append(span)
    }
    self.spans = spans
    laneCount = ends.count
    length = max(all.map(\.end).max() ?? 0, 0.1)
    ticks = Self.ticks(upTo: length)
  }

  /// About eight times that people count in: seconds, minutes, hours.
  private static func ticks(upTo length: Double) -> [Double] {
    let steps = [
      0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
      14400, 28800, 86400,
    ]
    let step = steps.first { length / $0 <= 9 } ?? length / 8
    return (0...Int(length / step)).map { Double($0) * step }
  }

  /// The picture, for a page whose places `i-INDEX` describe the instances.
  var element: HTML {
    let laneHeight = laneCount > 12 ? 12.0 : 24
    let lanesTop = 8.0
    let lanesEnd = lanesTop + laneHeight * Double(laneCount)
    let hasStrips = hiddenCount == 0
    let coresTop = lanesEnd + 30
    let memoryTop = coresTop + Self.stripHeight + 20
    let bottom = hasStrips ? memoryTop + Self.stripHeight : lanesEnd
    var document = SVGDocument(width: 980, height: bottom + 40, title: summary)
    for tick in ticks {
      document.line((x(tick), lanesTop - 4), (x(tick), bottom), class: "grid")
      document.text(
        DurationText.short(tick), x: x(tick), y: bottom + 18, class: "muted", size: 11,
        anchor: .middle)
    }
    for span in spans {
      draw(span, top: lanesTop + laneHeight * Double(span.lane), height: laneHeight, &document)
    }
    if hasStrips {
      drawStrip(
        "cores", top: coresTop, colour: 0, text: { NumberText.short($0, decimals: 1) },
        in: &document
      ) {
        $0.elapsedSeconds > 0 ? $0.cpuSeconds / $0.elapsedSeconds : 0
      }
      drawStrip("memory", top: memoryTop, colour: 6, text: ByteText.short, in: &document) {
        Double($0.peakMemoryBytes)
      }
    }
    return HTML(trusted: document.element)
  }

  private var summary: String {
    "\(spans.count) instances over \(DurationText.short(spans.map(\.end).max() ?? 0))"
  }

  private func x(_ seconds: Double) -> Double {
    Self.left + (Self.right - Self.left) * seconds / length
  }

  private func draw(
    _ span: Span, top: Double, height: Double, _ document: inout SVGDocument
  ) {
    let instance = instances[span.index]
    let width = max(x(span.end) - x(span.start), 1.5)
    let state = StageGraph.State(instance)
    let cost = instance.cost
    var label = "\(instance.id): \(state.wording) in \(DurationText.short(cost.elapsedSeconds)), "
    label += "CPU \(DurationText.short(cost.cpuSeconds)), "
    label += "memory \(ByteText.short(Double(cost.peakMemoryBytes)))"
    document.group(label: label, anchor: "i-\(span.index)") { document in
      document.rect(
        x: x(span.start), y: top + 1, width: width, height: height - 2,
        class: state == .failed ? "f7" : "f0", radius: 2, attributes: "opacity=\"0.25\"")
      document.rect(
        x: x(span.start), y: top + 1, width: min(3, width), height: height - 2,
        class: state == .failed ? "f7" : "f0")
      let text = state == .failed ? "✕ " + instance.id : instance.id
      if height > 20, SVGDocument.width(of: text, size: 11) + 12 < width {
        document.text(text, x: x(span.start) + 8, y: top + 16, size: 11)
      }
    }
  }

  /// The sum of a measure over what runs at each moment, as a stepped area.
  private func drawStrip(
    _ name: String, top: Double, colour: Int, text: (Double) -> String,
    in document: inout SVGDocument, of measure: (Cost) -> Double
  ) {
    var changes: [(at: Double, by: Double)] = []
    for span in spans {
      let amount = measure(instances[span.index].cost)
      changes += [(span.start, amount), (span.end, -amount)]
    }
    changes.sort { $0.at < $1.at }
    var level = 0.0
    var steps: [(at: Double, level: Double)] = []
    for change in changes {
      level = max(0, level + change.by)
      steps.append((change.at, level))
    }
    let peak = steps.map(\.level).max() ?? 0
    guard peak > 0 else { return }
    let bottom = top + Self.stripHeight
    func y(_ level: Double) -> Double { bottom - Self.stripHeight * level / peak }
    var points = [(x(steps[0].at), bottom)]
    var before = 0.0
    for step in steps {
      points += [(x(step.at), y(before)), (x(step.at), y(step.level))]
      before = step.level
    }
    points.append((points[points.count - 1].0, bottom))
    document.path(points, class: "f\(colour)", attributes: "opacity=\"0.35\"", isClosed: true)
    document.line((Self.left, bottom), (Self.right, bottom), class: "grid")
    document.text(name, x: Self.left - 8, y: bottom - 4, class: "muted", size: 11, anchor: .end)
    document.text(
      text(peak), x: Self.left - 8, y: top + 10, class: "muted", size: 11, anchor: .end)
  }
}
