/// The known name that a mistyped one most likely means, if one is near enough.
///
/// Near is: a Damerau-Levenshtein distance of at most 2 (and less than the length of what was
/// written), a name that begins with the whole written word, or one that makes up the first half
/// of it or more (`backdoor.eval` of `backdoor.evaluate`). Ties go to the first in `names`, of the
/// beginnings to the longest.
package func nearestName(to written: String, in names: [String]) -> String? {
  let word = Array(written.lowercased())
  guard !word.isEmpty else { return nil }
  var best: (name: String, distance: Int)?
  for name in names {
    let distance = editDistance(word, Array(name.lowercased()))
    if distance <= 2, distance < word.count, distance < best?.distance ?? .max {
      best = (name, distance)
    }
  }
  if let best { return best.name }
  guard word.count >= 2 else { return nil }
  let text = written.lowercased()
  if let longer = names.first(where: { $0.lowercased().hasPrefix(text) }) { return longer }
  let beginnings = names.filter {
    $0.count >= 3 && 2 * $0.count >= word.count && text.hasPrefix($0.lowercased())
  }
  let length = beginnings.map(\.count).max()
  return beginnings.first { $0.count == length }
}

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  if abs(a.count - b.count) > 2 { return 3 }
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1]
    for j in 0..<b.count {
      let replace = previous[j] + (a[i] == b[j] ? 0 : 1)
      var cost = min(replace, previous[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforePrevious[j - 1] + 1)
      }
      current.append(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.count]
}
