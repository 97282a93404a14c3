/// Where the boxes of a graph stand: layers from left to right, few crossings, short edges.
///
/// The method is that of Sugiyama: layers by the longest path, long edges cut into one piece per
/// layer, order within a layer by the mean place of the neighbours, places by least squares. Long
/// edges from one producer share their way until they part.
struct StageGraphLayout {
  struct Box {
    /// A node of the graph; `nil` where a long edge passes.
    let node: Int?
    let layer: Int
    /// Middle of the box.
    var y = 0.0
    var producers: [Int] = []
    var consumers: [Int] = []
  }

  /// A line from one layer to the next, a piece of one edge of the graph or of several.
  struct Link {
    let from: Int
    let to: Int
    /// The edge that ends here; `nil` on the way.
    let edge: StageGraph.Edge?
  }

  static let boxHeight = 58.0
  private static let gap = 18.0
  private static let passage = 14.0
  /// More boxes than this keep the order of the specification.
  private static let sweepLimit = 2_000

  private(set) var boxes: [Box] = []
  private(set) var links: [Link] = []
  /// Boxes of each layer from top to bottom.
  private(set) var layers: [[Int]] = []
  private(set) var height = 0.0

  init(_ graph: StageGraph) {
    place(graph)
    if boxes.count <= Self.sweepLimit { reduceCrossings() }
    align()
  }

  // MARK: Layers

  private mutating func place(_ graph: StageGraph) {
    var layerOfNode = [Int](repeating: 0, count: graph.nodes.count)
    for edge in graph.edges.sorted(by: { $0.to < $1.to }) {
      layerOfNode[edge.to] = max(layerOfNode[edge.to], layerOfNode[edge.from] + 1)
    }
    layers = Array(repeating: [], count: (layerOfNode.max() ?? -1) + 1)
    for node in graph.nodes.indices { _ = add(node, layer: layerOfNode[node]) }
    var passages: [[Int]: Int] = [:]
    for edge in graph.edges {
      var last = edge.from
      for layer in layerOfNode[edge.from] + 1..<layerOfNode[edge.to] {
        if let shared = passages[[edge.from, layer]] {
          last = shared
          continue
        }
        let passage = add(nil, layer: layer)
        passages[[edge.from, layer]] = passage
        link(last, passage, edge: nil)
        last = passage
      }
      link(last, edge.to, edge: edge)
    }
  }

  private mutating func link(_ from: Int, _ to: Int, edge: StageGraph.Edge?) {
    boxes[from].consumers.append(to)
    boxes[to].producers.append(from)
    links.append(Link(from: from, to: to, edge: edge))
  }

  private mutating func add(_ node: Int?, layer: Int) -> Int {
    boxes.append(Box(node: node, layer: layer))
    layers[layer].append(boxes.count - 1)
    return boxes.count - 1
  }

  // MARK: Order

  private mutating func reduceCrossings() {
    var best = (layers: layers, crossings: crossings)
    for sweep in 0..<8 where best.crossings > 0 {
      let isForward = sweep.isMultiple(of: 2)
      let order = isForward ? Array(layers.indices) : layers.indices.reversed()
      for layer in order { sort(layer, isForward: isForward) }
      let count = crossings
      if count < best.crossings { best = (layers, count) }
    }
    layers = best.layers
  }

  private mutating func sort(_ layer: Int, isForward: Bool) {
    var place = [Int](repeating: 0, count: boxes.count)
    for row in layers { for (index, box) in row.enumerated() { place[box] = index } }
    let weights = layers[layer].map { box -> (box: Int, weight: Double) in
      let neighbours = isForward ? boxes[box].producers : boxes[box].consumers
      if neighbours.isEmpty { return (box, Double(place[box])) }
      let sum = neighbours.reduce(0) { $0 + place[$1] }
      return (box, Double(sum) / Double(neighbours.count))
    }
    layers[layer] = weights.enumerated().sorted {
      ($0.element.weight, $0.offset) < ($1.element.weight, $1.offset)
    }.map(\.element.box)
  }

  /// Pairs of edges between neighbouring layers that cross; not counted in large graphs.
  private var crossings: Int {
    var place = [Int](repeating: 0, count: boxes.count)
    for row in layers { for (index, box) in row.enumerated() { place[box] = index } }
    var count = 0
    for row in layers {
      let lines = row.flatMap { box in
        boxes[box].consumers.map { (place[box], place[$0]) }
      }
      if lines.count > 400 { continue }
      for (index, line) in lines.enumerated() {
        for other in lines[..<index] where (line.0 - other.0) * (line.1 - other.1) < 0 {
          count += 1
        }
      }
    }
    return count
  }

  // MARK: Places

  private mutating func align() {
    for row in layers {
      var y = 0.0
      for box in row {
        boxes[box].y = y + extent(box) / 2
        y += extent(box) + Self.gap
      }
    }
    for sweep in 0..<12 {
      let order = sweep.isMultiple(of: 2) ? Array(layers.indices) : layers.indices.reversed()
      for layer in order { settle(layer) }
    }
    let top = boxes.indices.map { boxes[$0].y - extent($0) / 2 }.min() ?? 0
    for index in boxes.indices { boxes[index].y -= top }
    height = boxes.indices.map { boxes[$0].y + extent($0) / 2 }.max() ?? 0
  }

  private func extent(_ box: Int) -> Double {
    boxes[box].node == nil ? Self.passage : Self.boxHeight
  }

  /// Moves the boxes of a layer to the mean of their neighbours, as near as their order and size
  /// allow: the least-squares fit of rising places (pool adjacent violators).
  private mutating func settle(_ layer: Int) {
    let row = layers[layer]
    var offset = 0.0
    var offsets: [Double] = []
    var pools: [(sum: Double, count: Double)] = []
    for (index, box) in row.enumerated() {
      if index > 0 { offset += (extent(row[index - 1]) + extent(box)) / 2 + Self.gap }
      offsets.append(offset)
      let neighbours = boxes[box].producers + boxes[box].consumers
      let wish =
        neighbours.isEmpty
        ? boxes[box].y
        : neighbours.reduce(0) { $0 + boxes[$1].y } / Double(neighbours.count)
      pools.append((wish - offset, 1))
      while pools.count > 1 {
        let last = pools[pools.count - 1]
        let before = pools[pools.count - 2]
        if before.sum / before.count <= last.sum / last.count { break }
        pools.removeLast(2)
        pools.append((before.sum + last.sum, before.count + last.count))
      }
    }
    var index = 0
    for pool in pools {
      for _ in 0..<Int(pool.count) {
        boxes[row[index]].y = pool.sum / pool.count + offsets[index]
        index += 1
      }
    }
  }
}
