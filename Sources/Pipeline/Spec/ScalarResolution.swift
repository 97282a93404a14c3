/// The value of a plain (unquoted) scalar in the YAML 1.2 core schema, numbers decimal only.
///
/// `null`, `true`, `false` in their three spellings, `~`, decimal integers, floats, `.inf`, `.nan`;
/// all else is a string: `no`, `on`, `0o17`, `0x1F`, `1:30`, `1_000`.
func resolvePlainScalar(_ text: String) -> Value {
  switch text {
  case "", "~", "null", "Null", "NULL": return .null
  case "true", "True", "TRUE": return .bool(true)
  case "false", "False", "FALSE": return .bool(false)
  case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
  case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
  case ".nan", ".NaN", ".NAN": return .double(.nan)
  default: break
  }
  switch numberForm(of: text.utf8) {
  case .none: return .string(text)
  // An integer beyond 64 bits is kept as the nearest float; readers of integers refuse it.
  case .integer: return Int(text).map(Value.int) ?? Double(text).map(Value.double) ?? .string(text)
  case .float: return Double(text).map(Value.double) ?? .string(text)
  }
}

private enum NumberForm { case none, integer, float }

/// `[-+]? ( . digits | digits [ . digits? ] ) [ (e|E) [-+]? digits ]`
private func numberForm(of text: String.UTF8View) -> NumberForm {
  var rest = text[...]
  func skip(_ characters: String) -> Bool {
    guard let first = rest.first, characters.utf8.contains(first) else { return false }
    rest.removeFirst()
    return true
  }
  func skipDigits() -> Int {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits.count
  }
  _ = skip("+-")
  let whole = skipDigits()
  if whole > 0, rest.isEmpty { return .integer }
  if skip(".") {
    let fraction = skipDigits()
    if whole + fraction == 0 { return .none }
  } else if whole == 0 {
    return .none
  }
  if skip("eE") {
    _ = skip("+-")
    if skipDigits() == 0 { return .none }
  }
  return rest.isEmpty ? .float : .none
}
