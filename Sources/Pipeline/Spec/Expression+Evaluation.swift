extension Expression {
  /// The value of this expression; pure, and total but for the errors it throws.
  func evaluate(in scope: ExpressionScope) throws(ExpressionError) -> Value {
    switch self {
    case .literal(let value): return value
    case .list(let items):
      var values: [Value] = []
      for item in items { values.append(try item.evaluate(in: scope)) }
      return .list(values)
    case .name(let name, let offset):
      if let value = scope.value(of: name) { return value }
      let remedy = DiagnosticCollector.remedy(
        for: name, among: scope.names, none: "declare it under 'params'")
      throw ExpressionError(
        offset, "there is no parameter '\(name)'",
        // The shell's own variables look the same.
        fix: name == name.uppercased() ? "\(remedy); for the text itself write $${\(name)}" : remedy
      )
    case .field(let base, let name, let offset):
      return try Self.field(try base.evaluate(in: scope), name, of: base, at: offset)
    case .index(let base, let index, let offset):
      return try Self.element(
        of: try base.evaluate(in: scope), try index.evaluate(in: scope), at: offset)
    case .call(let function, let arguments, let offset):
      var values: [Value] = []
      for argument in arguments { values.append(try argument.evaluate(in: scope)) }
      return try function.apply(to: values, at: offset)
    case .not(let operand, let offset):
      return .bool(!(try Self.truth(try operand.evaluate(in: scope), "not", at: offset)))
    case .negate(let operand, let offset):
      return try Operator.minus.combine(.int(0), try operand.evaluate(in: scope), at: offset)
    case .binary(.or, let left, let right, let offset):
      if try Self.truth(try left.evaluate(in: scope), "or", at: offset) { return .bool(true) }
      return .bool(try Self.truth(try right.evaluate(in: scope), "or", at: offset))
    case .binary(.and, let left, let right, let offset):
      guard try Self.truth(try left.evaluate(in: scope), "and", at: offset) else {
        return .bool(false)
      }
      return .bool(try Self.truth(try right.evaluate(in: scope), "and", at: offset))
    case .binary(let op, let left, let right, let offset):
      return try op.combine(
        try left.evaluate(in: scope), try right.evaluate(in: scope), at: offset)
    }
  }

  private static func truth(
    _ value: Value, _ word: String, at offset: Int
  ) throws(ExpressionError) -> Bool {
    if case .bool(let flag) = value { return flag }
    throw ExpressionError(
      offset, "'\(word)' needs true or false, not \(value.typeName)",
      fix: "compare it (x > 0, x == 'text')")
  }

  private static func field(
    _ value: Value, _ name: String, of base: Expression, at offset: Int
  ) throws(ExpressionError) -> Value {
    guard case .map(let fields) = value else {
      throw ExpressionError(offset, "\(value.typeName) has no field '\(name)'")
    }
    if let field = fields[name] { return field }
    let names = fields.keys.sorted()
    if case .name("matrix", _) = base {
      throw ExpressionError(
        offset, "the stage does not vary over an axis '\(name)'",
        fix: DiagnosticCollector.remedy(
          for: name, among: names, none: "list the axis under 'matrix'"))
    }
    throw ExpressionError(
      offset, "there is no field '\(name)'", isAbsence: true,
      fix: DiagnosticCollector.remedy(for: name, among: names, none: "the map is empty"))
  }

  private static func element(
    of value: Value, _ index: Value, at offset: Int
  ) throws(ExpressionError) -> Value {
    guard case .list(let items) = value else {
      throw ExpressionError(offset, "\(value.typeName) has no elements")
    }
    guard case .int(let number) = index else {
      throw ExpressionError(offset, "an index is an integer, not \(index.typeName)")
    }
    guard items.indices.contains(number) else {
      throw ExpressionError(
        offset, "index \(number) is outside the list of \(items.count)", fix: "indices start at 0")
    }
    return items[number]
  }
}

extension Expression.Operator {
  func combine(
    _ left: Value, _ right: Value, at offset: Int
  ) throws(ExpressionError) -> Value {
    switch self {
    case .equal: return .bool(Self.areEqual(left, right))
    case .notEqual: return .bool(!Self.areEqual(left, right))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      return .bool(try isOrdered(left, right, at: offset))
    case .or, .and: return .null
    case .plus, .minus, .times, .divide, .divideWhole, .remainder: break
    }
    if case (.string(let first), .string(let second), .plus) = (left, right, self) {
      return .string(first + second)
    }
    if self != .divide, case (.int(let first), .int(let second)) = (left, right) {
      return .int(try whole(first, second, at: offset))
    }
    guard let first = left.number, let second = right.number else {
      throw mismatch(left, right, at: offset)
    }
    return .double(try float(first, second, at: offset))
  }

  private static func areEqual(_ left: Value, _ right: Value) -> Bool {
    if let first = left.number, let second = right.number { return first == second }
    return left == right
  }

  private func isOrdered(
    _ left: Value, _ right: Value, at offset: Int
  ) throws(ExpressionError) -> Bool {
    let isLess: Bool
    let isGreater: Bool
    if let first = left.number, let second = right.number {
      (isLess, isGreater) = (first < second, first > second)
    } else if case (.string(let first), .string(let second)) = (left, right) {
      (isLess, isGreater) = (first < second, first > second)
    } else {
      throw mismatch(left, right, at: offset)
    }
    switch self {
    case .less: return isLess
    case .lessOrEqual: return !isGreater
    case .greater: return isGreater
    default: return !isLess
    }
  }

  private func whole(_ a: Int, _ b: Int, at offset: Int) throws(ExpressionError) -> Int {
    let result: (partialValue: Int, overflow: Bool)
    switch self {
    case .plus: result = a.addingReportingOverflow(b)
    case .minus: result = a.subtractingReportingOverflow(b)
    case .times: result = a.multipliedReportingOverflow(by: b)
    default:
      guard b != 0 else { throw ExpressionError(offset, "division by zero") }
      let quotient = a.dividedReportingOverflow(by: b)
      let remainder = a.remainderReportingOverflow(dividingBy: b)
      let roundsDown = remainder.partialValue != 0 && (remainder.partialValue < 0) != (b < 0)
      result =
        self == .remainder
        ? (remainder.partialValue + (roundsDown ? b : 0), false)
        : (quotient.partialValue - (roundsDown ? 1 : 0), quotient.overflow)
    }
    guard !result.overflow else {
      throw ExpressionError(offset, "the integer result does not fit in 64 bits")
    }
    return result.partialValue
  }

  private func float(_ a: Double, _ b: Double, at offset: Int) throws(ExpressionError) -> Double {
    let result: Double
    switch self {
    case .plus: result = a + b
    case .minus: result = a - b
    case .times: result = a * b
    default:
      guard b != 0 else { throw ExpressionError(offset, "division by zero") }
      switch self {
      case .divide: result = a / b
      case .divideWhole: result = (a / b).rounded(.down)
      default: result = a - (a / b).rounded(.down) * b
      }
    }
    guard result.isFinite else { throw ExpressionError(offset, "the result is not a number") }
    return result
  }

  private func mismatch(_ left: Value, _ right: Value, at offset: Int) -> ExpressionError {
    ExpressionError(
      offset, "'\(rawValue)' does not go with \(left.typeName) and \(right.typeName)")
  }
}

extension Expression.Function {
  func apply(to arguments: [Value], at offset: Int) throws(ExpressionError) -> Value {
    if self == .min || self == .max { return try extreme(arguments, at: offset) }
    guard arguments.count == 1 else {
      throw ExpressionError(offset, "\(rawValue) takes one argument, not \(arguments.count)")
    }
    let argument = arguments[0]
    switch (self, argument) {
    case (.str, _): return .string(argument.plainText)
    case (.len, .list(let items)): return .int(items.count)
    case (.len, .string(let text)): return .int(text.count)
    case (.len, .map(let fields)): return .int(fields.count)
    case (.abs, .int(let number)) where number != .min: return .int(Swift.abs(number))
    case (.abs, .double(let number)): return .double(Swift.abs(number))
    case (.round, .int), (.floor, .int), (.ceil, .int), (.int, .int), (.float, .double):
      return argument
    case (.float, .int(let number)): return .double(Double(number))
    case (.round, .double(let number)):
      return try integer(number.rounded(.toNearestOrAwayFromZero), at: offset)
    case (.floor, .double(let number)): return try integer(number.rounded(.down), at: offset)
    case (.ceil, .double(let number)): return try integer(number.rounded(.up), at: offset)
    case (.int, .double(let number)): return try integer(number.rounded(.towardZero), at: offset)
    case (.int, .string(let text)), (.float, .string(let text)):
      let value = resolvePlainScalar(text)
      guard value.number != nil else {
        throw ExpressionError(offset, "\(rawValue) needs a number, not the text '\(text)'")
      }
      return try apply(to: [value], at: offset)
    default: throw ExpressionError(offset, "\(rawValue) does not go with \(argument.typeName)")
    }
  }

  private func extreme(_ arguments: [Value], at offset: Int) throws(ExpressionError) -> Value {
    var candidates = arguments
    if candidates.count == 1, case .list(let items) = candidates[0] { candidates = items }
    var best: (value: Value, number: Double)?
    for candidate in candidates {
      guard let number = candidate.number else {
        throw ExpressionError(offset, "\(rawValue) needs numbers, not \(candidate.typeName)")
      }
      if let current = best, self == .min ? current.number <= number : current.number >= number {
        continue
      }
      best = (candidate, number)
    }
    guard let best else { throw ExpressionError(offset, "\(rawValue) of nothing") }
    return best.value
  }

  private func integer(_ number: Double, at offset: Int) throws(ExpressionError) -> Value {
    guard let whole = Int(exactly: number) else {
      throw ExpressionError(offset, "\(number) does not fit in an integer")
    }
    return .int(whole)
  }
}
