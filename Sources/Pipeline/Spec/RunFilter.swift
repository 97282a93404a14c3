/// A condition on runs, in the expression language of specifications.
///
///     experiment == 'titim_cifar' and state == 'failed'
///     elapsed > 60 and tags.owner == 'ci'
///
/// A run without a tag that the condition reads is not chosen. Names: `name`, `experiment`, `profile`, `state`, `label` (strings), `tags` (a map of strings),
/// `elapsed` (seconds, 0 where it is not known), `total`, `executed`, `cached`, `failed`.
package struct RunFilter: Sendable {
  private let text: String
  private let expression: Expression

  /// - Throws: ``Diagnostic`` when the text is no expression.
  package init(_ text: String) throws(Diagnostic) {
    self.text = text
    do { expression = try ExpressionParser.parse(text) } catch {
      throw RunFilter.problem(error, in: text)
    }
  }

  /// - Throws: ``Diagnostic`` when it uses other names, or gives neither true nor false.
  package func accepts(_ run: RunSummary) throws(Diagnostic) -> Bool {
    let values: [String: Value] = [
      "name": .string(run.name), "experiment": .string(run.experiment),
      "state": .string(run.state.rawValue), "label": .string(run.labels.label),
      "tags": .map(run.labels.tags.mapValues(Value.string)),
      "elapsed": .double(run.elapsedSeconds ?? 0), "total": .int(run.total),
      "executed": .int(run.count(.done)),
      "cached": .int(run.count(.cached) + run.count(.shared)), "failed": .int(run.count(.failed)),
    ]
    let scope = ExpressionScope(parameters: values, profile: run.profile, matrix: [:])
    let result: Value
    do { result = try expression.evaluate(in: scope) } catch {
      if error.isAbsence { return false }
      throw RunFilter.problem(error, in: text)
    }
    if case .bool(let flag) = result { return flag }
    throw Diagnostic(
      at: nil, "'\(text)' is \(result.typeName), not true or false",
      why: "it chooses runs", fix: "write a condition: state == 'failed'")
  }

  private static func problem(_ error: ExpressionError, in text: String) -> Diagnostic {
    let names = "name, experiment, profile, state, label, tags, elapsed, total, executed, cached"
    return Diagnostic(
      at: nil, "condition '\(text)', character \(error.offset + 1): \(error.what)",
      why: "the names are \(names), failed",
      fix: error.fix.hasPrefix("declare") ? "use one of these" : error.fix)
  }
}
