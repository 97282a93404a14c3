/// How the instances of a producer feed those of a consumer.
///
/// Axes that both have are matched by label. Every other axis of the producer must be pinned by
/// `where` or collected by `gather`.
struct InputJoin {
  /// Axes matched by label, in the producer's order.
  private let shared: [String]
  private let gathered: Set<String>
  /// Producer instances, in their order, by their labels on the shared axes.
  private let groups: [[String]: [Int]]
  let isGathered: Bool

  /// Joins by shared labels and collects everything else: the rule of `needs`.
  init(all producer: Range<Int>, _ instances: [Instance], consumerAxes: [String]) {
    let axes = instances[producer.lowerBound].labels.map(\.axis)
    shared = axes.filter(consumerAxes.contains)
    gathered = Set(axes).subtracting(shared)
    isGathered = true
    groups = Self.groups(producer, instances, shared, pins: [:])
  }

  /// The join of one input; reports axes that do not fit.
  init?(
    _ input: CheckedStage.Input, of consumer: CheckedStage, producer: CheckedStage,
    _ range: Range<Int>, _ instances: [Instance], _ errors: DiagnosticCollector
  ) {
    guard let pins = Self.pins(of: input, producer, errors) else { return nil }
    let open = producer.axes.map(\.name).filter { pins[$0] == nil }
    let own = consumer.axes.map(\.name)
    guard let gathered = Self.gathered(input, open: open, own: own, errors) else { return nil }
    if case .none = input.written.gather { isGathered = false } else { isGathered = true }
    if isGathered, !input.slot.isList {
      errors.error(
        at: input.written.location,
        "the input '\(input.slot.name)' of \(consumer.type.kind) takes one artifact, not a list",
        why: "'gather' makes a list", fix: "pin the axes with 'where' instead")
      return nil
    }
    self.gathered = gathered
    shared = open.filter { own.contains($0) && !gathered.contains($0) }
    groups = Self.groups(range, instances, shared, pins: pins)
    let extra = open.filter { !gathered.contains($0) && !own.contains($0) }
    if !extra.isEmpty {
      let count = range.count { Self.matches(instances[$0], pins) }
      Self.reportExtra(extra, count, input, consumer, producer, errors)
      return nil
    }
  }

  /// The labels that `where` pins, by axis; `nil` when one of them does not exist.
  static func pins(
    of input: CheckedStage.Input, _ producer: CheckedStage, _ errors: DiagnosticCollector
  ) -> [String: String]? {
    let written = input.written
    var pins: [String: String] = [:]
    for pin in written.pins {
      guard let axis = producer.axes.first(where: { $0.name == pin.axis }) else {
        errors.error(
          at: pin.location, "'\(written.from)' does not vary over '\(pin.axis)'",
          fix: DiagnosticCollector.remedy(
            for: pin.axis, among: producer.axes.map(\.name), none: "remove 'where'"))
        continue
      }
      guard let index = axis.index(of: pin.label) else {
        errors.missingLabel(pin.label, of: axis)
        continue
      }
      pins[axis.name] = axis.entries[index].label
    }
    return pins.count == written.pins.count ? pins : nil
  }

  /// The axes that are collected, of those of the producer that are open; `nil` when one is not
  /// among them.
  private static func gathered(
    _ input: CheckedStage.Input, open: [String], own: [String], _ errors: DiagnosticCollector
  ) -> Set<String>? {
    switch input.written.gather {
    case .none: return []
    case .all: return Set(open).subtracting(own)
    case .axes(let axes):
      let unknown = axes.filter { !open.contains($0.name) }
      for axis in unknown {
        errors.error(
          at: axis.node.location, "'\(input.written.from)' has no axis '\(axis.name)' to gather",
          fix: DiagnosticCollector.remedy(
            for: axis.name, among: open, none: "remove it from 'gather'"))
      }
      return unknown.isEmpty ? Set(axes.map(\.name)) : nil
    }
  }

  /// The producer instances for a consumer with these labels; `nil` when there is none.
  func instances(for labels: [AxisLabel]) -> [Int]? {
    groups[shared.map { axis in labels.first { $0.axis == axis }?.label ?? "" }]
  }

  /// The part of a producer's labels that the consumer sees.
  func gatheredLabels(of instance: Instance) -> [AxisLabel] {
    instance.labels.filter { gathered.contains($0.axis) }
  }

  /// The labels that were looked for, as a selector ("seed=1, depth=2").
  func selector(for labels: [AxisLabel]) -> String {
    labels.filter { shared.contains($0.axis) }.map { "\($0.axis)=\($0.label)" }
      .joined(separator: ", ")
  }

  private static func groups(
    _ range: Range<Int>, _ instances: [Instance], _ shared: [String], pins: [String: String]
  ) -> [[String]: [Int]] {
    var groups: [[String]: [Int]] = [:]
    for index in range where matches(instances[index], pins) {
      let key = shared.map { axis in
        instances[index].labels.first { $0.axis == axis }?.label ?? ""
      }
      groups[key, default: []].append(index)
    }
    return groups
  }

  private static func matches(_ instance: Instance, _ pins: [String: String]) -> Bool {
    instance.labels.allSatisfy { pins[$0.axis] == nil || pins[$0.axis] == $0.label }
  }

  private static func reportExtra(
    _ extra: [String], _ count: Int, _ input: CheckedStage.Input, _ consumer: CheckedStage,
    _ producer: CheckedStage, _ errors: DiagnosticCollector
  ) {
    let axes = producer.axes.map(\.name)
    let own = consumer.axes.map(\.name)
    let varies = own.isEmpty ? "varies over no axis" : "only varies over " + list(own)
    let example = producer.axes.first { $0.name == extra[0] }?.entries.first?.label ?? ""
    let plural = extra.count == 1 ? "axis" : "axes"
    let names = extra.map { "'\($0)'" }.joined(separator: ", ")
    errors.error(
      at: input.written.location,
      "'\(input.written.from)' has \(count) \(count == 1 ? "instance" : "instances") here "
        + "(\(axes.count == 1 ? "axis" : "axes") \(list(axes))) but stage '\(consumer.spec.name)' \(varies)",
      why: "an input is one artifact for each instance, unless it is gathered",
      fix: "add the \(plural) \(names)\(input.slot.isList ? "," : " or") "
        + "pin it (where: {\(extra[0]): \"\(example)\"})"
        + (input.slot.isList ? ", or collect all (gather: true)" : ""))
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
