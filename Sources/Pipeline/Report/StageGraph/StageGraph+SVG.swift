extension StageGraph {
  private static let columnGap = 56.0
  private static let margin = 12.0

  /// The picture as a document of its own, with its title above the graph.
  package func svg(title: String) -> String { picture(title: title, anchors: false).text }

  /// The picture as a part of a page whose sections `s-STAGE` describe the stages.
  func element(title: String) -> HTML {
    HTML(trusted: picture(title: title, anchors: true).element)
  }

  private func picture(title: String, anchors: Bool) -> SVGDocument {
    let layout = StageGraphLayout(self)
    var widths: [Double] = []
    for layer in layout.layers {
      let texts = layer.compactMap { layout.boxes[$0].node }.map { boxWidth(nodes[$0]) }
      widths.append(max(texts.max() ?? 0, 110))
    }
    var lefts: [Double] = []
    var x = Self.margin
    for width in widths {
      lefts.append(x)
      x += width + Self.columnGap
    }
    let top = anchors ? Self.margin : 44
    let legendTop = top + layout.height + 16
    let states = State.allCases.filter { state in nodes.contains { $0.states[state] != nil } }
    var document = SVGDocument(
      width: max(x - Self.columnGap + Self.margin, 220),
      height: legendTop + (states.isEmpty ? 0 : 22), title: title)
    if !anchors { document.text(title, x: Self.margin, y: 26, size: 15, isBold: true) }
    for link in layout.links { draw(link, layout, lefts, widths, top, in: &document) }
    for box in layout.boxes {
      guard let node = box.node else { continue }
      draw(
        nodes[node], x: lefts[box.layer], y: top + box.y - StageGraphLayout.boxHeight / 2,
        width: widths[box.layer], anchors: anchors, in: &document)
    }
    drawLegend(states, y: legendTop, in: &document)
    return document
  }

  private func boxWidth(_ node: Node) -> Double {
    let head = SVGDocument.width(of: node.name + "  " + countText(node), size: 13)
    let rest = max(
      SVGDocument.width(of: node.kind, size: 11), SVGDocument.width(of: node.stateText, size: 10))
    return max(head, rest) + 20
  }

  private func countText(_ node: Node) -> String { node.count > 1 ? "×\(node.count)" : "" }

  private func draw(
    _ link: StageGraphLayout.Link, _ layout: StageGraphLayout, _ lefts: [Double],
    _ widths: [Double], _ top: Double, in document: inout SVGDocument
  ) {
    let isGathered = link.edge?.isGathered == true
    var attributes = "fill=\"none\" stroke-width=\"\(isGathered ? "2.5" : "1.2")\""
    if link.edge?.isOrder == true { attributes += " stroke-dasharray=\"4 4\"" }
    let (start, end) = (layout.boxes[link.from], layout.boxes[link.to])
    document.levelCurve(
      (lefts[start.layer] + widths[start.layer], top + start.y), (lefts[end.layer], top + end.y),
      class: "axis", attributes: attributes)
    if end.node == nil {
      // A long edge crosses the layers in its way on a straight line.
      document.path(
        [
          (lefts[end.layer], top + end.y), (lefts[end.layer] + widths[end.layer], top + end.y),
        ], class: "axis", attributes: "stroke-width=\"1.2\"")
    }
  }

  private func draw(
    _ node: Node, x: Double, y: Double, width: Double, anchors: Bool,
    in document: inout SVGDocument
  ) {
    let height = StageGraphLayout.boxHeight
    var label = "\(node.name) (\(node.kind))"
    label += node.count == 1 ? ": one instance" : ": \(node.count) instances"
    if !node.states.isEmpty { label += ", " + node.stateText }
    document.group(label: label, anchor: anchors ? "s-\(node.stage.fileSafe)" : nil) { document in
      document.rect(
        x: x, y: y, width: width, height: height, class: "ground axis", radius: 6)
      document.text(node.name, x: x + 10, y: y + 19, size: 13, isBold: true)
      if node.count > 1 {
        document.text(
          countText(node), x: x + width - 10, y: y + 19, class: "muted", size: 13, anchor: .end)
      }
      document.text(node.kind, x: x + 10, y: y + 34, class: "muted", size: 11)
      document.text(node.stateText, x: x + 10, y: y + 48, size: 10)
      var left = x + 3
      for state in State.allCases {
        guard let count = node.states[state] else { continue }
        let part = (width - 6) * Double(count) / Double(node.count)
        document.rect(
          x: left, y: y + height - 4, width: part, height: 3, class: state.colour)
        left += part
      }
    }
  }

  private func drawLegend(_ states: [State], y: Double, in document: inout SVGDocument) {
    var x = Self.margin
    for state in states {
      document.rect(x: x, y: y, width: 12, height: 10, class: state.colour, radius: 2)
      document.text(state.wording, x: x + 18, y: y + 9, class: "muted", size: 11)
      x += 34 + SVGDocument.width(of: state.wording, size: 11)
    }
  }
}
