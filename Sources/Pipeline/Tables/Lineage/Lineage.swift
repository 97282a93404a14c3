/// Everything behind a subject of a stored run, or everything that depends on it.
package struct Lineage: Sendable {
  package enum Direction: String, Sendable { case behind, dependents }

  package let subject: LineageSubject
  package let direction: Direction
  package let document: RunDocument
  /// The instances reached, by the number of steps from the subject; positions in the document.
  package let distances: [Int: Int]
  /// Cells that depend on the subject; empty when looking behind it.
  package let cells: [CellAddress]
  /// How many cells each table has, by name.
  let tableSizes: [String: Int]
  /// Claims that read one of these cells.
  package let claims: [ExpectationResult]
  /// For each instance the instances that read it.
  let consumers: [Int: [Int]]

  /// - Parameters:
  ///   - subject: found in the same run.
  ///   - run: gives tables and claims for dependents.
  ///   - direction: which way to follow.
  ///   - depth: steps from the subject that are followed; `nil` follows all. Cells and claims are
  ///     those of everything, however deep.
  /// - Throws: ``StageFailure`` when a stored table is damaged.
  package init(
    of subject: LineageSubject, in run: StoredResults, _ direction: Direction, depth: Int? = nil
  ) throws {
    self.subject = subject
    self.direction = direction
    document = run.document
    var consumers: [Int: [Int]] = [:]
    for (index, instance) in document.instances.enumerated() {
      for producer in Set(instance.inputs.flatMap { $0.sources.map(\.instance) }) {
        consumers[producer, default: []].append(index)
      }
    }
    self.consumers = consumers
    let instances = document.instances
    let next = { (index: Int) -> [Int] in
      switch direction {
      case .behind: instances[index].inputs.flatMap { $0.sources.map(\.instance) }
      case .dependents: consumers[index] ?? []
      }
    }
    let all = Self.reach(from: subject.instances, next)
    distances = depth.map { depth in all.filter { $0.value <= depth } } ?? all
    guard direction == .dependents else {
      cells = []
      tableSizes = [:]
      claims = []
      return
    }
    let results = try run.instanceResults()
    let reached = Set(all.keys)
    var cells: [CellAddress] = []
    var found: [String: Reach] = [:]
    for table in try run.tables() {
      let makers = table.makers(among: results)
      let places = table.places.filter { !reached.isDisjoint(with: makers[$0.row][$0.column]) }
      cells += places.map { table.address(row: $0.row, column: $0.column) }
      found[table.name] = Reach(table: table, places: Set(places))
    }
    self.cells = cells
    tableSizes = found.mapValues { $0.table.places.count }
    claims = ((try? run.expectations()) ?? []).filter { Self.reads($0, found) }
  }

  /// The cells of a table that depend on the subject.
  private struct Reach {
    let table: PivotTable
    let places: Set<PivotTable.Place>
  }

  /// Whether a claim reads a cell that was reached.
  private static func reads(_ claim: ExpectationResult, _ found: [String: Reach]) -> Bool {
    claim.sides.contains { side in
      guard let expression = try? CellExpression(parsing: side.cells),
        let reach = found[expression.view], let selected = try? reach.table.select(expression)
      else { return false }
      return selected.contains(where: reach.places.contains)
    }
  }

  /// Breadth first, so that each instance has its least distance.
  private static func reach(from start: [Int], _ next: (Int) -> [Int]) -> [Int: Int] {
    var distances = Dictionary(start.map { ($0, 1) }, uniquingKeysWith: { first, _ in first })
    var queue = start
    var at = 0
    while at < queue.count {
      let index = queue[at]
      at += 1
      for neighbour in next(index) where distances[neighbour] == nil {
        distances[neighbour] = (distances[index] ?? 0) + 1
        queue.append(neighbour)
      }
    }
    return distances
  }
}
