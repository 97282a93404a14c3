extension Comparison {
  package func jsonValue(_ options: ComparisonOptions) -> Value {
    let shown = options.showsOnlyDifferences ? differing : cells
    return .map([
      "left": .string(left.name), "right": .string(right.name),
      "facts": .list(facts.map(\.jsonValue)),
      "cache_keys": .list(
        stages.map {
          .map([
            "stage": .string($0.stage), "differing": .int($0.differing), "count": .int($0.count),
          ])
        }),
      "different": .bool(hasDifference), "compared": .int(cells.count),
      "differing": .int(differing.count), "cells": .list(shown.map(\.jsonValue)),
    ])
  }
}

extension Comparison.FactDifference {
  fileprivate var jsonValue: Value {
    func side(_ fact: RunFact?) -> Value {
      guard let fact else { return .null }
      return .map(["value": .string(fact.value), "origin": .string(fact.origin)])
    }
    return .map([
      "kind": .string((left ?? right)?.kind.rawValue ?? ""),
      "name": .string((left ?? right)?.name ?? ""), "left": side(left), "right": side(right),
    ])
  }
}

extension CellDifference {
  fileprivate var jsonValue: Value {
    func number(_ value: Double?) -> Value { value.map(Value.double) ?? .null }
    var paired = Value.null
    if let statistics = SeedStatistics(self.paired) {
      paired = .map([
        "differences": .list(self.paired.map(Value.double)), "mean": .double(statistics.mean),
        "low": number(statistics.interval?.lowerBound),
        "high": number(statistics.interval?.upperBound),
        "positive": .int(statistics.positive), "negative": .int(statistics.negative),
      ])
    }
    return .map([
      "cell": .string(address.description), "left": number(left), "right": number(right),
      "difference": number(difference), "judgement": .string(judgement.rawValue),
      "n": trials.map(Value.int) ?? .null, "paired": paired,
    ])
  }
}
