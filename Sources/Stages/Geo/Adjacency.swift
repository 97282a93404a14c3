import Compute
import Foundation
import Pipeline

/// Which areas of a map are neighbours; the form of every `json` artifact `adjacency`.
package struct Adjacency: Sendable {
  /// How they were found: `queen`, `rook`, `knn`.
  package let kind: String
  package let ids: [String]
  package let weights: SpatialWeights

  package init(kind: String, ids: [String], weights: SpatialWeights) {
    precondition(
      ids.count == weights.count, "adjacency: \(ids.count) names, \(weights.count) units")
    self.kind = kind
    self.ids = ids
    self.weights = weights
  }

  /// Canonical bytes.
  package var data: Data {
    let form = Value.map([
      "kind": .string(kind), "ids": .list(ids.map(Value.string)),
      "neighbours": .list(weights.neighbours.map { .list($0.map(Value.int)) }),
    ])
    return Data(form.canonicalJSON.utf8)
  }

  /// Reads what ``data`` wrote.
  ///
  /// - Throws: ``StageFailure`` for a file of another form, an index that is no area, a repeated
  ///   or own neighbour, and a relation that is not symmetric.
  package init(reading url: URL) throws {
    let file = url.lastPathComponent
    func refuse(_ what: String, _ why: String) -> StageFailure {
      StageFailure(
        at: file, what, why: why,
        fix: "use the output 'adjacency' of geo.tracts or crash.synth as this input")
    }
    let form: Value
    do {
      form = try Value(json: Data(contentsOf: url), maxDepth: 4)
    } catch let error as JSONError {
      throw refuse("byte \(error.offset): \(error.what)", "an adjacency is JSON")
    }
    guard let kind = form["kind"]?.text,
      let ids = form["ids"]?.items?.compactMap(\.text),
      let lists = form["neighbours"]?.items, lists.count == ids.count
    else {
      throw refuse("the file holds no lists of neighbours", "each area has one list")
    }
    var neighbours: [[Int]] = []
    for (area, list) in lists.enumerated() {
      let items = list.items ?? []
      let indices = items.compactMap { if case .int(let index) = $0 { index } else { nil } }
      guard indices.count == items.count, indices.allSatisfy(ids.indices.contains),
        zip(indices, indices.dropFirst()).allSatisfy(<), !indices.contains(area)
      else {
        throw refuse(
          "area \(ids[area]) has the neighbours \(list.canonicalJSON.prefix(60))",
          "neighbours are ascending numbers of other areas, from 0")
      }
      neighbours.append(indices)
    }
    if let pair = SpatialWeights.asymmetry(in: neighbours) {
      throw refuse(
        "area \(ids[pair.unit]) lists \(ids[pair.neighbour]) as a neighbour, but not the reverse",
        "being neighbours is mutual")
    }
    self.init(kind: kind, ids: ids, weights: SpatialWeights(neighbours: neighbours))
  }

  /// - Throws: ``StageFailure`` unless the areas are those of the map, in the same order.
  package func check(against map: AreaMap) throws {
    guard ids == map.ids else {
      throw StageFailure(
        at: "input adjacency", "its areas are not those of the map \(map.name)",
        why: "neighbours are numbered in the order of the map",
        fix: "connect 'tracts' and 'adjacency' of the same stage")
    }
  }
}
