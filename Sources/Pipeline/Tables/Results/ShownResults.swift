import Foundation

/// What a run shows at its end: tables and verdicts, fresh or stored.
package protocol ShownResults {
  /// The one that matters most first.
  var tables: [PivotTable] { get }
  var expectations: [ExpectationResult] { get }
}

extension ShownResults {
  /// Whether an expectation makes the run end with exit code 4.
  package func failsRun(isStrict: Bool = false) -> Bool {
    expectations.contains { $0.failsRun(isStrict: isStrict) }
  }

  /// The tables, one below the other; the first, which matters most, stands last, where the eye of
  /// a person at a terminal is.
  package func tablesText(width: Int = 100, style: PivotTable.Style = .plain) -> String {
    tables.reversed().map { $0.terminalText(width: width, style: style) + "\n" }.joined()
  }

  /// The claims with their verdicts, and a count of them; empty without claims.
  package func claimsText(style: PivotTable.Style = .plain) -> String {
    if expectations.isEmpty { return "" }
    return expectations.map { $0.terminalText(style: style) + "\n" }.joined() + verdictCount + "\n"
  }

  /// "2 claims: 1 shown, 1 not shown"
  package var verdictCount: String {
    let counts = Verdict.allCases.compactMap { verdict in
      let count = expectations.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(verdict.wording)"
    }
    let noun = expectations.count == 1 ? "claim" : "claims"
    return "\(expectations.count) \(noun): " + counts.joined(separator: ", ")
  }
}

/// Tables and verdicts as a run showed them that has not changed since.
package struct StoredReport: Sendable, ShownResults {
  package let tables: [PivotTable]
  package let expectations: [ExpectationResult]

  /// - Throws: ``StageFailure`` of class `environment` when something is not there or damaged.
  package init(_ snapshot: Snapshot) throws(StageFailure) {
    let folder = ResultsFolder(url: URL(filePath: snapshot.resultsFolder))
    var tables: [PivotTable] = []
    for name in snapshot.tables { tables.append(try folder.table(name, run: snapshot.run)) }
    self.tables = tables
    expectations = try folder.expectations(run: snapshot.run)
  }
}
